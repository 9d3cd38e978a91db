"""How a Cluster tells who has which keys, and what is made of what it tells."""

from typing import Any

import pytest

from graph.cache.slots import SLOTS, owners_in

HERE = [b"10.0.0.1", 6379, b"id", []]


def test_each_range_has_its_primary_and_no_replica() -> None:
    reply = [[0, 99, HERE, [b"10.0.0.2", 6380, b"id", []]], [100, SLOTS - 1, [b"cache.example", 1, b"id"]]]
    assert list(owners_in(reply, "asked")) == [
        (0, 99, ("10.0.0.1", 6379)),
        (100, SLOTS - 1, ("cache.example", 1)),
    ]


@pytest.mark.parametrize("name", [None, b""])
def test_who_names_no_host_is_where_it_was_asked(name: bytes | None) -> None:
    assert list(owners_in([[0, 0, [name, 7000]]], "asked")) == [(0, 0, ("asked", 7000))]


@pytest.mark.parametrize(
    "reply",
    [None, 7, b"OK", [7], [[]], [[0, 1]], [[0, SLOTS, HERE]], [[5, 4, HERE]], [[-1, 4, HERE]], [[0, 1, b"x"]]],
)
def test_what_is_no_such_reply_is_refused(reply: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        list(owners_in(reply, "asked"))
