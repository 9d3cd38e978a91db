"""Uses of the schema in memory: few enough whatever is sent, and none lost while the database is away."""

import logging
from collections.abc import Iterable
from typing import Any

import pytest

from db import usage
from db.usage import Count
from graph.telemetry.usage import MOST, Client, UsageCounts

DATABASE: Any = object()
APP = Client("NAMED", "app", "1")
NAME = frozenset({"Company.name"})
BOTH = frozenset({"Company.name", "Company.fax"})


class Written:
    """Takes the place of the database's own; fails while it is told to."""

    def __init__(self) -> None:
        self.counts: list[Count] = []
        self.times = 0
        self.is_whole = False
        self.failure: Exception | None = None

    async def add(self, _: object, counts: Iterable[Count], *, is_whole: bool) -> None:
        if self.failure is not None:
            raise self.failure
        self.times += 1
        self.is_whole = is_whole
        self.counts += counts


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    found = Written()
    monkeypatch.setattr(usage, "add", found.add)
    return found


async def test_a_client_s_uses_are_written_once_by_coordinate(written: Written) -> None:
    counts = UsageCounts()
    for _ in range(3):
        counts.count(APP, NAME)
    counts.count(APP, BOTH)
    counts.count(Client("ANONYMOUS"), NAME)
    await counts.write(DATABASE)
    assert sorted(written.counts) == [
        Count("ANONYMOUS", "", "", "Company.name", 1),
        Count("NAMED", "app", "1", "Company.fax", 1),
        Count("NAMED", "app", "1", "Company.name", 4),
    ]
    assert counts.is_empty


async def test_a_day_without_uses_is_noted_once(written: Written) -> None:
    counts = UsageCounts()
    counts.is_whole = True
    await counts.write(DATABASE)
    await counts.write(DATABASE)
    assert (written.times, written.counts, written.is_whole) == (1, [], True)
    counts.count(APP, NAME)
    await counts.write(DATABASE)
    assert written.times == 2


async def test_made_up_names_take_no_more_memory_than_this(written: Written) -> None:
    counts = UsageCounts()
    for number in range(20 * MOST):
        counts.count(Client("CLAIMED", f"name {number}"), BOTH)
    counts.count(APP, NAME)
    assert len(counts._counts) == MOST
    assert counts._others == {
        ("CLAIMED", "Company.name"): 19 * MOST, ("CLAIMED", "Company.fax"): 19 * MOST,
        ("NAMED", "Company.name"): 1,
    }  # fmt: skip
    await counts.write(DATABASE)
    assert sum(each.uses for each in written.counts) == 2 * 20 * MOST + 1
    assert Count("NAMED", "", "", "Company.name", 1) in written.counts


async def test_what_cannot_be_written_is_counted_on(written: Written, caplog: pytest.LogCaptureFixture) -> None:
    counts = UsageCounts()
    counts.count(APP, NAME)
    written.failure = OSError("away")
    with caplog.at_level(logging.WARNING, "ariesone.usage"):
        await counts.try_write(DATABASE)
        await counts.write_last(DATABASE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    counts.count(APP, NAME)
    written.failure = None
    await counts.try_write(DATABASE)
    assert written.counts == [Count("NAMED", "app", "1", "Company.name", 2)]


async def test_the_last_writing_writes_nothing_where_there_is_nothing(written: Written) -> None:
    await UsageCounts().write_last(DATABASE)
    assert written.times == 0
