"""A process that reads pages all the while that something else goes on, and how long each took."""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from db import companies
from db.engine import Database, connection_to
from db.pages import Window
from graph.types.filters import CompanyFilter, company_condition

# How long a reader looks at what it has read, in seconds.
_PAUSE = 0.02
_NUMBERS = "SELECT npi FROM companies TABLESAMPLE SYSTEM (1) LIMIT 1000"
# A company by its number, the list, and what people narrow it by.
_FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"state": ["TX"], "is_active": True},
    {"state": ["WY"]},
    {"taxonomy_code": ["332B00000X"], "state": ["FL"]},
    {"search": "sunrise pharmacy"},
    {"search": "oxygen", "state": ["CA"]},
)


@contextmanager
def reading(url: str) -> Iterator[list[float]]:
    """Read from another process until it is left; the seconds of each read are in the list then."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(url, there))
    process.start()
    seconds: list[float] = []
    # It has read everything once.
    here.recv()
    try:
        yield seconds
    finally:
        here.send("enough")
        seconds += here.recv()
        process.join()


def _run(url: str, there: Connection) -> None:
    asyncio.run(_read(url, there))


async def _read(url: str, there: Connection) -> None:
    async with connection_to(url) as connection:
        numbers = [row[0] for row in await connection.fetch(_NUMBERS)]
    draw = random.Random(1)  # noqa: S311 - no secret
    conditions = [company_condition(CompanyFilter(**each)) for each in _FILTERS]
    seconds: list[float] = []
    async with Database.open(url) as database:
        for condition in conditions:
            await companies.page(database, condition, companies.BY_NAME, Window(20))
        there.send("ready")
        while not there.poll():
            started = time.perf_counter()
            if draw.random() < 0.5:  # noqa: PLR2004 - a share
                await companies.by_npi(database, [draw.choice(numbers)])
            else:
                await companies.page(database, draw.choice(conditions), companies.BY_NAME, Window(20))
            seconds.append(time.perf_counter() - started)
            await asyncio.sleep(_PAUSE)
    there.send(seconds)
