"""Statements compiled once: their text, and their values in the order in which the text wants them."""

import asyncpg
import pytest
from sqlalchemy import Integer, Text, bindparam, column, select, table, text

from db.statement import compiled

THINGS = table("things", column("a", Integer), column("b", Text))


def test_values_come_in_the_order_of_their_places() -> None:
    statement = compiled(
        select(THINGS.c.a)
        .where(THINGS.c.b == bindparam("second", type_=Text), THINGS.c.a > bindparam("first", type_=Integer))
        .limit(bindparam("limit", type_=Integer))
    )
    assert list(statement.arguments({"limit": 3, "first": 1, "second": "x"})) == ["x", 1, 3]
    assert [f"${place}" in statement.text for place in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_value_that_is_missing_is_an_error() -> None:
    statement = compiled(select(THINGS.c.a).where(THINGS.c.a == bindparam("a", type_=Integer)))
    with pytest.raises(KeyError):
        statement.arguments({})


def test_a_statement_without_values_takes_none() -> None:
    statement = compiled(text("SELECT 1"))
    assert (statement.text, statement.names, statement.row) == ("SELECT 1", (), asyncpg.Record)
    assert list(statement.arguments({"a": 1})) == []
