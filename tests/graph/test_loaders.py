"""Relations written once: the parents of a level are asked for together."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from graph.loaders import Loaders


class Parent:
    """A row: it can't be hashed by value."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, number: int) -> None:
        self.number = number


class Calls:
    """A relation that remembers the batches that it was asked for."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []

    async def __call__(self, _context: object, parents: Sequence[Any], **arguments: Any) -> list[Any]:
        self.batches.append([getattr(parent, "number", parent) for parent in parents])
        return [f"{getattr(parent, 'number', parent)}{arguments.get('suffix', '')}" for parent in parents]


async def test_parents_of_a_level_are_one_batch() -> None:
    calls, loaders = Calls(), Loaders()
    parents = [Parent(number) for number in range(5)]
    found = await asyncio.gather(*(loaders.load(calls, None, parent, {}) for parent in parents))
    assert found == ["0", "1", "2", "3", "4"]
    assert calls.batches == [[0, 1, 2, 3, 4]]


async def test_the_same_key_is_asked_for_once() -> None:
    calls, loaders = Calls(), Loaders()
    keys = ["a", "b", "a"]
    assert list(await asyncio.gather(*(loaders.load(calls, None, key, {}) for key in keys))) == keys
    assert await loaders.load(calls, None, "a", {}) == "a"
    assert calls.batches == [["a", "b"]]


async def test_other_arguments_are_another_batch() -> None:
    calls, loaders = Calls(), Loaders()
    found = await asyncio.gather(
        loaders.load(calls, None, "a", {"suffix": 1}), loaders.load(calls, None, "a", {"suffix": 2})
    )
    assert list(found) == ["a1", "a2"]
    assert calls.batches == [["a"], ["a"]]


async def test_other_requests_share_nothing() -> None:
    calls = Calls()
    assert [await Loaders().load(calls, None, "a", {}) for _ in range(2)] == ["a", "a"]
    assert len(calls.batches) == 2


async def test_an_exception_in_the_answer_is_that_parent_s_alone() -> None:
    async def relation(_context: object, parents: Sequence[Any]) -> list[Any]:
        return [ValueError(parent) if parent == "bad" else parent for parent in parents]

    loaders = Loaders()
    found = await asyncio.gather(
        *(loaders.load(relation, None, key, {}) for key in ("good", "bad")), return_exceptions=True
    )
    assert found[0] == "good"
    assert isinstance(found[1], ValueError)


async def test_an_exception_of_the_batch_is_every_parent_s() -> None:
    async def relation(_context: object, _parents: Sequence[Any]) -> list[Any]:
        raise OSError

    loaders = Loaders()
    found = await asyncio.gather(*(loaders.load(relation, None, key, {}) for key in "ab"), return_exceptions=True)
    assert [type(each) for each in found] == [OSError, OSError]


async def test_a_row_is_never_taken_for_one_that_is_gone() -> None:
    calls, loaders = Calls(), Loaders()
    for number in range(50):
        parent = Parent(number)
        assert await loaders.load(calls, None, parent, {}) == str(number)
        del parent
        # What this test has made is young; all that a whole run keeps would take the collector half a second.
        gc.collect(1)


async def test_a_field_that_is_cancelled_leaves_the_others_what_they_wait_for() -> None:
    loaders = Loaders()
    begun = asyncio.Event()

    async def slow(_context: object, parents: list[str]) -> list[str]:
        begun.set()
        await asyncio.sleep(0.05)
        return parents

    first, second = (asyncio.create_task(loaders.load(slow, None, "a", {})) for _ in range(2))
    await begun.wait()
    first.cancel()
    assert await second == "a"


async def test_whoever_waits_for_what_is_cancelled_waits_no_longer() -> None:
    loaders = Loaders()
    begun = asyncio.Event()

    async def endless(_context: object, _parents: list[str]) -> list[str]:
        begun.set()
        return await asyncio.Future()

    waiting = asyncio.create_task(loaders.load(endless, None, "a", {}))
    await begun.wait()
    loaders.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 1)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(loaders.load(endless, None, "b", {}), 1)
