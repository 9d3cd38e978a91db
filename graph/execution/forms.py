"""The forms of operations: planned at each first sight, compiled when they come back, within bounds."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from weakref import ref

from graph.execution.arguments import Values
from graph.execution.compile import Compiled, InterpretedError, compile_plan
from graph.execution.document import Operation
from graph.execution.facts import Facts
from graph.execution.plan import Form, Plan, plan_of
from graph.execution.tree import Occurrence, Selection
from graph.roles.guard import Guard

# Compiling costs what running a few times does: an operation is compiled when it is seen again.
SIGHTS = 2
# Characters of source that are kept compiled: code takes some ten times as many bytes.
MAX_SOURCES = 4 * 1024 * 1024
# Forms of one operation, by what @skip and @include, nulls among its variables and the viewer's roles make of it.
MAX_FORMS = 16


@dataclass(slots=True, weakref_slot=True, eq=False)
class _Seen:
    """How often a form of an operation has come, and what its parts were compiled to, or that they never are."""

    sights: int = 0
    compiled: Sequence[Compiled] | None = None
    stays_interpreted: bool = False


class _Kept:
    """The forms compiled last, each with its weight; what has to go is compiled again when it comes back twice.

    They belong to their documents: held here as well, they would keep those, and the collector would walk through
    them all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # The one used longest ago stands first.
        self._weights: OrderedDict[ref[_Seen], int] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._weights)

    def add(self, seen: _Seen, weight: int) -> None:
        """Keep a form for as long as there is room, and its document is kept."""
        if weight > self._most:
            return
        self._weights[ref(seen, self._drop)] = weight
        self._weight += weight
        while self._weight > self._most:
            oldest = next(iter(self._weights))
            self._drop(oldest)
            if (form := oldest()) is not None:
                form.compiled, form.sights = None, 0

    def touch(self, seen: _Seen) -> None:
        """Note that a form was used."""
        key = ref(seen)
        if key in self._weights:
            self._weights.move_to_end(key)

    def _drop(self, key: ref[_Seen]) -> None:
        self._weight -= self._weights.pop(key, 0)


@dataclass(slots=True, eq=False)
class Forms:
    """Compiles operations at their `sights`-th sight; what is kept lives as long as its document.

    Rows come nested for pages of these `sizes`; of none where they are not to come nested.
    """

    facts: Facts
    sights: int
    sizes: range
    _kept: _Kept = field(default_factory=lambda: _Kept(MAX_SOURCES))

    def find(
        self, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]
    ) -> Sequence[Compiled] | None:
        """Return the parts of an operation compiled, or None while they aren't; raises ForeignError."""
        key = key_of(operation, values, refused)
        # The form used last stands at the end; where there are too many, the first one goes.
        seen: _Seen = operation.forms.pop(key, None) or _Seen()
        operation.forms[key] = seen
        if len(operation.forms) > MAX_FORMS:
            del operation.forms[next(iter(operation.forms))]
        if seen.compiled is not None:
            self._kept.touch(seen)
        elif not seen.stays_interpreted:
            seen.sights += 1
            if seen.sights >= self.sights:
                self._compile(seen, operation, values, refused)
        return seen.compiled

    def _compile(
        self, seen: _Seen, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]
    ) -> None:
        """Compile a form where that can be."""
        try:
            seen.compiled = compiled = self.compile(operation, values, refused)
        except InterpretedError:
            seen.stays_interpreted = True
        else:
            self._kept.add(seen, sum(len(each.source) for each in compiled))

    def plan(
        self,
        operation: Operation,
        values: Values,
        refused: Mapping[Occurrence, Guard],
        *,
        nests: bool = True,
    ) -> Sequence[Plan]:
        """Return the plans of an operation's parts; raises ForeignError."""
        nulls = frozenset(name for name in operation.nullables if values.get(name) is None)
        nests = nests and not operation.is_mutation and bool(self.sizes)
        form = Form({name: values.get(name) for name in operation.conditions}, nulls, refused, nests)
        return [plan_of(self.facts, operation, form, part) for part in parts_of(operation, values)]

    def compile(
        self, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]
    ) -> Sequence[Compiled]:
        """Return the parts of an operation compiled; raises ForeignError or InterpretedError."""
        name = operation.name or operation.kind.value
        return [compile_plan(plan, name, self.sizes) for plan in self.plan(operation, values, refused)]


def parts_of(operation: Operation, values: Values) -> Sequence[Selection]:
    """Return what is planned by itself: each field of a mutation, and all of any other operation."""
    root = operation.root
    if not operation.is_mutation:
        return [root]
    return [Selection(root.type, {each.key: each}, root.is_conditional) for each, _ in root.included(values)]


def key_of(operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> tuple[object, ...]:
    """Return what of a request decides how an operation is planned."""
    return (
        *(values.get(name) for name in operation.conditions),
        *(values.get(name) is None for name in operation.nullables),
        frozenset(refused.items()) if refused else None,
    )
