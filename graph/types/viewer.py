"""The viewer: who a token says that its bearer is, and what that opens."""

from datetime import UTC, datetime

import strawberry

from graph.context import Context
from graph.directives.example import Example
from graph.identity.viewer import Role, Viewer
from graph.resolvers import reads, single
from graph.types.scalars import NPI


@reads()
def subject(root: Viewer) -> str | None:
    """Return the token's subject."""
    return root.subject


@reads()
def roles(root: Viewer) -> list[Role]:
    """Return a viewer's roles, in the order that they are declared in."""
    return [role for role in Role if role.name in root.roles]


@reads()
def companies(root: Viewer) -> list[NPI]:
    """Return the companies that a viewer may write."""
    return [NPI(npi) for npi in sorted(root.companies)]


@reads()
def expires_at(root: Viewer) -> datetime | None:
    """Return when a viewer's token ends."""
    return None if root.expires is None else datetime.fromtimestamp(root.expires, UTC)


@single
async def opened(context: Context) -> list[str]:
    """Return the guarded places that the viewer's roles open."""
    return sorted(guard.place for guard in context.guards.values() if guard.opens_to(context.viewer.roles))


@strawberry.type(name="Viewer", description="The sender of the request, according to its token.")
class ViewerInfo:
    """A viewer, resolved from the context's."""

    subject: str | None = strawberry.field(
        resolver=subject, description="The token's `sub`; null without a token."
    )
    roles: list[Role] = strawberry.field(resolver=roles, description="Your roles; none without a token.")
    companies: list[NPI] = strawberry.field(
        resolver=companies, description="The companies that you may change, unless you are an ADMIN."
    )
    expires_at: datetime | None = strawberry.field(resolver=expires_at, description="When the token expires.")
    opened: list[str] = strawberry.field(
        resolver=opened,
        directives=[Example(value="Company.phone")],
        description="What your roles can use beyond what everyone can, as schema coordinates: `Company.phone`.",
    )


@single
async def viewer(context: Context) -> ViewerInfo:
    """Return who asks."""
    return context.viewer  # type: ignore[return-value]
