"""Comments on statements, for who looks at PostgreSQL: whose they are, in the form of sqlcommenter."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from db.statement import Statement


class Comment(NamedTuple):
    """What stands before the statements of a task: what is the same each time, and what is of this request alone.

    A connection prepares a statement once for each comment of the first kind. One of the second kind says all of
    the first as well, and its statements aren't kept prepared. Either may be empty.
    """

    lasting: str
    passing: str


_mine: ContextVar[Comment | None] = ContextVar("comment", default=None)


def comment_mine(comment: Comment | None) -> None:
    """Have a comment stand before what this task reads and writes from now on, with the tasks that it starts."""
    _mine.set(comment)


def written(facts: Mapping[str, str | None]) -> str:
    """Return facts as a comment, in the order of their names; nothing that stands in one can end it."""
    told = [f"{name}='{quote(value, safe='')}'" for name, value in sorted(facts.items()) if value is not None]
    return f"/*{','.join(told)}*/ " if told else ""


@lru_cache(maxsize=4096)
def commented(text: str, comment: str) -> str:
    """Return a statement's text behind a comment, the same object each time, whose hash needn't be made again."""
    return comment + text


def lasting_text(statement: Statement) -> str:
    """Return a statement's text behind what is the same each time of this task's comment."""
    mine = _mine.get()
    return commented(statement.text, mine.lasting) if mine is not None and mine.lasting else statement.text


async def fetch(connection: Any, statement: Statement, arguments: Sequence[object]) -> list[Any]:  # noqa: ANN401 - asyncpg's
    """Return the rows of a statement behind this task's comment.

    A comment of one request would push prepared statements out of the connection's cache, so its statement has no
    name: it takes a message more each way, and is planned anew.
    """
    mine = _mine.get()
    rows: list[Any]
    if mine is not None and mine.passing:
        prepared = await connection.prepare(mine.passing + statement.text, name="", record_class=statement.row)
        rows = await prepared.fetch(*arguments)
    else:
        rows = await connection.fetch(lasting_text(statement), *arguments, record_class=statement.row)
    return rows
