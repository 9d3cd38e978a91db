"""What is logged of an exception: where it was raised, and nothing that somebody has sent or stored."""

from collections.abc import Callable

import asyncpg
import orjson
import pytest
from graphql import GraphQLError
from redis.exceptions import ResponseError

from db.failures import DatabaseUnavailableError, LockedError, translate_driver_error, words_of
from graph.errors import BadUserInputError
from graph.telemetry.exceptions import stack_of

MAIL = "jane.doe@example.org"


def of_postgresql(kind: type[asyncpg.PostgresError], message: str, detail: str) -> asyncpg.PostgresError:
    error = kind(message)
    error.detail = detail
    return error


UNIQUE = 'duplicate key value violates unique constraint "companies_pkey"'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(MAIL), "ValueError"),
        (KeyError(MAIL), "KeyError"),
        (UnicodeEncodeError("ascii", MAIL, 0, 1, "why"), "UnicodeEncodeError"),
        (orjson.JSONDecodeError("at 1", MAIL, 0), "JSONDecodeError"),
        (Exception(MAIL), "Exception"),
        (GraphQLError(MAIL), "GraphQLError"),
        (BadUserInputError(MAIL), "BadUserInputError"),
        (of_postgresql(asyncpg.UniqueViolationError, UNIQUE, f"Key (email)=({MAIL}) exists."), UNIQUE),
        (
            of_postgresql(asyncpg.InvalidTextRepresentationError, f'invalid input syntax: "{MAIL}"', ""),
            "InvalidTextRepresentationError (SQLSTATE 22P02)",
        ),
        (asyncpg.DataError(f"invalid input for query argument $1: {MAIL!r}"), "DataError (SQLSTATE 22000)"),
        (ResponseError(f"unknown command 'HPEXPIRE', with args beginning with: '{MAIL}' "), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_may_be_anybodys_is_left_out(error: Exception, words: str | None) -> None:
    told = words_of(error)
    assert told == words if words else MAIL not in told
    assert MAIL not in stack_of(error)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 5432)"),
        TypeError("'NoneType' object is not iterable"),
        AttributeError("'Row' object has no attribute 'name'"),
        asyncpg.UndefinedColumnError('column "name" does not exist'),
        DatabaseUnavailableError("The database can't be reached"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_speaks_of_code_and_servers_is_told(error: Exception) -> None:
    assert str(error) in words_of(error)
    assert str(error) in stack_of(error)


def test_what_the_driver_says_of_values_is_in_no_error_of_ours() -> None:
    told = translate_driver_error(of_postgresql(asyncpg.UniqueViolationError, UNIQUE, MAIL))
    assert isinstance(told, LockedError)
    assert str(told) == UNIQUE


def raise_from_values() -> None:
    try:
        int(MAIL)
    except ValueError as error:
        raise TypeError("not a number") from error


def raise_while_handling() -> None:
    try:
        raise_from_values()
    except TypeError:
        raise LookupError(MAIL)  # noqa: B904 - so it is in code that fails while it handles a failure


def caught(raising: Callable[[], None]) -> Exception:
    try:
        raising()
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("nothing was raised")


def test_a_stack_has_what_led_to_the_exception_in_pythons_order() -> None:
    told = stack_of(caught(raise_while_handling))
    assert MAIL not in told
    lines = [line for line in told.splitlines() if not line.startswith(" ")]
    assert lines == [
        "Traceback (most recent call last):",
        "ValueError",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "TypeError: not a number",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        "LookupError",
    ]
    assert "in raise_from_values" in told


def test_a_context_that_was_suppressed_is_not_told() -> None:
    error = caught(raise_while_handling)
    error.__suppress_context__ = True
    assert "TypeError" not in stack_of(error)


def test_each_exception_of_a_group_is_told() -> None:
    group = ExceptionGroup(MAIL, [caught(raise_from_values), ConnectionResetError(104, "reset")])
    told = stack_of(group)
    assert MAIL not in told
    assert "  | TypeError: not a number" in told
    assert "  | ConnectionResetError: [Errno 104] reset" in told


def test_an_exception_that_caused_itself_is_told_to_an_end() -> None:
    one, other = ValueError(), TypeError("again")
    one.__cause__, other.__cause__ = other, one
    assert stack_of(one).count("again") <= 10
