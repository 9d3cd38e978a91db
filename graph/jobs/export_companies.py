"""Exports companies: one snapshot of the directory, read like queries are and written into a file."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from graphql import ExecutionResult

from db import changes, companies
from db.failures import StatementTimeoutError
from db.filters import Condition
from db.jobs import Outcome
from db.snapshot import Snapshot
from graph.context import Context
from graph.errors import OperationTimeoutError
from graph.execution.flat import Table
from graph.execution.run import Prepared
from graph.jobs.work import Work
from graph.mutations.export_companies import FILTER, ROOT, SOME, VARIABLE, query_of, selection_of
from graph.types.filters import company_condition

# Companies that are read together, as far as the limits of a query let them be.
LARGEST: Final = 1_000
# Into how many parts those are taken that take too long together.
PARTS: Final = 4
# What files are called by.
KIND: Final = "companies"


@dataclass(slots=True)
class Export:
    """Which companies, the query that reads some of them, how many at a time, and how they are written.

    `size` becomes less where so many take too long.
    """

    condition: Condition
    prepared: Prepared
    size: int
    table: Table | None

    @classmethod
    def of(cls, work: Work) -> "Export":
        """Return what a job asks for; raises a ClientError where that can't be done any more."""
        given = f"query ($filter: {FILTER}) {{ companies(filter: $filter, first: 1) {{ nodes {{ npi }} }} }}"
        filter_ = work.runner.inspect(given, {"filter": work.arguments["filter"]}, work.viewer).values["filter"]
        prepared = work.runner.inspect(query_of(work.arguments["fields"]), {VARIABLE: [SOME]}, work.viewer)
        for guard in prepared.refused.values():
            raise guard.error()
        is_table = work.arguments["format"] == "CSV"
        table = Table.of(selection_of(prepared.operation.root), prepared.values) if is_table else None
        size = max(min(LARGEST, int(prepared.max_cost / prepared.cost)), 1)
        return cls(company_condition(filter_), prepared, size, table)

    @property
    def ending(self) -> str:
        """How the file's name ends, before that of gzip."""
        return "ndjson" if self.table is None else "csv"

    def write(self, rows: Sequence[Any]) -> bytes:
        """Return companies of an answer as the file has them."""
        if self.table is not None:
            # Some of them may be JSON already.
            return self.table.lines(orjson.loads(orjson.dumps(rows)))
        return b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])


async def export_companies(work: Work) -> Outcome:
    """Write the companies that a filter finds into a file, in the order of their NPIs."""
    export = Export.of(work)
    async with work.database.snapshot() as snapshot:
        cursor = await changes.last(snapshot)
        work.total = await companies.count_all(snapshot, export.condition)
        with work.files.writing(KIND, export.ending) as file:
            if export.table is not None:
                file.write(export.table.header())
            async with aclosing(read(work, snapshot, export)) as parts:
                async for rows in parts:
                    await asyncio.to_thread(file.write, export.write(rows))
                    work.done += len(rows)
    return Outcome(file.name, work.done, file.bytes, file.sha256, cursor)


async def read(work: Work, snapshot: Snapshot, export: Export) -> AsyncGenerator[Sequence[Any]]:
    """Yield the companies of an export as they are answered; the next ones are read while some are written."""
    under_way: deque[asyncio.Task[Sequence[Any]]] = deque()
    try:
        async with aclosing(companies.numbers(snapshot, export.condition, export.size)) as numbers:
            async for npis in numbers:
                under_way.append(asyncio.create_task(answer(work, snapshot, export, npis)))
                if len(under_way) > 1:
                    yield await under_way.popleft()
        yield await under_way.popleft() if under_way else ()
    finally:
        # The snapshot's connection must be free when it ends.
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def answer(work: Work, snapshot: Snapshot, export: Export, npis: Sequence[str]) -> Sequence[Any]:
    """Return the companies with these NPIs, fewer at a time where they take too long together."""
    found: list[Any] = []
    while left := npis[len(found) :]:
        some = left[: export.size]
        try:
            found += await answer_together(work, snapshot, export, some)
        except (OperationTimeoutError, StatementTimeoutError):
            if len(some) == 1:
                raise
            export.size = min(export.size, max(len(some) // PARTS, 1))
    return found


async def answer_together(work: Work, snapshot: Snapshot, export: Export, npis: Sequence[str]) -> Sequence[Any]:
    """Return the companies with these NPIs as a query has them; raises what one of their fields failed with."""
    prepared = replace(export.prepared, values={VARIABLE: npis})
    result = await work.runner.run(prepared, Context(snapshot))
    raise_first(result)
    rows: Sequence[Any] = (result.data or {})[ROOT]
    return rows


def raise_first(result: ExecutionResult) -> None:
    """Raise the first of an answer's errors, if it has any."""
    for error in result.errors or ():
        raise error.original_error or error
