"""The interface of everything that has a global id."""

import strawberry

from graph.directives.cache_control import INHERITED
from graph.types.examples import A_COMPANY


@strawberry.interface(
    description="Something with a global id, by which `node` finds it again.", directives=[INHERITED]
)
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(directives=[A_COMPANY], description="The global id.")
