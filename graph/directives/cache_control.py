"""@cacheControl: whose answer a field's value may stand in."""

from collections.abc import Iterator, Mapping
from enum import Enum

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema_directive import Location

from graph.directives.operation_cost import narrowed
from graph.directives.requires_role import BACKREF


@strawberry.enum(name="CacheControlScope", description="Whom an answer is good for.")
class CacheScope(Enum):
    """Whom an answer is good for."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone with the same roles.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The viewer alone.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cacheControl",
    description="Who may be given an answer with this field again. Without it: everyone with the same roles.",
)
class CacheControl:
    """Whose answer a field's value may stand in."""

    scope: CacheScope = CacheScope.PUBLIC


def is_shared(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> bool:
    """Return whether a valid operation's answer is the same for everyone with the same roles."""
    root = schema.get_root_type(operation.operation)
    return root is not None and not any(_private(schema, fragments, operation.selection_set, root, set()))


def _private(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    node: SelectionSetNode | None,
    parent: GraphQLNamedType,
    seen: set[str],
) -> Iterator[bool]:
    """Yield whether each field is private; those of a fragment once."""
    for selection in node.selections if node else ():
        if isinstance(selection, FieldNode):
            field = getattr(parent, "fields", {}).get(selection.name.value)
            if field is not None:
                declared = (field.extensions or {}).get(BACKREF)
                directives = getattr(declared, "directives", ())
                yield any(
                    isinstance(each, CacheControl) and each.scope is CacheScope.PRIVATE for each in directives
                )
                yield from _private(schema, fragments, selection.selection_set, get_named_type(field.type), seen)
        elif isinstance(selection, InlineFragmentNode):
            type_ = narrowed(schema, selection, parent)
            yield from _private(schema, fragments, selection.selection_set, type_, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            fragment = fragments[selection.name.value]
            type_ = narrowed(schema, fragment, parent)
            yield from _private(schema, fragments, fragment.selection_set, type_, seen)
