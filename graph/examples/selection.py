"""What an operation is tried with selects: a few leaves that tell what something is, and of a list a page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from graph.examples.values import Examples
from graph.execution.facts import TYPENAME

# Leaves of one object, and how deep objects are selected that have hardly any.
FEW = 5
DEEP = 3

# What is selected of types that are there for what they carry, by a field that they have.
OF_CARRIERS = {
    "nodes": ("nodes", "pageInfo"),
    "hasNextPage": ("hasNextPage", "endCursor"),
    "outcomes": ("outcomes", "succeeded", "failed"),
    "currentVersion": ("code", "message", "field"),
}

# What was wrong with an input: nothing, in an answer that is wanted.
ERRORS = "userErrors"

Parent = GraphQLObjectType | GraphQLInterfaceType
# Names the fields of a type to select, so deep below the root.
Choose = Callable[[Parent, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Selected:
    """A field that is selected, and what is selected below it.

    `typename` is that of an example, where __typename is selected: of an interface, or with nothing else.
    """

    coordinate: str
    name: str
    field: GraphQLField
    inner: tuple["Selected", ...] = ()
    typename: str = ""

    def lines(self, indent: str, arguments: str = "") -> Iterator[str]:
        """Yield the lines that select it."""
        if not (self.inner or self.typename):
            yield f"{indent}{self.name}{arguments}"
            return
        yield f"{indent}{self.name}{arguments} {{"
        if self.typename:
            yield f"{indent}  {TYPENAME}"
        for each in self.inner:
            yield from each.lines(f"{indent}  ")
        yield f"{indent}}}"

    def shape(self, examples: Examples) -> Any:  # noqa: ANN401 - a value of JSON
        """Return what is answered, with the examples of its leaves."""
        if not (self.inner or self.typename):
            return examples.of(self.coordinate, self.field)
        if self.name == ERRORS:
            return []
        shape = {TYPENAME: self.typename} if self.typename else {}
        shape |= {each.name: each.shape(examples) for each in self.inner}
        return [shape] if is_list_type(get_nullable_type(self.field.type)) else shape


def selected(schema: GraphQLSchema, parent: Parent, name: str, choose: Choose, depth: int = 0) -> Selected:
    """Return a field with what is chosen below it."""
    field = parent.fields[name]
    named = get_named_type(field.type)
    if not isinstance(named, Parent):
        return Selected(f"{parent.name}.{name}", name, field)
    inner = tuple(selected(schema, named, each, choose, depth + 1) for each in choose(named, depth + 1))
    typename = "" if inner else named.name
    if isinstance(named, GraphQLInterfaceType):
        typename = schema.get_possible_types(named)[0].name
    return Selected(f"{parent.name}.{name}", name, field, inner, typename)


def few_of(type_: Parent, depth: int) -> Sequence[str]:
    """Return the names of fields that tell what an object is, as deep below the root as a few objects are."""
    for field, names in OF_CARRIERS.items():
        if field in type_.fields:
            return [name for name in names if name in type_.fields]
    free = {name: field for name, field in type_.fields.items() if is_free(field)}
    leaves = [name for name, field in free.items() if is_leaf_type(get_named_type(field.type))]
    objects = [name for name, field in free.items() if is_composite_type(get_named_type(field.type))]
    is_bare = len(leaves) < FEW // 2 and depth < DEEP
    return [*leaves[:FEW], *(objects if is_bare or ERRORS in free else ())]


def is_free(field: GraphQLField) -> bool:
    """Return whether a field can be selected without arguments, and isn't about to go."""
    return field.deprecation_reason is None and not any(map(is_required_argument, field.args.values()))
