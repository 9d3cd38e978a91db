"""`ariesone webhooks` from the outside: what it prints of each, and whom it has nothing sent to any more."""

import asyncio
import subprocess
from collections.abc import Callable
from uuid import uuid4

import pytest

from db.engine import connection_to
from tests.graph.commands.conftest import command, forker
from tests.graph.webhooks.conftest import Registry

__all__ = ["command", "forker"]

# A command takes a second or two to begin.
pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
URL = "https://partner.example/hook/secret"


async def run(command: Command, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(command, "webhooks", *words, DATABASE_URL=url)


async def test_that_there_is_none_is_said(command: Command, database_url: str) -> None:
    done = await run(command, database_url, "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There are no webhooks.\n")


async def test_whose_they_are_is_told_and_those_of_one_are_disabled(command: Command, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        registry = Registry(connection)
        theirs = [await registry.register(URL, holder="a") for _ in range(2)]
        other = await registry.register(URL, subject="other", issuer="https://a.example", problem="Away.")
        listed = await run(command, database_url, "list")
        assert listed.returncode == 0, listed.stderr
        assert sorted(listed.stdout.splitlines()) == sorted(
            [f"{id_}  partner  partner.example  enabled  0" for id_ in theirs]
            + [f"{other}  other (https://a.example)  partner.example  enabled  0  Away."]
        )
        done = await run(command, database_url, "disable", "--subject", "partner", "--reason", "It is over.")
        assert (done.returncode, done.stdout) == (0, "2 disabled.\n")
        for id_ in theirs:
            row = await registry.row(id_)
            assert (row["is_enabled"], row["disabled_reason"], row["holder"], row["version"]) == (
                False, "It is over.", None, 2,
            )  # fmt: skip
        assert (await registry.row(other))["is_enabled"]
        unknown = uuid4()
        last = await run(command, database_url, "disable", f"webhook:{other}", str(theirs[0]), str(unknown))
        assert (last.returncode, last.stdout) == (1, "1 disabled.\n")
        assert f"Not disabled: {theirs[0]}, {unknown}" in " ".join(last.stderr.split())
        assert not (await registry.row(other))["is_enabled"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say which webhooks to disable"),
        (["a", "--subject", "b"], "Say which webhooks to disable"),
        (["a"], "a isn't a webhook's id"),
    ],
)
async def test_what_cannot_be_disabled_is_told(
    words: list[str], told: str, command: Command, database_url: str
) -> None:
    done = await run(command, database_url, "disable", *words)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False)
