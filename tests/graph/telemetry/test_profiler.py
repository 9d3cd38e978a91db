"""What watches the event loop: where it says the time went is where it went, and it leaves nothing behind."""

import asyncio
import cProfile
import json
import marshal
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.errors import ServiceUnavailableError
from graph.telemetry.profiler import Kind, Profiler, place_of
from graph.telemetry.profiles import Box, Profile, lines_of

# As pytest has its folder among those that modules are found in.
HERE = "test_profiler.py"


def burn() -> None:
    """Use the CPU, in a function that is called from two others."""
    end = time.thread_time() + 0.004
    while time.thread_time() < end:
        pass


async def thrice() -> None:
    for _ in range(3):
        burn()
        await asyncio.sleep(0)


async def once() -> None:
    await asyncio.sleep(0)
    burn()


def share() -> float:
    """How much of the time this thread has the CPU, where others want it too."""
    began, used = time.monotonic(), time.thread_time()
    for _ in range(40):
        burn()
    return (time.thread_time() - used) / (time.monotonic() - began)


async def watched(kind: Kind) -> Profile:
    """A profile of both, which take turns until it is done: for a second of CPU or so."""
    profile = asyncio.create_task(Profiler().watch(kind, 1.2 / share()))
    while not profile.done():
        await thrice()
        await once()
    return await profile


@pytest.fixture(scope="module")
async def sampled() -> Profile:
    return await watched("sampling")


def found(profile: Profile, name: str) -> Box:
    [box] = [box for box in profile.boxes[0].walk() if box.name == name]
    return box


async def test_stacks_show_who_called_what_and_for_how_much_of_the_time(sampled: Profile) -> None:
    assert sampled.seconds >= 1.2
    assert 0.01 < sampled.busy <= 1.2
    # Neither what runs the event loop is there, nor anything else above what it called.
    outer = sampled.boxes[0]
    assert outer.name.endswith("_async_fixture_wrapper.<locals>.setup")
    long, short = found(sampled, "thrice"), found(sampled, "once")
    assert long.seconds / (long.seconds + short.seconds) == pytest.approx(0.75, abs=0.15)
    [inner] = [box for box in long.inside if box.name == "burn"]
    assert inner.place.startswith(f"{HERE}:")
    assert inner.seconds > 0.9 * long.seconds


async def test_the_seconds_add_up_to_the_cpu_that_was_used(sampled: Profile) -> None:
    total = sum(box.seconds for box in sampled.boxes)
    assert 0.7 * sampled.cpu_seconds < total <= 1.01 * sampled.cpu_seconds
    assert sum(line.own_seconds for line in sampled.lines) == pytest.approx(total)


async def test_functions_are_added_up_wherever_they_were_called_from(sampled: Profile) -> None:
    line = sampled.lines[0]
    assert line.name == "burn"
    assert line.own_seconds == pytest.approx(
        found(sampled, "thrice").seconds + found(sampled, "once").seconds, rel=0.1
    )


async def test_calls_are_counted() -> None:
    profile = await watched("calls")
    calls = {line.name: line.calls or 0 for line in profile.lines if line.place.startswith(f"{HERE}:")}
    # The first that it sees may be under way already.
    assert calls["burn"] >= 4
    [burnt] = [line.seconds for line in profile.lines if line.name == "burn"]
    # By the clock, which goes on while others have the CPU.
    assert 0.0039 * (calls["burn"] - 1) <= burnt <= profile.seconds
    assert profile.boxes == ()
    stats = marshal.loads(profile.export)  # noqa: S302 - made a moment ago
    assert {name for _, _, name in stats} >= {"burn", "thrice", "once"}


async def test_speedscope_gets_the_same_seconds(sampled: Profile) -> None:
    file = json.loads(sampled.export)
    names = [frame["name"] for frame in file["shared"]["frames"]]
    [drawn] = file["profiles"]
    seconds: dict[str, float] = {}
    for sample, weight in zip(drawn["samples"], drawn["weights"], strict=True):
        name = names[sample[-1]]
        seconds[name] = seconds.get(name, 0) + weight
    assert seconds["burn"] == pytest.approx(sampled.lines[0].own_seconds, rel=0.01)
    assert drawn["endValue"] == pytest.approx(sum(box.seconds for box in sampled.boxes))


async def test_one_profile_at_a_time_and_the_next_after_it() -> None:
    profiler = Profiler()
    first = asyncio.create_task(profiler.watch("sampling", 0.2))
    await asyncio.sleep(0.02)
    with pytest.raises(ServiceUnavailableError, match=r"retry after 1 s"):
        await profiler.watch("calls", 0.1)
    await first
    await profiler.watch("calls", 0.01)


async def test_another_profiler_is_left_alone() -> None:
    other = cProfile.Profile()
    other.enable()
    try:
        with pytest.raises(ServiceUnavailableError, match="another profiler"):
            await Profiler().watch("calls", 0.01)
    finally:
        other.disable()


async def test_nothing_is_left_where_it_is_given_up_and_a_late_signal_does_no_harm() -> None:
    profiler = Profiler()
    task = asyncio.create_task(profiler.watch("sampling", 30))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    # Its own action would be to end this process.
    os.kill(os.getpid(), signal.SIGPROF)
    await profiler.watch("sampling", 0.01)


def test_stacks_of_another_thread_than_the_main_one_are_refused() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ServiceUnavailableError, match="main thread alone"):
        pool.submit(asyncio.run, Profiler().watch("sampling", 0.01)).result()


def test_a_function_that_calls_itself_counts_once_at_a_time() -> None:
    inner = Box("walk", "a.py:1", 2.0)
    [line] = lines_of([Box("walk", "a.py:1", 5.0, [inner])])
    assert (line.own_seconds, line.seconds) == (5.0, 5.0)


def test_a_place_names_no_folder_of_this_machine() -> None:
    assert place_of(__file__, 3) == f"{HERE}:3"
    assert place_of(os.__file__, 3) == "os.py:3"
    assert place_of(asyncio.__file__, 3) == "asyncio/__init__.py:3"
    assert place_of("/nowhere/secret/file.py", 3) == "file.py:3"
    assert (place_of("~", 0), place_of("<operation A>", 3)) == ("", "<operation A>")
