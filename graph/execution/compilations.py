"""Which operations are compiled: those that come back, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import ref

from cachetools import LRUCache
from graphql import GraphQLError, GraphQLSchema
from graphql.execution.values import VariableValues

from graph.execution.compile import Compiled, compiled
from graph.execution.operation import Operation
from graph.execution.plan import NotCompilableError, Planner
from graph.guard import Guard

# Compiling costs what running a few times on graphql-core does: an operation is compiled when it is seen again.
SIGHTS = 2
# Characters of source that are kept compiled: code takes some ten times as many bytes.
MAX_SOURCES = 4 * 1024 * 1024
# Forms of one operation, by what its @skip and @include and the viewer's roles leave of it.
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


class Compilations:
    """Compiles operations at their `sights`-th sight; what is kept lives as long as its document."""

    def __init__(self, schema: GraphQLSchema, sights: int, *, nests: bool = True) -> None:
        self._schema = schema
        self._sights = sights
        self._nests = nests
        self._kept = _Kept(MAX_SOURCES, getsizeof=int)

    def compilation(
        self, operation: Operation, variables: VariableValues, forbidden: Mapping[int, Guard]
    ) -> Compiled | None:
        """Return the operation compiled, or None while it is, or stays, for the reference executor.

        `forbidden` are the nodes of fields that the viewer may not use, by their identity.
        """
        form = form_of(operation, variables, forbidden)
        seen: _Seen | None = operation.compilations.get(form)
        if seen is None:
            if len(operation.compilations) >= MAX_FORMS:
                return None
            seen = operation.compilations[form] = _Seen()
        if seen.sights < self._sights:
            seen.sights += 1
            if seen.sights == self._sights:
                seen.compiled = self._compiled(operation, variables, forbidden)
                if seen.compiled and len(seen.compiled.source) <= MAX_SOURCES:
                    self._kept.add(seen, len(seen.compiled.source))
        elif seen.compiled:
            self._kept.touch(seen)
        return seen.compiled

    def known(
        self, operation: Operation, variables: VariableValues, forbidden: Mapping[int, Guard]
    ) -> Compiled | None:
        """Return the operation compiled where it has been."""
        seen: _Seen | None = operation.compilations.get(form_of(operation, variables, forbidden))
        return seen.compiled if seen else None

    def _compiled(
        self, operation: Operation, variables: VariableValues, forbidden: Mapping[int, Guard]
    ) -> Compiled | None:
        try:
            plan = Planner(self._schema, operation, variables, forbidden, nests=self._nests).plan()
            return compiled(plan, operation.name or "query")
        except (NotCompilableError, GraphQLError):
            # What is wrong with it, such as a null for @include, the reference tells at its place.
            return None


def form_of(operation: Operation, variables: VariableValues, forbidden: Mapping[int, Guard]) -> tuple[object, ...]:
    """Return what of a request decides which fields an operation has."""
    return (*(variables.coerced.get(name) for name in operation.conditions), frozenset(forbidden.items()))
