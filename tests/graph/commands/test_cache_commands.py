"""`ariesone cache` from the outside: what is in Redis, what is removed, and what a query depends on."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

Command = Callable[..., subprocess.CompletedProcess[str]]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "caching.md"


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
