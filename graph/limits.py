"""Refuses documents and operations that are too long, deep, wide or costly, before they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
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
    objects: int = 40
    values: int = 3_000
    cost: int = 10_000
    cost_anonymous: int = 10_000


@dataclass(slots=True)
class Size:
    """What selections hold once their fragments are spread: fields, aliases, directives, and how deep."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    # Objects among the arguments: what filters are made of.
    objects: int = 0
    # How many ofType stand inside each other; they don't count as depth.
    unwraps: int = 0

    def add(self, other: "Size", depth: int = 0, unwraps: int = 0) -> None:
        """Add selections that stand beside these, under as many more fields and ofType as are told."""
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.objects += other.objects
        self.depth = max(self.depth, other.depth + depth)
        self.unwraps = max(self.unwraps, other.unwraps + unwraps)


# Selections that counting pairs looks at; a small document can otherwise lead it round its fragments for seconds.
MAX_STEPS = 10_000

# Tools that ask for the schema take the lists and non-nulls off a type nine times (graphql-js,
# getIntrospectionQuery): 15 fields deep, for one value each.
UNWRAPS = 9

NOTHING = Size()

MAX_LINES = 10_000

# Values in JSON that hold no others.
LEAVES = frozenset({str, int, float, bool, type(None)})

Fragments = Mapping[str, FragmentDefinitionNode]


def objects_in(node: ValueNode) -> int:
    """Return how many objects a literal holds."""
    if isinstance(node, ObjectValueNode):
        return 1 + sum(objects_in(field.value) for field in node.fields)
    return sum(map(objects_in, node.values)) if isinstance(node, ListValueNode) else 0


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
        return self._of_definition(operation)

    def of_fragment(self, name: str) -> Size:
        """Return a fragment's size."""
        if name not in self._known:
            # A fragment that spreads itself counts as nothing here; validation refuses it by name.
            self._known[name] = NOTHING
            fragment = self.fragments.get(name)
            if fragment is not None:
                self._known[name] = self._of_definition(fragment)
        return self._known[name]

    def _of_definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        size = self._selections(node.selection_set)
        size.directives += len(node.directives or ())
        return size

    def _selections(self, node: SelectionSetNode) -> Size:
        total = Size()
        for selection in node.selections:
            if selection.directives:
                total.directives += len(selection.directives)
            if isinstance(selection, FieldNode):
                self._add_field(total, selection)
            elif isinstance(selection, InlineFragmentNode):
                total.add(self._selections(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self.of_fragment(selection.name.value))
        return total

    def _add_field(self, total: Size, node: FieldNode) -> None:
        total.fields += 1
        if node.alias:
            total.aliases += 1
        for argument in node.arguments or ():
            total.objects += objects_in(argument.value)
        unwraps = 1 if node.name.value == "ofType" else 0
        inner = self._selections(node.selection_set) if node.selection_set else NOTHING
        total.add(inner, 1 - unwraps, unwraps)


class Pairs:
    """Counts the pairs of fields and fragments that validation compares to see whether they can be merged.

    Fields of one response name under one parent are compared each with each (GraphQL spec, 5.3.2), some 20 us a
    pair: a document of 2,000 tokens can ask for 40,000. Counting stops with CostLimitError as soon as there are
    too many, or when it has itself looked at too much.
    """

    def __init__(self, document: DocumentNode, limit: int) -> None:
        self._fragments = fragments_of(document)
        self._limit = limit
        self._steps = 0
        self.count = 0
        spread = len(self._fragments)
        self._add(spread * (spread - 1) // 2)
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
                self._compare([node.selection_set])

    def _add(self, pairs: int) -> None:
        self.count += pairs
        _at_most("fields and fragments to merge", self.count, self._limit)

    def _compare(self, sets: Sequence[SelectionSetNode]) -> None:
        by_name: dict[str, list[SelectionSetNode | None]] = {}
        self._gather(sets, by_name, set())
        for inner in by_name.values():
            self._add(len(inner) * (len(inner) - 1) // 2)
            self._compare([each for each in inner if each])

    def _gather(
        self,
        sets: Sequence[SelectionSetNode],
        by_name: dict[str, list[SelectionSetNode | None]],
        seen: set[str],
    ) -> None:
        for selection in (selection for each in sets for selection in each.selections):
            self._steps += 1
            _at_most("selections to merge", self._steps, MAX_STEPS)
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                by_name.setdefault(name, []).append(selection.selection_set)
            elif isinstance(selection, InlineFragmentNode):
                self._gather([selection.selection_set], by_name, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = self._fragments.get(selection.name.value)
                if fragment is not None:
                    self._gather([fragment.selection_set], by_name, seen)


def check_lines(text: str) -> None:
    """Refuse a document of more lines than one of 2,000 tokens needs; raises CostLimitError.

    graphql-core walks through all of them to tell where an error stands that concerns two places.
    """
    _at_most("lines", text.count("\n") + text.count("\r"), MAX_LINES)


def check_inputs(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that hold too much to be read in time; raises CostLimitError."""
    waiting: list[Any] = [variables]
    objects = values = 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            objects += 1
            waiting.extend(value.values())
        elif isinstance(value, list):
            if LEAVES.issuperset(map(type, value)):
                values += len(value)
            else:
                waiting.extend(value)
        values += 1
    _at_most("values in its variables", values, limits.values)
    # The variables themselves are an object.
    _at_most("objects in its variables", objects - 1, limits.objects)


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
        depth = size.depth + max(0, size.unwraps - UNWRAPS)
        if depth > limits.depth:
            raise DepthLimitError(f"The operation is {depth} deep; {limits.depth} is the most.")
        _at_most("objects among its arguments", size.objects, limits.objects)
    Pairs(document, limits.pairs)


def check_cost(cost: float, limit: int) -> None:
    """Refuse an operation that weighs too much; raises CostLimitError."""
    if cost > limit:
        raise CostLimitError(
            f"The operation may cost {cost:.0f}; {limit} is the most. Ask for smaller pages, or for less in each."
        )


def _at_most(what: str, number: int, limit: int) -> None:
    if number > limit:
        raise CostLimitError(f"The document has {number} {what}; {limit} is the most.")
