"""Where one operation's time went: what ran it, and of each field that is read its statements."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final

from db.plans import plan_of
from db.reads import Read as Statement
from db.reads import Reads
from db.tally import Ran, Tally
from graph.cache.peeks import Peek, Peeks
from graph.cache.reads import KeptReads
from graph.cache.tags import Tags
from graph.cache.watch import Watch
from graph.context import Context
from graph.execution.cost import Share
from graph.execution.plan import Plan, fields_in
from graph.execution.sharing import NOT_KEPT, CachePolicy
from graph.execution.sources import is_read

# The statements whose plans are told, those that took longest, and the seconds that asking for them may take.
PLANS: Final = 10
PLANNING: Final = 10.0


@dataclass(slots=True, eq=False)
class Explanation:
    """Notes what one operation does; a statement that answers several fields is told of at the first of them."""

    # The most that it can cost, and which field how much of it.
    cost: float = 0.0
    shares: Sequence[Share] = ()
    # For how long its answer may be kept, and for whom.
    policy: CachePolicy = NOT_KEPT
    # What is kept of dear reads.
    reads: KeptReads | None = None
    executor: str | None = None
    plan: Plan | None = None
    # The Python that it was compiled to.
    source: str | None = None
    # When the operation began, and how long it took, in seconds; on the clock of perf_counter.
    began: float = field(default_factory=perf_counter)
    seconds: float = 0.0
    _plans: dict[str, str | None] = field(default_factory=dict)
    # Statements that are no field's, such as what a mutation writes.
    _others: Sequence[Ran] = ()
    _statements: list[tuple[str | None, Statement]] = field(default_factory=list)
    _watches: dict[str | None, Watch] = field(default_factory=dict)
    _peeks: dict[str | None, list[Peek]] = field(default_factory=dict)

    def watch(self, coordinate: str | None, context: Context) -> Context:
        """Return a context whose statements, and what they depend on, are noted as those of a field.

        Of any, where that isn't known.
        """
        database = context.database.observed(lambda read: self._statements.append((coordinate, read)))
        watch = self._watches.get(coordinate) or self._watch(coordinate)
        if coordinate is None:
            watch.lose()
        return replace(context, database=database, watch=watch)

    def _watch(self, coordinate: str | None) -> Watch:
        peeks = self._peeks[coordinate] = []
        watch = self._watches[coordinate] = Watch(self.reads and Peeks(self.reads, peeks.append))
        return watch

    def note_run(self, executor: str, plan: Plan | None = None, source: str | None = None) -> None:
        """Note what ran the operation; of several ways that were tried, the last one."""
        self.executor, self.plan, self.source = executor, plan, source

    def end(self, sql: Tally) -> None:
        """Note that the operation has ended; `sql` has all of its statements."""
        self.seconds = perf_counter() - self.began
        known = {statement.sent for _, statement in self._statements}
        self._others = [each for each in sql.ran if each[2] not in known]

    async def ask_plans(self, database: Reads, *, is_run: bool) -> None:
        """Ask for the plans of the statements that took longest; where `is_run`, they are run once more for it."""
        ran = sorted((each for _, each in self._statements), key=lambda each: -each.seconds)
        slowest = {each.text: each for each in reversed(ran)}
        try:
            async with asyncio.timeout(PLANNING):
                for text, each in list(reversed(slowest.items()))[:PLANS]:
                    self._plans[text] = await plan_of(database, each, is_run=is_run)
        except TimeoutError:
            return

    def as_extension(self) -> dict[str, Any]:
        """Return what `extensions.explain` says: each field that is read, with where from and its statements."""
        return {
            "executor": self.executor,
            "milliseconds": milliseconds(self.seconds),
            "cost": round(self.cost, 1),
            "costs": [
                {"path": way, "field": coordinate, "cost": round(cost, 1)} for way, coordinate, cost in self.shares
            ],
            "source": self.source.splitlines() if self.source else None,
            "cache": {
                "maxAge": self.policy.max_age,
                "scope": "PRIVATE" if self.policy.is_private else "PUBLIC",
                "tags": told(self._tags()),
            },
            "fields": list(self._fields()),
            "others": [self._told_as(text, rows, sent, seconds) for text, rows, sent, seconds in self._others],
        }

    def _fields(self) -> Iterator[dict[str, Any]]:
        planned = fields_in(self.plan.root) if self.plan else ()
        asked = [(each.fact.coordinate, is_read(each.source)) for each in planned]
        ran = [(coordinate, True) for coordinate, _ in self._statements]
        for coordinate, is_own in dict.fromkeys([*asked, *ran]):
            statements = [
                self._describe(each) for place, each in self._statements if is_own and place == coordinate
            ]
            if is_own is not None:
                source = "read" if is_own else "owner's row"
                watch = self._watches.get(coordinate) if is_own else None
                yield {
                    "field": coordinate,
                    "source": source,
                    "tags": told(watch.tags) if watch else [],
                    "cache": told_of(self._peeks[coordinate]) if watch else None,
                    "statements": statements,
                }

    def _describe(self, statement: Statement) -> dict[str, Any]:
        """Return what a field's statement came to, with its plan where that was asked for."""
        told = self._told_as(statement.text, statement.rows, statement.sent, statement.seconds)
        told["keys"] = statement.keys
        return told | {"plan": self._plans[statement.text]} if statement.text in self._plans else told

    def _told_as(self, text: str, rows: int, sent: float, seconds: float) -> dict[str, Any]:
        """Return what a statement came to: its rows, and the milliseconds until it was sent and that it took."""
        return {
            "sql": " ".join(text.split()),
            "rows": rows,
            "sentAt": milliseconds(sent - self.began),
            "milliseconds": milliseconds(seconds),
        }

    def _tags(self) -> Tags | None:
        """What the answer depends on; None where that isn't known."""
        found: set[str] = set()
        for watch in self._watches.values():
            if watch.tags is None:
                return None
            found |= watch.tags
        return frozenset(found)


def readings_of(plan: Plan) -> Iterator[str]:
    """Yield what a plan reads: the level, the field, and the columns."""
    for reading in plan.readings:
        columns = "what it always reads" if reading.columns is None else ", ".join(map(str, reading.columns))
        yield f"level {reading.level}: {reading.field.coordinate}: {columns or 'no column'}"


def told_of(peeks: Sequence[Peek]) -> dict[str, Any] | None:
    """Return what is kept of a field's statements: HIT where all are, with the age of the oldest; None of none."""
    if not peeks:
        return None
    missed = next((each.outcome for each in peeks if each.age is None), None)
    ages = [each.age for each in peeks if each.age is not None]
    return {"outcome": missed, "age": None} if missed else {"outcome": "HIT", "age": round(max(ages), 1)}


def told(tags: Tags | None) -> list[str] | None:
    """Return tags in their order; None where they aren't known."""
    return None if tags is None else sorted(tags)


def milliseconds(seconds: float) -> float:
    """Return seconds in milliseconds."""
    return round(seconds * 1000, 3)
