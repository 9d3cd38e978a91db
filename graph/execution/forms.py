"""The forms of operations: planned at each first sight, compiled when they come back, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import ref

from cachetools import LRUCache

from graph.execution.arguments import Values
from graph.execution.compile import Compiled, compile_plan
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
    """How often a form of an operation has come, and what it was compiled to."""

    sights: int = 0
    compiled: Compiled | None = None


class _Kept(LRUCache[ref[_Seen], int]):
    """The forms compiled last, each with its weight; what has to go is compiled again when it comes back twice.

    They belong to their documents: held here as well, they would keep those, and the collector would walk through
    them all.
    """

    def popitem(self) -> tuple[ref[_Seen], int]:
        """Forget what was used longest ago."""
        key, weight = super().popitem()
        seen = key()
        if seen is not None:
            seen.compiled, seen.sights = None, 0
        return key, weight

    def add(self, seen: _Seen, weight: int) -> None:
        """Keep a form for as long as there is room, and its document is kept."""
        self[ref(seen, lambda gone: self.pop(gone, None))] = weight

    def touch(self, seen: _Seen) -> None:
        """Note that a form was used."""
        self.get(ref(seen))


@dataclass(slots=True, eq=False)
class Forms:
    """Compiles operations at their `sights`-th sight; what is kept lives as long as its document.

    Rows come nested for pages of these `sizes`; of none where they are not to come nested.
    """

    facts: Facts
    sights: int
    sizes: range
    _kept: _Kept = field(default_factory=lambda: _Kept(MAX_SOURCES, getsizeof=int))

    def find(self, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> Compiled | None:
        """Return the operation compiled, or None while it isn't."""
        key = key_of(operation, values, refused)
        # The form used last stands at the end; where there are too many, the first one goes.
        seen: _Seen = operation.forms.pop(key, None) or _Seen()
        operation.forms[key] = seen
        if len(operation.forms) > MAX_FORMS:
            del operation.forms[next(iter(operation.forms))]
        if seen.compiled is not None:
            self._kept.touch(seen)
        else:
            seen.sights += 1
            if seen.sights >= self.sights:
                seen.compiled = compiled = self.compile(operation, values, refused)
                if len(compiled.source) <= MAX_SOURCES:
                    self._kept.add(seen, len(compiled.source))
        return seen.compiled

    def plan(
        self,
        operation: Operation,
        values: Values,
        refused: Mapping[Occurrence, Guard],
        *,
        nests: bool = True,
        root: Selection | None = None,
    ) -> Plan:
        """Return the plan of an operation, or of a part of its root; raises ForeignError."""
        nulls = frozenset(name for name in operation.nullables if values.get(name) is None)
        form = Form(
            {name: values.get(name) for name in operation.conditions}, nulls, refused, nests and bool(self.sizes)
        )
        return plan_of(self.facts, operation, form, root)

    def compile(self, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> Compiled:
        """Return the operation compiled; raises ForeignError."""
        return compile_plan(self.plan(operation, values, refused), operation.name or "query", self.sizes)


def key_of(operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> tuple[object, ...]:
    """Return what of a request decides how an operation is planned."""
    return (
        *(values.get(name) for name in operation.conditions),
        *(values.get(name) is None for name in operation.nullables),
        frozenset(refused.items()) if refused else None,
    )
