"""Numbers in statements: written into their text, or counted by them."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, ScalarSelect

# How many rows are read, or counted, at most.
LIMIT = bindparam("limit", type_=Integer)


def literal(number: int) -> ColumnElement[int]:
    """Write a number into the text, so that PostgreSQL plans with it, whatever plan it keeps."""
    return literal_column(str(number))


def number_of(rows: FromClause) -> ScalarSelect[int]:
    """Write how many rows there are."""
    return select(func.count()).select_from(rows).correlate(None).scalar_subquery()


def capped(matching: Select[Any]) -> Select[Any]:
    """Return how many rows a select has, at most the value `limit`, as `count`."""
    return select(func.count().label("count")).select_from(matching.limit(LIMIT).subquery("capped"))
