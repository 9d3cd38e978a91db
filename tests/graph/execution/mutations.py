"""Documents with something changed: a part dropped, doubled, added, or put where another one of its sort was."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    Node,
    SelectionNode,
    TypeNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS

# Parts that a document may be given, beside those of other documents.
PARTS = """
    query Parts($a: Int = 1, $b: [ID!], $c: Boolean!, $d: String @traced) {
      x: a(a: null, b: 1.5, c: "", d: "1", e: [], f: {}, g: $a, h: [$b], i: {a: $c}, j: CALM, k: true, l: 7)
        @skip(if: true) @include(if: $c) @deprecated @traced @defer(label: "a") @stream @often(times: 1)
      __typename
      __schema { types { fields { type { fields { name } } } } }
      __type(name: "Query") { name }
      ...on Query @defer { __typename }
      ... { __typename }
    }
    type Cow { name: String }
    subscription More { a b }
    mutation @atomic { a }
"""

# What lists hold.
LISTS = {
    "definitions": "definition",
    "variable_definitions": "variable_definition",
    "selections": "selection",
    "arguments": "argument",
    "directives": "directive",
    "values": "value",
    "fields": "object_field",
}
# What can be left out.
OPTIONAL = ("alias", "default_value", "selection_set", "type_condition", "name")

SORTS = ((SelectionNode, "selection"), (ValueNode, "value"), (TypeNode, "type"), (DefinitionNode, "definition"))

Parts = Mapping[str, Sequence[Node]]


class Mutator:
    """Changes documents, with parts of some others."""

    def __init__(self, rng: random.Random, donors: Sequence[str]) -> None:
        self._rng = rng
        self._foreign = parts_of([parse(PARTS), *map(parse, donors)])

    def mutated(self, text: str) -> str:
        """Return a document with a change."""
        document = parse(text)
        own = parts_of([document])
        while True:
            node = self._rng.choice(list(nodes_of(document)))
            try:
                changed = print_ast(visit(document, Replacement(node, self._changed(node, own))))
                parse(changed)
            except (GraphQLError, AttributeError, TypeError):
                # It would be no document any more.
                continue
            return changed

    def _changed(self, node: Node, own: Parts) -> Node:
        lists = [name for name in LISTS if hasattr(node, name)]
        optional = [name for name in OPTIONAL if getattr(node, name, None)]
        chance = self._rng.random()
        if lists and chance < 0.6:
            name = self._rng.choice(lists)
            changes: dict[str, Any] = {name: self._changed_list(getattr(node, name) or (), LISTS[name], own)}
            return replace(node, **changes)
        if optional and chance < 0.7:
            return replace(node, **{self._rng.choice(optional): None})
        return self._part(sort_of(node), own)

    def _changed_list(self, nodes: tuple[Node, ...], sort: str, own: Parts) -> tuple[Node, ...]:
        at = self._rng.randrange(len(nodes) + 1)
        chance = self._rng.random()
        if at < len(nodes) and chance < 0.4:
            return (*nodes[:at], *nodes[at + 1 :])
        if at < len(nodes) and chance < 0.6:
            return (*nodes[:at], nodes[at], *nodes[at:])
        return (*nodes[:at], self._part(sort, own), *nodes[at:])

    def _part(self, sort: str, own: Parts) -> Node:
        is_own = self._rng.random() < 0.6 and sort in own
        return self._rng.choice((own if is_own else self._foreign)[sort])


class Replacement(Visitor):
    """Puts a node in another one's place."""

    def __init__(self, old: Node, new: Node) -> None:
        super().__init__()
        self._old = old
        self._new = new

    def leave(self, node: Node, *_: Any) -> Node | None:
        """Replace the node; on leaving, as the new one may hold the old one."""
        return self._new if node is self._old else None


def sort_of(node: Node) -> str:
    """Return what a node can be exchanged with."""
    return next((sort for type_, sort in SORTS if isinstance(node, type_)), node.kind)


def parts_of(documents: Sequence[DocumentNode]) -> Parts:
    """Return all that documents hold, by sort."""
    found = defaultdict(list)
    for document in documents:
        for node in nodes_of(document):
            found[sort_of(node)].append(node)
    return found


def nodes_of(node: Node) -> Iterator[Node]:
    """Yield a node and all in it."""
    yield node
    for name in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,) if value else ():
            yield from nodes_of(child)
