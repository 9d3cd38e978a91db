"""Comments on statements, as PostgreSQL has them, and what they leave of prepared statements."""

import re
from urllib.parse import unquote

from hypothesis import given, strategies
from sqlalchemy import text

from db.comments import Comment, comment_mine, written
from db.engine import Database, PoolOptions
from db.statement import compiled

# The statement itself, as others see it; and what its connection has prepared.
RUNNING = compiled(text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
PREPARED = compiled(text("SELECT statement FROM pg_prepared_statements"))
ONE = PoolOptions(size=1, max_overflow=1, comments=True)


@given(strategies.dictionaries(strategies.sampled_from(["document", "operation"]), strategies.text()))
def test_nothing_ends_a_comment_but_its_end(facts: dict[str, str]) -> None:
    comment = written(dict(facts))
    assert comment.isascii()
    if facts:
        assert re.fullmatch(r"/\*\w+='[^'*/]*'(,\w+='[^'*/]*')*\*/ ", comment)
        assert {name: unquote(value) for name, value in re.findall(r"(\w+)='([^']*)'", comment)} == facts


async def test_a_statement_says_whose_it_is(database_url: str) -> None:
    async with Database.open(database_url, ONE) as database:
        comment_mine(Comment(written({"operation": "Names"}), ""))
        [row] = await database.read(RUNNING)
        assert row["query"] == f"/*operation='Names'*/ {RUNNING.text}"
        async with database.transaction() as transaction:
            [row] = await transaction.read(RUNNING)
        assert row["query"] == f"/*operation='Names'*/ {RUNNING.text}"
        comment_mine(None)
        [row] = await database.read(RUNNING)
        assert row["query"] == RUNNING.text


async def test_what_is_of_one_request_is_not_kept_prepared(database_url: str) -> None:
    async with Database.open(database_url, ONE) as database:
        await database.read(PREPARED)
        for number in range(50):
            comment_mine(Comment("/*operation='Names'*/ ", f"/*operation='Names',traceparent='{number}'*/ "))
            [row] = await database.read(RUNNING)
            assert row["query"].startswith(f"/*operation='Names',traceparent='{number}'*/ ")
        comment_mine(None)
        kept = [row["statement"] for row in await database.read(PREPARED)]
        assert not [each for each in kept if "traceparent" in each]
        # In a transaction, what goes ahead of a statement goes with one that is prepared.
        comment_mine(Comment("/*operation='Names'*/ ", "/*operation='Names',traceparent='1'*/ "))
        async with database.transaction() as transaction:
            [row] = await transaction.read(RUNNING)
        assert row["query"].startswith("/*operation='Names'*/ SELECT")
        comment_mine(None)


async def test_an_operation_is_prepared_once(database_url: str) -> None:
    async with Database.open(database_url, ONE) as database:
        for _ in range(20):
            comment_mine(Comment(written({"operation": "Names"}), ""))
            await database.read(RUNNING)
        comment_mine(None)
        kept = [row["statement"] for row in await database.read(PREPARED)]
    assert [each for each in kept if "operation='Names'" in each] == [f"/*operation='Names'*/ {RUNNING.text}"]


async def test_without_the_setting_there_is_none(database_url: str) -> None:
    async with Database.open(database_url, PoolOptions(size=1)) as database:
        comment_mine(Comment(written({"operation": "Names"}), ""))
        [row] = await database.read(RUNNING)
        comment_mine(None)
    assert row["query"] == RUNNING.text
