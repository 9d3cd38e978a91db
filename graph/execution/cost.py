"""What an operation comes to: the most that it can cost, and what it did cost.

A list multiplies what is under it by the size that was asked for. Fields of one response name cost once, as they
are run once.
"""

from collections.abc import Container, Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from graphql import is_leaf_type, is_non_null_type

from graph.directives.cost import LONGEST_LIST, REFUSED, SHORTEST_BULK
from graph.execution.arguments import Values, value_weight
from graph.execution.tree import Field, Occurrence, Selection

Sizes = Mapping[str, int]
UNSIZED: Sizes = {}


class Work(IntEnum):
    """What an operation does: it reads, reads or changes much at once, or changes something."""

    READ = 0
    BULK = 1
    WRITE = 2


class Weight(NamedTuple):
    """The most that an operation can cost, and whether it is bulk."""

    cost: float
    is_bulk: bool


class Share(NamedTuple):
    """The most that one field can cost with all that is in it; `way` leads to it in the answer."""

    way: str
    coordinate: str
    cost: float


def weigh(root: Selection, values: Values, refused: Container[Occurrence] = ()) -> Weight:
    """Return what an operation can weigh with these variables, for whom some places are refused."""
    return Weight(cost_of(root, values, refused), count_listed(root, values) > SHORTEST_BULK)


def count_listed(root: Selection, values: Values) -> int:
    """Return how many keys or rows the fields of an operation's root list."""
    return sum(
        len(given)
        for field, _ in root.included(values)
        for _, given in field.arguments.sizes(values)
        if isinstance(given, list)
    )


def cost_of(root: Selection, values: Values, refused: Container[Occurrence] = ()) -> float:
    """Return the most that an operation can weigh with these variables, for whom some places are refused."""
    return _selection_cost(root, values, refused, UNSIZED)


def shares_of(root: Selection, values: Values, refused: Container[Occurrence] = ()) -> Iterator[Share]:
    """Yield what each field with fields in it can cost, those in it after it."""
    return _shares(root, values, refused, UNSIZED, 1, "")


def actual_cost_of(root: Selection, values: Values, data: Mapping[str, Any] | None) -> float:
    """Return what an operation weighed, by the lists that it got."""
    return 0.0 if data is None else _Scale(root, values, is_certain=True).weigh(data)


def measure(value: object) -> tuple[int | None, float]:
    """Return all that a cost can depend on in a variable: the size that it asks for, and what reading it weighs.

    What is neither a number nor a list has no size.
    """
    if isinstance(value, int):
        return value, 0.0
    if isinstance(value, list):
        return len(value), value_weight(value)
    return None, value_weight(value)


def _selection_cost(selection: Selection, values: Values, refused: Container[Occurrence], sizes: Sizes) -> float:
    """Return the cost of a selection; `sizes` are those of fields that the parent sized."""
    return sum(
        _field_cost(each, values, refused, sizes, is_refused=any(place in refused for place in places))
        for each, places in selection.included(values)
    )


def _field_cost(
    field: Field, values: Values, refused: Container[Occurrence], sizes: Sizes, *, is_refused: bool
) -> float:
    fact = field.fact
    multiplier, inner = _sized(field, values, sizes)
    weight = REFUSED if is_refused else fact.weight
    if field.selections and not is_refused:
        # An object is of one type only.
        weight += max(_selection_cost(each, values, refused, inner) for each in field.selections.values())
    # Arguments are read for each parent anew.
    return field.arguments.weight(values) + multiplier * weight


def _sized(field: Field, values: Values, sizes: Sizes) -> tuple[int, Sizes]:
    """Return how often what a field has counts, and the sizes of those of its fields that it sizes."""
    size = field.fact.size
    length = _length(field, values) if size.slicing_arguments else size.assumed_size
    multiplier = sizes.get(field.fact.name, 1 if size.sized_fields else length)
    return multiplier, dict.fromkeys(size.sized_fields, length)


def _shares(
    selection: Selection, values: Values, refused: Container[Occurrence], sizes: Sizes, times: int, way: str
) -> Iterator[Share]:
    """Yield the shares of the fields in a selection that counts so many times."""
    for field, places in selection.included(values):
        is_refused = any(place in refused for place in places)
        cost = times * _field_cost(field, values, refused, sizes, is_refused=is_refused)
        here = f"{way}.{field.key}" if way else field.key
        if field.selections:
            yield Share(here, field.fact.coordinate, cost)
        if not is_refused:
            multiplier, inner = _sized(field, values, sizes)
            for each in field.selections.values():
                yield from _shares(each, values, refused, inner, times * multiplier, here)


def _length(field: Field, values: Values) -> int:
    """Return how long a list is asked to be: as many as an argument says, or as it lists."""
    bound = {name: given for name, given in field.arguments.sizes(values) if given is not None}
    names = {field.fact.arguments[name].python_name for name in field.fact.size.slicing_arguments}
    sizes = (measure(bound[name])[0] for name in names if name in bound)
    known = [min(max(size, 0), LONGEST_LIST) for size in sizes if size is not None]
    return max(known, default=field.fact.size.assumed_size)


class _Scale:
    """Weighs objects of one type, whose selection and variables are looked at once for all of them.

    `is_certain` where no other type is possible: then what is never null needn't be looked for.
    """

    __slots__ = ("_constant", "_leaves", "_objects")

    def __init__(self, selection: Selection, values: Values, *, is_certain: bool) -> None:
        self._constant = 0.0
        self._leaves: list[tuple[str, float]] = []
        self._objects: list[tuple[str, float, list[_Scale]]] = []
        for each, _ in selection.included(values):
            type_, weight = each.fact.type, each.fact.weight
            if each.selections:
                is_sole = len(each.selections) == 1
                inner = [_Scale(one, values, is_certain=is_sole) for one in each.selections.values()]
                self._objects.append((each.key, weight, inner))
            elif is_certain and is_non_null_type(type_) and is_leaf_type(type_.of_type):
                self._constant += weight
            else:
                self._leaves.append((each.key, weight))

    def weigh(self, data: Mapping[str, Any]) -> float:
        """Return what an object in an answer weighs: its fields that aren't null, and what is in them."""
        total = self._constant
        for key, weight in self._leaves:
            value = data.get(key)
            if value is not None:
                total += weight * len(value) if isinstance(value, list) else weight
        for key, weight, scales in self._objects:
            value = data.get(key)
            if value is None:
                continue
            items = value if isinstance(value, list) else [value]
            total += weight * len(items)
            for item in items:
                if item is not None:
                    total += max([scale.weigh(item) for scale in scales])
        return total
