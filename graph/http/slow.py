"""Operations that take long, each told in the log by itself: its plan and its statements, without values."""

import asyncio
import logging
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from db.tally import Tally
from graph.execution.arguments import UnboundError
from graph.execution.explain import readings_of
from graph.execution.facts import Facts
from graph.execution.forms import Forms
from graph.execution.plan import ForeignError
from graph.execution.run import Prepared
from graph.http.exchange import Exchange
from graph.telemetry.logs import nanoseconds
from graph.types.paging import SIZES

# Those that are told within a second at most: on a bad day every operation is slow.
MOST: Final = 5
# Seconds after which one is told: those of its statements that were cancelled with it have ended by then.
PAUSE: Final = 0.1
# Statements of one that are told, those that took longest, and the characters of each.
STATEMENTS: Final = 10
TEXT: Final = 2000

log = logging.getLogger("ariesone.slow")


class SlowOperations:
    """Tells of operations that took so many `seconds`, or more; of none for 0."""

    def __init__(self, facts: Facts, seconds: float) -> None:
        self.seconds = seconds or math.inf
        self._forms = Forms(facts, 1, SIZES)
        self._second = 0.0
        self._told = self._untold = 0

    def note(self, exchange: Exchange, prepared: Prepared, seconds: float, sql: Tally) -> None:
        """Have an operation told that took long; `sql` is of its statements."""
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._told = now, 0
        loop = asyncio.get_running_loop()
        if self._told < MOST:
            self._told += 1
            fields = {
                "event.duration": nanoseconds(seconds),
                "trace.id": exchange.trace_id,
                "graphql.operation.name": exchange.operation_name,
                "graphql.document.hash": exchange.operation and exchange.operation.document,
                "graphql.cost": round(prepared.cost),
            }
            loop.call_later(PAUSE, self._tell, fields, prepared, sql)
            return
        if not self._untold:
            loop.call_later(1, self._tell_of_others)
        self._untold += 1

    def _tell(self, fields: dict[str, object], prepared: Prepared, sql: Tally) -> None:
        counts = {
            "sql.statements": sql.statements,
            "sql.rows": sql.rows,
            "sql.duration": nanoseconds(sql.seconds),
        }
        plan, statements = list(self._planned(prepared)), list(statements_in(sql))
        log.warning("slow operation", extra={**fields, **counts, "slow.plan": plan, "slow.statements": statements})

    def _tell_of_others(self) -> None:
        untold, self._untold = self._untold, 0
        log.warning("%d more slow operations, which are not told one by one", untold)

    def _planned(self, prepared: Prepared) -> Iterator[str]:
        """Yield what an operation reads, level by level."""
        try:
            for plan in self._forms.plan(prepared.operation, prepared.values, prepared.refused):
                yield from readings_of(plan)
        except (ForeignError, UnboundError):
            yield "no plan: graphql-core runs it"


def statements_in(sql: Tally) -> Iterator[str]:
    """Yield statements with what each came to, those that took longest first; equal ones are one."""
    times: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for text, found, _, taken in sql.ran:
        times[text] += 1
        rows[text] += found
        seconds[text] += taken
    for text in sorted(seconds, key=lambda each: -seconds[each])[:STATEMENTS]:
        shown = " ".join(text.split())
        shown = shown if len(shown) <= TEXT else f"{shown[:TEXT]}..."
        yield f"{seconds[text] * 1000:.1f} ms, {times[text]} x, {rows[text]} rows: {shown}"
