"""No key comes twice, however it is written; and what holds too much is refused before it is looked through."""

import gc
import json
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadRequestError
from graph.http.request import from_url
from graph.http.strict_json import read_json
from tests.graph.conftest import Server

KEYS = st.sampled_from(["a", "b", "query", ":", '"', "\\", "é", ""])
TEXTS = st.sampled_from(["", ":", '":', '"a": 1', "{ a(b: 1) }", "\\u003a", "☃", "x"])
BLANKS = st.text(" \t\n\r", max_size=2)
LEAVES = TEXTS | st.integers(-9, 9) | st.sampled_from([None, True, 1.5])

# Objects are lists of pairs, so that a key can come twice.
Pairs = tuple[tuple[str, object], ...]
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(KEYS, inner), max_size=4).map(tuple),
    max_leaves=12,
)


@st.composite
def texts(draw: Callable[..., Any], value: object) -> str:
    """A way to write a value in JSON: with blanks anywhere, and any character of a text escaped or not."""

    def blanks() -> str:
        return str(draw(BLANKS))

    def text(characters: str) -> str:
        return '"' + "".join(map(character, characters)) + '"'

    def character(each: str) -> str:
        if each in '"\\' or draw(st.integers(0, 5)) == 0:
            digits = f"{ord(each):04x}"
            return "\\u" + (digits.upper() if draw(st.booleans()) else digits)
        return each

    def written(value: object) -> str:
        if isinstance(value, tuple):
            members = (f"{blanks()}{text(key)}{blanks()}:{written(each)}" for key, each in value)
            return f"{blanks()}{{{','.join(members)}{blanks()}}}{blanks()}"
        if isinstance(value, list):
            return f"{blanks()}[{','.join(map(written, value))}{blanks()}]{blanks()}"
        return f"{blanks()}{text(value) if isinstance(value, str) else json.dumps(value)}{blanks()}"

    return written(value)


def has_double(value: object) -> bool:
    """Return whether a key comes twice in one object."""
    if isinstance(value, tuple):
        return len({key for key, _ in value}) < len(value) or any(has_double(each) for _, each in value)
    return isinstance(value, list) and any(map(has_double, value))


@given(st.data())
def test_a_key_twice_is_refused_however_it_is_written_and_nothing_else_is(data: st.DataObject) -> None:
    value = data.draw(VALUES)
    content = data.draw(texts(value)).encode()
    if has_double(value):
        with pytest.raises(BadRequestError, match="twice"):
            read_json(content, "The body")
    else:
        assert read_json(content, "The body") == json.loads(content)


@pytest.mark.parametrize(
    "body",
    [
        '{"query": "{ __typename }", "query" : "{ __typename }"}',
        '{"query" : "{ __typename }", "query"\t:\n"{ __typename }"}',
        '{"query": "{ __typename }", "quer\\u0079": "{ __typename }"}',
        '{"query": "{ __typename }", "variables": {"a": 1, "a" : 2}}',
        '{"query": "{ __typename }", "variables": {"a": [{"b": ":", "b" : ":"}]}}',
        '{"query": "{ __typename }", "variables": {"a": "\\u003a", "b": 1, "b" : 2}}',
        '{"query": "{ __typename }", "extensions": {"a": {}, "a" : {}}}',
        '[{"query": "{ __typename }"}, {"query": "{ __typename }", "query" : "{ __typename }"}]',
    ],
)
def test_a_body_that_gives_a_key_twice_is_told_which(server: Server, body: str) -> None:
    answer = server.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"] in {f'The body gives the key "{key}" twice.' for key in ("query", "a", "b")}


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("value", ['{"a": 1, "a": 2}', '{"a": 1, "a" : 2}', '{"a": [{"b": 1, "\\u0062": 2}]}'])
def test_a_url_that_gives_a_key_twice_is_refused(server: Server, name: str, value: str) -> None:
    answer = server.client.get("/graphql", params={"query": "{ __typename }", name: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(f"{name} in the URL gives the key")


@pytest.mark.parametrize("value", ["{", "[1,]", "{'a': 1}", "NaN", "01"])
def test_a_url_with_what_is_no_json_is_told_where(value: str) -> None:
    with pytest.raises(BadRequestError, match="variables in the URL is not JSON"):
        from_url(f"query=x&variables={value}".encode())


def long(item: str, size: int = 250_000) -> bytes:
    """Return a body with an item over and over again among its variables."""
    items = ",".join([item] * (size // (len(item) + 1)))
    return f'{{"query": "{{ __typename }}", "variables": {{"v": [{items}]}}}}'.encode()


def seconds(content: bytes) -> float:
    """Return the CPU of this thread that reading takes, the collector at rest: 5 to 20 ms, most for escapes."""
    gc.disable()
    try:
        began = time.thread_time()
        found = read_json(content, "The body")
        taken = time.thread_time() - began
    finally:
        gc.enable()
    assert found == orjson.loads(content)
    return taken


@pytest.mark.parametrize(
    "item", ["[]", "{}", '{"a":1}', '{"a" :1}', "[[]]", '["\\u003a"]', '""', '":"', "1", '"{a:1}"']
)
def test_what_holds_too_much_is_refused_before_it_is_looked_through(server: Server, item: str) -> None:
    content = long(item)
    assert seconds(content) < 0.3
    answer = server.client.post("/graphql", content=content, headers={"content-type": "application/json"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "COST_LIMIT_EXCEEDED"


def test_what_is_nested_too_deeply_to_be_looked_through_is_refused() -> None:
    with pytest.raises(BadRequestError, match="nested too deeply"):
        read_json(b'{"a": "\\u003a", "b": ' + b"[" * 1000 + b"]" * 1000 + b"}", "The body")
