"""Which part of the schema a page shows: what the viewer may use, or while one develops what somebody else may."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from graph.identity.viewer import ROLES, Role, Viewer
from graph.site.navigation import mark
from graph.site.reference.links import Links

ANONYMOUS: Final = "anonymous"
# What can be chosen, with what it is called.
CHOICES: Final = {"": "all roles", ANONYMOUS: "no token", **{name: name for name in Role.__members__}}


@dataclass(frozen=True, slots=True)
class Choice:
    """The roles whose schema is shown, the part of the address that says so, and what readers are told of it."""

    roles: frozenset[str]
    role: str | None
    note: str

    @property
    def links(self) -> Links:
        """What makes links that keep to it."""
        return _links_to(self.role)


def choose(request: Request, viewer: Viewer, *, is_open: bool) -> Choice:
    """Return what is shown to a viewer; without a token, while one develops, what `?role=` says, or everything."""
    if not viewer.is_anonymous:
        roles = viewer.roles & ROLES
        return Choice(roles, None, f"What your token can use: {', '.join(sorted(roles)) or 'no role'}.")
    if not is_open:
        return Choice(
            roles_of_everybody(is_open=False),
            None,
            "This is what everybody can use, without a token. With one you can use more: sent with your token, "
            "<code>/graphql/schema.graphql</code> has all of that, and so has this page.",
        )
    role = request.query_params.get("role", "")
    role = role if role in CHOICES else ""
    return Choice(_roles_of(role), role, "")


def write_note(choice: Choice, page: str) -> str:
    """Return what readers are told of what they see, as HTML: where one develops, what else can be shown."""
    if choice.role is None and not choice.note:
        return ""
    if choice.role is None:
        return f'<p class="seen">{choice.note}</p>'
    links = "".join(
        f'<a href="{_links_to(role).page(page)}"{mark(here=role == choice.role)}>{name}</a>'
        for role, name in CHOICES.items()
    )
    return f'<nav class="seen" aria-label="Roles"><span>Seen with</span>{links}</nav>'


def write_unseen(choice: Choice, page: str) -> str:
    """Return the body of a page about what the chosen role can't see."""
    who = "Without a token" if choice.role == ANONYMOUS else f"With {choice.role}"
    return f"<h1><code>{page}</code></h1><p>{who} you can't see this. Choose another role above.</p>"


def roles_of_everybody(*, is_open: bool) -> frozenset[str]:
    """Return the roles of which everybody sees the pages; `is_open` says whether one develops."""
    return ROLES if is_open else frozenset()


def _links_to(role: str | None) -> Links:
    return Links(f"?role={role}" if role else "")


def _roles_of(role: str) -> frozenset[str]:
    if not role:
        return roles_of_everybody(is_open=True)
    return frozenset() if role == ANONYMOUS else frozenset({role})
