"""An operation for each root field of the schema, which reads or checks all that is free to ask for."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import GraphQLField, get_named_type, is_leaf_type, is_object_type

from graph.examples.operation import Operation, Operations, root_of
from graph.examples.samples import Samples
from graph.examples.selection import Parent, is_free
from graph.examples.values import examples_of
from graph.schema import core_schema

NAME = "Probe"
# How deep below a root field everything is selected.
DEPTH = 2


def roots_of(kind: str) -> Mapping[str, GraphQLField]:
    """Return the root fields of a kind: query, mutation or subscription."""
    root = root_of(core_schema, kind)
    return root.fields if root else {}


def documents_of(kind: str, samples: Samples) -> Iterator[Operation]:
    """Yield an operation for each root field of a kind, but for mutations that can't be undone (validateOnly)."""
    for each in Operations(core_schema, examples_of(core_schema), samples, free_of, NAME).of_kind(kind):
        if kind != "mutation" or "validateOnly" in each.variables:
            yield each


def free_of(type_: Parent, depth: int) -> Sequence[str]:
    """Return the leaves of a type, and the objects that aren't too deep."""
    free = {name: get_named_type(field.type) for name, field in type_.fields.items() if is_free(field)}
    leaves = [name for name, named in free.items() if is_leaf_type(named)]
    objects = [name for name, named in free.items() if is_object_type(named) and name != "edges"]
    return [*leaves, *(objects if depth < DEPTH else ())]
