"""What is old goes in the background, and one removal that fails keeps no other from its work."""

import asyncio
import logging
import os
import time
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from db import changes, retention
from db.engine import Database, connection_to
from db.statement import compiled
from graph import upkeep
from graph.files import PART, Files

LEFT = compiled(
    text("SELECT (SELECT count(*) FROM idempotency_keys) AS keys, (SELECT count(*) FROM changes) AS log")
)
OLD = """
    INSERT INTO idempotency_keys (issuer, subject, key, place, fingerprint, created_at)
    VALUES ('', 'somebody', 'a', 0, '', now() - interval '25 hours'), ('', 'somebody', 'b', 0, '', now());
    INSERT INTO changes (npi, kind) VALUES ('1000000000', 'COMPANY_REMOVED');
    INSERT INTO change_marks SELECT max(id), now() - interval '8 days' FROM changes
"""


class Heard(logging.Filter):
    """Tells of a warning in the log."""

    def __init__(self, event: asyncio.Event) -> None:
        super().__init__()
        self.event = event

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno == logging.WARNING:
            self.event.set()
        return True


@pytest.mark.parametrize(("days", "kept"), [(7, 0), (0, 1)])
async def test_what_is_old_goes_and_a_failure_stops_nothing(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    days: int,
    kept: int,
) -> None:
    async with connection_to(database_url) as connection, Database.open(database_url) as database:
        await connection.execute(OLD)
        last = await changes.last(database)
        monkeypatch.setattr(upkeep, "INTERVAL", 0.01)
        warned = asyncio.Event()
        monkeypatch.setattr(upkeep.log, "filters", [Heard(warned)])
        await connection.execute("ALTER TABLE idempotency_keys RENAME TO away")
        with caplog.at_level(logging.WARNING, "ariesone.upkeep"):
            watching = asyncio.create_task(upkeep.watch(database, days, 400, Files(tmp_path)))
            async with asyncio.timeout(10):
                await warned.wait()
        await connection.execute("ALTER TABLE away RENAME TO idempotency_keys")
        for _ in range(500):
            [left] = await database.read(LEFT)
            if tuple(left) == (1, kept):
                break
            await asyncio.sleep(0.01)
        watching.cancel()
        assert tuple(left) == (1, kept)
        assert "expired idempotency keys can't be removed" in caplog.messages[0]
        assert await changes.last(database) == last
        assert (await retention.floor(database)).cursor == (0 if kept else last)


async def test_what_is_kept_for_a_delivery_is_told(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with connection_to(database_url) as connection, Database.open(database_url) as database:
        await connection.execute(OLD)
        await connection.execute("INSERT INTO deliveries (name, cursor) VALUES ('amqp', 0)")
        await upkeep.remove_old(database, 7)
        assert (await retention.floor(database)).cursor == 0
        assert (
            "changes older than 7 days are kept, since those after 0 aren't delivered yet (to amqp)" in caplog.text
        )
        caplog.clear()
        await connection.execute("DELETE FROM deliveries")
        await upkeep.remove_old(database, 7)
        assert (await retention.floor(database)).cursor == await changes.last(database)
        assert caplog.text == ""


def test_files_go_after_a_week_and_those_that_nobody_ends_after_an_hour(tmp_path: Path) -> None:
    files, others = Files(tmp_path), ["other", "backup-2026-11-01.sql.gz", "companies.csv.gz"]
    with files.writing("companies", "csv") as week, files.writing("import-rejects", "ndjson") as day:
        pass
    with files.receiving() as upload:
        pass
    for name, days in {week.name: 7.1, upload.name: 7.1, day.name: 6.9, **dict.fromkeys(others, 9.0)}.items():
        touch(tmp_path / name, days)
    left, written = (f"companies-{uuid4()}.csv.gz{PART}" for _ in range(2))
    touch(tmp_path / left, 0.05)
    touch(tmp_path / written, 0.03)
    files.remove_old(7)
    Files(tmp_path / "none").remove_old(7)
    assert {each.name for each in tmp_path.iterdir()} == {day.name, written, *others}


def touch(file: Path, days: float) -> None:
    """Make a file that was written so many days ago, unless it is there, and have it be so old."""
    file.touch()
    then = time.time() - days * 86_400
    os.utime(file, (then, then))
