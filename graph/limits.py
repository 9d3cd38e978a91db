"""Refuses documents and operations that are too long, deep, wide or costly, before they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from graph.errors import CostLimitError, DepthLimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may hold."""

    tokens: int = 2_000
    operations: int = 10
    fields: int = 2_000
    aliases: int = 30
    directives: int = 8
    depth: int = 12
    pairs: int = 1_500
    cost: int = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """What selections hold once their fragments are spread: fields, aliases, directives, and how deep."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def beside(self, other: "Size") -> "Size":
        """Return the size of two selections side by side."""
        return Size(
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            max(self.depth, other.depth),
        )


NOTHING = Size()

Fragments = Mapping[str, FragmentDefinitionNode]


def fragments_of(document: DocumentNode) -> Fragments:
    """Return a document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


class Sizes:
    """The sizes in one document: every fragment is measured once, so the work is linear in the document."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = fragments_of(document)
        self._known: dict[str, Size] = {}

    def of(self, operation: OperationDefinitionNode) -> Size:
        """Return an operation's size."""
        size = self._selections(operation.selection_set)
        return size.beside(Size(directives=len(operation.directives or ())))

    def _selections(self, node: SelectionSetNode | None) -> Size:
        total = NOTHING
        for selection in node.selections if node else ():
            size = Size(directives=len(selection.directives or ()))
            if isinstance(selection, FieldNode):
                size = size.beside(self._field(selection))
            elif isinstance(selection, InlineFragmentNode):
                size = size.beside(self._selections(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                size = size.beside(self.of_fragment(selection.name.value))
            total = total.beside(size)
        return total

    def _field(self, node: FieldNode) -> Size:
        inner = self._selections(node.selection_set)
        aliases = inner.aliases + (1 if node.alias else 0)
        return Size(inner.fields + 1, aliases, inner.directives, inner.depth + 1)

    def of_fragment(self, name: str) -> Size:
        """Return a fragment's size."""
        if name not in self._known:
            # A fragment that spreads itself counts as nothing here; validation refuses it by name.
            self._known[name] = NOTHING
            fragment = self.fragments.get(name)
            if fragment is not None:
                own = Size(directives=len(fragment.directives or ()))
                self._known[name] = own.beside(self._selections(fragment.selection_set))
        return self._known[name]


def pairs_to_compare(document: DocumentNode) -> int:
    """Return how many pairs of fields and fragments validation compares to see whether they can be merged.

    Fields of one response name under one parent are compared each with each (GraphQL spec, 5.3.2), some 20 us
    a pair: a document of 2,000 tokens can ask for 40,000. Call it only where the count of fields is bounded.
    """
    fragments = fragments_of(document)
    spread = len(fragments)
    roots = (
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    )
    return spread * (spread - 1) // 2 + sum(_pairs([root], fragments) for root in roots)


def _pairs(sets: Sequence[SelectionSetNode], fragments: Fragments) -> int:
    by_name: dict[str, list[SelectionSetNode | None]] = {}
    _gather(sets, fragments, by_name, set())
    total = 0
    for inner in by_name.values():
        total += len(inner) * (len(inner) - 1) // 2
        total += _pairs([each for each in inner if each], fragments)
    return total


def _gather(
    sets: Sequence[SelectionSetNode],
    fragments: Fragments,
    by_name: dict[str, list[SelectionSetNode | None]],
    seen: set[str],
) -> None:
    for selection in (selection for each in sets for selection in each.selections):
        if isinstance(selection, FieldNode):
            name = (selection.alias or selection.name).value
            by_name.setdefault(name, []).append(selection.selection_set)
        elif isinstance(selection, InlineFragmentNode):
            _gather([selection.selection_set], fragments, by_name, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            fragment = fragments.get(selection.name.value)
            if fragment is not None:
                _gather([fragment.selection_set], fragments, by_name, seen)


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a parsed document before it is validated; raises CostLimitError or DepthLimitError.

    Every operation is measured, not only the one that will run: validation looks at them all.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    _at_most("operations", len(operations), limits.operations)
    sizes = Sizes(document)
    # Fragments that no operation uses are validated as well.
    measured = [*(sizes.of(operation) for operation in operations), *map(sizes.of_fragment, sizes.fragments)]
    for size in measured:
        _at_most("fields", size.fields, limits.fields)
        _at_most("aliases", size.aliases, limits.aliases)
        _at_most("directives", size.directives, limits.directives)
        if size.depth > limits.depth:
            raise DepthLimitError(f"The operation is {size.depth} deep; {limits.depth} is the most.")
    _at_most("fields and fragments to merge", pairs_to_compare(document), limits.pairs)


def check_cost(cost: float, limits: Limits) -> None:
    """Refuse an operation that weighs too much; raises CostLimitError."""
    if cost > limits.cost:
        raise CostLimitError(
            f"The operation may cost {cost:.0f}; {limits.cost} is the most. "
            "Ask for smaller pages, or for less in each."
        )


def _at_most(what: str, number: int, limit: int) -> None:
    if number > limit:
        raise CostLimitError(f"The document has {number} {what}; {limit} is the most.")
