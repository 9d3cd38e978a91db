"""Which roles a token's claims give: where its issuer puts them, and what it calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.identity.refusal import refuse, shown
from graph.identity.viewer import ROLES, names_of_roles
from graph.settings import Settings


@dataclass(frozen=True, slots=True)
class RoleNames:
    """The claims that hold roles, what stands before a role's name, and other names (in lower case) for roles.

    Where there is a prefix or there are other names, nothing else is a role: an "admin" of theirs opens nothing.
    """

    claims: tuple[str, ...] = ("roles",)
    prefix: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "RoleNames":
        """Return what the settings say."""
        return cls(
            tuple(settings.token_roles_claim.split(",")),
            settings.token_role_prefix.lower(),
            names_of_roles(settings.token_role_names),
        )

    def roles_in(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return the roles that claims give; raises UnauthenticatedError where a claim can't hold roles."""
        return frozenset(filter(None, map(self.role_of, self.names_in(claims))))

    def names_in(self, claims: Mapping[str, Any]) -> list[str]:
        """Return the names that stand where roles do, known or not; raises UnauthenticatedError."""
        found: list[str] = []
        for claim in self.claims:
            value = value_at(claims, claim)
            if isinstance(value, str):
                # As `scope` has it (RFC 6749, section 3.3), unless it is one name with a blank in it.
                found += [value] if self.role_of(value) else value.split()
            elif isinstance(value, list) and all(isinstance(each, str) for each in value):
                found += value
            elif value is not None:
                refuse("MALFORMED", f"{claim} is {shown(value)}; it must be a text or a list of texts")
        return found

    def role_of(self, name: str) -> str | None:
        """Return the role of a name, whatever its case; None where it is no role here."""
        lowered = name.strip().lower()
        if lowered in self.others:
            return self.others[lowered]
        if not name.isascii() or not lowered.startswith(self.prefix) or (self.others and not self.prefix):
            return None
        role = lowered.removeprefix(self.prefix).upper()
        return role if role in ROLES else None

    def name_of(self, role: str) -> str:
        """Return a name that stands for a role: the way back."""
        names = [name for name, each in self.others.items() if each == role]
        return names[0] if names else f"{self.prefix}{role}"


# Where issuer and server call roles the same.
DIRECT_NAMES = RoleNames()


def value_at(claims: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a claim may be anything
    """Return the claim of a name, or what a dotted path leads to; a claim whose name has the dots comes first."""
    if path in claims:
        return claims[path]
    places = [place for place, character in enumerate(path) if character == "."]
    for place in reversed(places):
        inner = claims.get(path[:place])
        if isinstance(inner, dict) and (found := value_at(inner, path[place + 1 :])) is not None:
            return found
    return None
