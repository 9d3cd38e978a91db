"""The interface of everything that has a global id."""

import strawberry


@strawberry.interface(description="Something with a global id, by which `node` finds it again.")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(description="The global id.")
