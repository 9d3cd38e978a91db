"""The simulation of more servers: its queues against what is known of queues, its sums against sums by hand."""

import random

import pytest

from bench.queues import Clock, Station, percentile, varied
from bench.shards import COSTS, MIX, NETWORK, Layout, simulate


def mean_time(cpus: int, load: float) -> float:
    """The mean time of 40,000 requests that take one second on average, exponentially, and come by chance."""
    chance, clock = random.Random(3), Clock()  # noqa: S311 - no secret
    station, times, moment = Station(clock, cpus), [], 0.0

    def arrive(began: float) -> None:
        station.serve(began, chance.expovariate(1), lambda now: times.append(now - began))

    for _ in range(40_000):
        moment += chance.expovariate(load * cpus)
        clock.at(moment, arrive)
    clock.run()
    assert len(times) == 40_000
    assert station.busy_seconds / (moment * cpus) == pytest.approx(load, rel=0.05)
    return sum(times) / len(times)


def test_one_server_takes_what_theory_says() -> None:
    # M/M/1: 1 / (1 - load).
    assert mean_time(1, 0.5) == pytest.approx(2, rel=0.06)
    assert mean_time(1, 0.8) == pytest.approx(5, rel=0.12)


def test_so_do_two() -> None:
    # M/M/2: 1 / (1 - load squared).
    assert mean_time(2, 0.8) == pytest.approx(1 / (1 - 0.64), rel=0.1)


def test_who_came_first_is_served_first() -> None:
    clock, ended = Clock(), []
    station = Station(clock, 1)
    for name, seconds in (("a", 3.0), ("b", 1.0), ("c", 1.0)):
        station.serve(0.0, seconds, lambda now, name=name: ended.append((name, now)))  # type: ignore[misc]
    clock.run()
    assert ended == [("a", 3.0), ("b", 4.0), ("c", 5.0)]


def test_times_vary_around_their_mean() -> None:
    chance = random.Random(5)  # noqa: S311 - no secret
    times = [varied(2.0, chance) for _ in range(50_000)]
    mean = sum(times) / len(times)
    assert mean == pytest.approx(2, rel=0.03)
    assert sum((each - mean) ** 2 for each in times) / len(times) == pytest.approx(4, rel=0.15)
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_replicas_bear_as_many_times_as_much_as_there_are() -> None:
    one, _ = Layout("replicas", 1).capacity(50)
    assert Layout("replicas", 4).capacity(50)[0] == pytest.approx(4 * one)
    by_hand = sum(part * (COSTS[name].fixed + COSTS[name].growing) for name, part in MIX.items())
    assert one == pytest.approx(8e6 / by_hand)


def test_a_point_goes_to_one_shard_and_a_page_to_all_of_them() -> None:
    layout = Layout("shards", 4)
    assert [layout.asked(COSTS[name]) for name in ("point", "page 20")] == [1, 4]
    assert layout.database(COSTS["search 20"]) == pytest.approx(1_689 + 41_000 / 4)
    assert layout.process(COSTS["page 20"], 50) == pytest.approx(177 + 150)


def test_a_request_takes_at_least_its_way_and_more_where_it_queues() -> None:
    calm = simulate(Layout("replicas", 2), 50, share=0.05, requests=3_000)
    busy = simulate(Layout("replicas", 2), 50, share=0.9, requests=3_000)
    assert len(calm) == 3_000
    assert min(calm) > NETWORK
    assert percentile(busy, 0.5) > percentile(calm, 0.5)
    assert percentile(busy, 0.99) > percentile(calm, 0.99)
