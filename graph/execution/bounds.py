"""Refuses documents and variables that are too long, deep or wide, while they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from graphql import FieldNode, ListValueNode, ObjectValueNode, ValueNode

from graph.directives.cost import MAX_ROWS
from graph.errors import CostLimitError, DepthLimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may hold."""

    tokens: int = 2_000
    operations: int = 10
    fields: int = 2_000
    aliases: int = 30
    directives: int = 40
    depth: int = 12
    pairs: int = 1_500
    objects: int = 40
    values: int = 3_000
    cost: int = 10_000
    cost_anonymous: int = 10_000
    upload_bytes: int = 2**28

    @property
    def of_rows(self) -> "Limits":
        """The same for a mutation, whose variables may hold a list of rows besides."""
        return replace(
            self, objects=self.objects + MAX_ROWS * ROW_OBJECTS, values=self.values + MAX_ROWS * ROW_VALUES
        )


# Selections and values of arguments that reading one document looks at, its fragments spread, some 4 us each: a
# small document can otherwise lead it round its fragments for seconds.
MAX_STEPS = 4_000

# Tools that ask for the schema take the lists and non-nulls off a type nine times (graphql-js,
# getIntrospectionQuery, whose typeDepth widens it): 15 fields deep, for one value each.
UNWRAPS = 15

# Lines of a document; more than one of 2,000 tokens needs. graphql-core walks through all of them to tell where an
# error stands that concerns two places.
MAX_LINES = 10_000

# What one row of a mutation may hold: itself and an address, and the values in them.
ROW_OBJECTS = 2
ROW_VALUES = 20

# Values in JSON that hold no others.
LEAVES = frozenset({str, int, float, bool, type(None)})


class Depth(NamedTuple):
    """How many fields stand round a field; `unwraps` of them, which are called ofType, don't count at first."""

    fields: int = 0
    unwraps: int = 0

    def within(self, name: str) -> "Depth":
        """Return the depth of what stands in a field."""
        if name == "ofType":
            return Depth(self.fields, self.unwraps + 1)
        return Depth(self.fields + 1, self.unwraps)


class Count:
    """What a document holds, as it is read: its operations one by one, and what it takes to read all of it.

    Each of its methods raises CostLimitError or DepthLimitError as soon as there is too much.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._steps = 0
        self.pairs = 0
        self.begin()

    def begin(self) -> None:
        """Begin with an operation, or with a fragment that none uses."""
        self.fields = self.aliases = self.directives = self.objects = 0

    def add_step(self, steps: int = 1) -> None:
        """Count selections that are looked at."""
        self._steps += steps
        require_at_most("selections and values, its fragments spread", self._steps, MAX_STEPS)

    def add_field(self, node: FieldNode, depth: Depth) -> None:
        """Count a field with its arguments, which stands as deep as is told."""
        self.fields += 1
        require_at_most("fields", self.fields, self._limits.fields)
        if node.alias:
            self.aliases += 1
            require_at_most("aliases", self.aliases, self._limits.aliases)
        if node.selection_set is None:
            self._check_depth(depth.within(node.name.value))
        for argument in node.arguments or ():
            self._add_value(argument.value)

    def add_directives(self, number: int) -> None:
        """Count the directives of a selection."""
        self.directives += number
        require_at_most("directives", self.directives, self._limits.directives)

    def add_pairs(self, others: int) -> None:
        """Count a field against others of its response name, or a fragment against others.

        Where it must look, graphql-core compares each with each (GraphQL spec, 5.3.2), some 20 us a pair: a
        document of 2,000 tokens can ask for 40,000.
        """
        self.pairs += others
        require_at_most("fields and fragments to merge", self.pairs, self._limits.pairs)

    def _check_depth(self, depth: Depth) -> None:
        found = depth.fields + max(0, depth.unwraps - UNWRAPS)
        if found > self._limits.depth:
            raise DepthLimitError(f"The operation is {found} deep; {self._limits.depth} is the most.")

    def _add_value(self, node: ValueNode) -> None:
        waiting = [node]
        for value in waiting:
            if isinstance(value, ObjectValueNode):
                self.objects += 1
                require_at_most("objects among its arguments", self.objects, self._limits.objects)
                waiting.extend(member.value for member in value.fields)
            elif isinstance(value, ListValueNode):
                self.add_step(len(value.values))
                waiting.extend(value.values)


def check_lines(text: str) -> None:
    """Refuse a document of too many lines; raises CostLimitError."""
    require_at_most("lines", text.count("\n") + text.count("\r"), MAX_LINES)


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
        if values > limits.values or objects - 1 > limits.objects:
            break
    require_at_most("values in its variables", values, limits.values, of="request")
    # The variables themselves are an object.
    require_at_most("objects in its variables", objects - 1, limits.objects, of="request")


def check_cost(cost: float, limit: int) -> None:
    """Refuse an operation that weighs too much; raises CostLimitError."""
    if cost > limit:
        raise CostLimitError(
            f"The operation may cost {cost:.0f}; {limit} is the most. Ask for smaller pages, or for less in each."
        )


def require_at_most(what: str, number: int, limit: int, of: str = "document") -> None:
    """Refuse what holds more of something than is allowed; raises CostLimitError."""
    if number > limit:
        raise CostLimitError(f"The {of} has {number} {what}; {limit} is the most.")
