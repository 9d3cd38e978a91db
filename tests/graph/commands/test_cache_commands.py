"""`ariesone cache` from the outside: what is in Redis, what is removed, and what a query depends on."""

import asyncio
import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from db.engine import connection_to
from graph.app import create_app
from graph.cache import worth
from graph.cache.follower import BOUND
from tests.graph.cache.test_cache_cases import settings_of, warm
from tests.graph.conftest import Server, serving

Command = Callable[..., subprocess.CompletedProcess[str]]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "caching.md"


@pytest.mark.slow
def test_what_is_kept_is_counted_and_removed_and_nothing_else(command: Command, valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
        redis.mset({f"ariesone:answer:{each}": b"x" * 100 for each in range(1_200)})
        redis.mset({f"ariesone:{each}:1": b"x" for each in ("rows", "document", "bucket")})
        redis.set("other", b"x")
        stats = command("cache", "stats", REDIS_URL=valkey_url)
        assert stats.returncode == 0, stats.stderr
        counted = re.findall(r"^(\w[\w' ]*?) +([\d,]+) keys +([\d,]+) bytes$", stats.stdout, re.MULTILINE)
        amounts = {name: (keys, int(taken.replace(",", ""))) for name, keys, taken in counted}
        assert amounts["whole answers"][0] == "1,200"
        assert amounts["whole answers"][1] > 120_000
        others = ("rows of dear reads", "registered documents", "clients' buckets")
        assert [amounts[name][0] for name in others] == ["1", "1", "1"]
        assert "redis-cli -s" in stats.stderr

        unasked = command("cache", "clear", REDIS_URL=valkey_url)
        assert (unasked.returncode, redis.dbsize()) == (1, 1_204)
        cleared = command("cache", "clear", "--yes", REDIS_URL=valkey_url)
        assert (cleared.returncode, cleared.stdout) == (0, "1,201 keys removed.\n")
        assert set(redis.keys()) == {b"ariesone:document:1", b"ariesone:bucket:1", b"other"}
        redis.flushall()


def test_a_redis_that_is_away_is_told_of(command: Command) -> None:
    done = command("cache", "stats", REDIS_URL="redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert "Redis can't be asked" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_example_of_the_page_is_as_it_is(command: Command, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    [query] = re.findall(r"```graphql\n(.*?)```", text, re.DOTALL)
    [(variables, told)] = re.findall(
        r"\$ ariesone cache explain texas\.graphql --variables '(.*?)'\n(.*?)```", text, re.DOTALL
    )
    file = tmp_path / "texas.graphql"
    file.write_text(query)
    done = command("cache", "explain", str(file), "--variables", variables)
    assert (done.returncode, done.stdout) == (0, told), done.stderr


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('{ companies(filter: {state: ["TX"]}) { totalCount { value } nodes { npi } } }', "state=TX"),
        ('{ companies(filter: {search: "supplies"}) { nodes { npi } } }', "depends on any; dear"),
        ("{ viewer { roles } }", "kept"),
        ("mutation { __typename }", "not kept, since it is no query"),
    ],
)
def test_what_a_query_depends_on_is_told(command: Command, tmp_path: Path, query: str, told: str) -> None:
    file = tmp_path / "other.graphql"
    file.write_text(query)
    done = command("cache", "explain", str(file))
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


NAME = '{ company(npi: "2999999909") { name } }'
TEXAS = '{ companies(filter: {state: ["TX"]}, first: 1) { nodes { npi name } } }'


def said(server: Server, query: str) -> tuple[str, str]:
    """What a server says, and whether it was kept."""
    answer = server.post(query)
    assert "errors" not in answer.json(), answer.text
    return answer.text, answer.headers["x-cache"]


@pytest.mark.slow
async def test_what_running_servers_keep_is_cleared_too(
    command: Command, sample_copy: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that SQL has changed are seen by no log; what a tag is said of is read anew, then everything."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    settings = settings_of(sample_copy, valkey_url, cache_audit=0)
    urls = {"DATABASE_URL": sample_copy, "REDIS_URL": valkey_url}
    with serving(create_app(settings)) as one, serving(create_app(settings)) as other:
        for server, query in itertools.product((one, other), (NAME, TEXAS)):
            warm(server, query)
        before = {query: said(one, query)[0] for query in (NAME, TEXAS)}
        async with connection_to(sample_copy) as connection:
            await connection.execute("UPDATE companies SET name = name || ' Changed'")
        for server, query in itertools.product((one, other), (NAME, TEXAS)):
            assert said(server, query) == (before[query], "HIT")
        done = await asyncio.to_thread(command, "cache", "clear", "--tag", "state=TX", "--yes", **urls)
        assert done.returncode == 0, done.stderr
        await asyncio.sleep(BOUND)
        for server in (one, other):
            text, _ = said(server, TEXAS)
            assert "Changed" in text
            assert said(server, NAME) == (before[NAME], "HIT")
        done = await asyncio.to_thread(command, "cache", "clear", "--yes", **urls)
        assert done.returncode == 0, done.stderr
        assert "keys removed" in done.stdout
        await asyncio.sleep(BOUND)
        for server in (one, other):
            text, _ = said(server, NAME)
            assert "Changed" in text
        stats = await asyncio.to_thread(command, "cache", "stats", **urls)
    assert "2 serving, with " in stats.stdout
    [hits] = re.findall(r"^hit +([\d,]+) answers", stats.stdout, re.MULTILINE)
    assert int(hits.replace(",", "")) > 4


def test_what_is_no_tag_is_refused(command: Command) -> None:
    done = command("cache", "clear", "--tag", "texas", "--yes")
    assert done.returncode == 1
    assert "ariesone cache explain" in done.stderr


def test_without_a_server_nothing_is_started(command: Command, tmp_path: Path) -> None:
    """Neither to show that a cache which was just made is empty, nor to clear it."""
    stats = command("cache", "stats")
    assert (stats.returncode, stats.stdout) == (1, "")
    assert "start `ariesone serve`, or set REDIS_URL" in stats.stderr
    clear = command("cache", "clear", "--yes")
    assert (clear.returncode, clear.stdout) == (1, "")
    assert "set DATABASE_URL" in clear.stderr
    assert list(tmp_path.iterdir()) == []
