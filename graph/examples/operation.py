"""An operation for each root field, as small as it can be and still show something, with its variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLArgument, GraphQLObjectType, GraphQLSchema, is_object_type

from graph.examples.arguments import arguments_of, value_for
from graph.examples.samples import Samples
from graph.examples.selection import Choose, Selected, few_of, selected
from graph.examples.values import Examples

KINDS = ("query", "mutation", "subscription")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation with one root field: its text, its variables, and what is answered to it."""

    field: str
    text: str
    variables: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operations:
    """What makes operations: over a schema, with its examples, and with what a directory has in their place.

    `choose` selects what is below root fields; `name` is the operations' name, else they are called like these.
    """

    schema: GraphQLSchema
    examples: Examples
    samples: Samples
    choose: Choose = few_of
    name: str = ""

    def of_kind(self, kind: str) -> Iterator[Operation]:
        """Yield an operation for each root field of a kind, in the schema's order."""
        root = root_of(self.schema, kind)
        for field in root.fields if root else ():
            yield self.of(kind, field)

    def of(self, kind: str, field: str) -> Operation:
        """Return the operation for a root field; raises KeyError where there is none of this name."""
        root = root_of(self.schema, kind)
        if root is None:
            raise KeyError(kind)
        chosen = selected(self.schema, root, field, self.choose)
        given = dict(arguments_of(field, root.fields[field]))
        values = {each: value_for(f"{root.name}.{field}({each}:)", given[each], self.examples) for each in given}
        return Operation(
            field,
            _text(kind, self.name or field[0].upper() + field[1:], given, chosen),
            self.samples.put_into(values),
            {"data": {field: chosen.shape(self.examples)}},
        )


def root_of(schema: GraphQLSchema, kind: str) -> GraphQLObjectType | None:
    """Return the root type of a kind of operations; None where the schema has none."""
    root = schema.type_map.get(kind.capitalize())
    return root if is_object_type(root) else None


def _text(kind: str, name: str, given: Mapping[str, GraphQLArgument], chosen: Selected) -> str:
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in given.items())
    passed = ", ".join(f"{each}: ${each}" for each in given)
    head = f"{kind} {name}({declared}) {{" if given else f"{kind} {name} {{"
    return "\n".join([head, *chosen.lines("  ", f"({passed})" if given else ""), "}", ""])
