"""The schema with a few things in it that are deprecated, of every kind that can be."""

from datetime import date
from enum import Enum
from operator import getitem
from typing import Annotated

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from db.columns import Asked
from graph import parts
from graph import schema as served
from graph.app import create_app
from graph.cache.tags import Tags
from graph.context import Context
from graph.directives.atomic import atomic
from graph.directives.cache_control import KEPT
from graph.directives.live import live
from graph.directives.sunset import Sunset
from graph.execution.facts import core_of
from graph.http.entrance import Entrance
from graph.mutations.mutation import Mutation
from graph.resolvers import depends_on, single
from graph.roles.enforcement import enforce
from graph.settings import Settings
from graph.site import deprecations
from graph.site.reference import reference
from graph.types.company import Company
from graph.types.license import License
from graph.types.location import Location
from graph.types.scalars import SCALARS
from graph.types.subscription import Subscription

FIRST, LATER = date(2026, 1, 15), date(2026, 6, 1)
SOON, LATE = date(2027, 2, 1), date(2028, 6, 1)

FIRM = Sunset(since=LATER, on=LATE, replacement="Query.company")
SHADE = Sunset(since=FIRST, on=SOON)


@strawberry.enum
class Tone(Enum):
    """How something sounds."""

    LOUD = "LOUD"
    SHRILL = strawberry.enum_value("SHRILL", deprecation_reason="It hurts.", directives=[FIRM])


@strawberry.input
class Look:
    """How something looks."""

    tone: Tone | None = None
    colour: str | None = strawberry.field(default=None, deprecation_reason="Nobody sees it.", directives=[SHADE])
    others: list["Look"] | None = None


def none_at_all(**_: object) -> Tags:
    """What depends on nothing."""
    return frozenset()


@single
@depends_on(none_at_all)
async def companies_like(
    context: Context,  # noqa: ARG001
    look: Look | None = None,  # noqa: ARG001
    tone: Tone = Tone.LOUD,  # noqa: ARG001
    shade: Annotated[  # noqa: ARG001
        str | None, strawberry.argument(deprecation_reason="Say `look`.", directives=[SHADE])
    ] = None,
    columns: Asked = None,  # noqa: ARG001
) -> list[Company]:
    """Return nothing, whatever is asked."""
    return []


@strawberry.type(name="Query")
class Query(served.Query):
    """All that there is, and what shall go."""

    firm: Company | None = strawberry.field(
        resolver=served.company, directives=[KEPT, FIRM], deprecation_reason="It is called company."
    )
    companies_like: list[Company] = strawberry.field(resolver=companies_like, directives=[KEPT])


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    directives=[atomic, live],
    types=[Company, Location, License],
    config=StrawberryConfig(default_resolver=getitem, scalar_map=SCALARS),
)
core_schema = core_of(schema)
enforce(core_schema)


def create_aging_app(settings: Settings) -> Entrance:
    """Return a server of this schema."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (parts, deprecations, reference):
            patch.setattr(module, "core_schema", core_schema)
        return create_app(settings)
