"""Deadlines: one timer ends what is overdue, and nobody else's cancellation is taken for it."""

import asyncio

import pytest

from graph.execution.deadlines import Deadlines


async def outcome(deadlines: Deadlines, seconds: float) -> str:
    """Run for some seconds; return how that ended."""
    run = deadlines.begin()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if not run.takes_back_cancellation():
            raise
        return "left" if run.has_left else "overdue"
    finally:
        deadlines.end(run)
    return "done"


async def test_what_is_overdue_is_cancelled_and_the_rest_goes_on() -> None:
    deadlines = Deadlines(0.1)
    found = [asyncio.create_task(outcome(deadlines, seconds)) for seconds in (0.01, 5.0, 0.05, 5.0)]
    await asyncio.sleep(0.07)
    late = asyncio.create_task(outcome(deadlines, 0.06))
    later = asyncio.create_task(outcome(deadlines, 5.0))
    assert await asyncio.gather(*found) == ["done", "overdue", "done", "overdue"]
    assert await late == "done"
    assert await later == "overdue"
    assert not deadlines._running
    assert await outcome(deadlines, 0.01) == "done"
    assert await outcome(deadlines, 5.0) == "overdue"


async def test_a_client_who_leaves_ends_its_own_run_alone() -> None:
    deadlines = Deadlines(5.0)
    tasks = [asyncio.create_task(outcome(deadlines, 0.05)) for _ in range(2)]
    await asyncio.sleep(0)
    run = next(iter(deadlines._running))
    run.abandon()
    run.abandon()
    assert await asyncio.gather(*tasks) == ["left", "done"]
    # It is over, so there is nothing to cancel any more.
    run.abandon()


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadlines = Deadlines(5.0)
    task = asyncio.create_task(outcome(deadlines, 5.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_cancelled_twice_over_is_cancelled() -> None:
    deadlines = Deadlines(5.0)
    task = asyncio.create_task(outcome(deadlines, 5.0))
    await asyncio.sleep(0)
    next(iter(deadlines._running)).abandon()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
