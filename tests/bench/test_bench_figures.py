import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bench import processes
from bench.answers import check_alike, comparable
from bench.commits import Checkout, checkout
from bench.contestants import (
    CONSTANT,
    HANDWRITTEN,
    JAVASCRIPT,
    OURS,
    OURS_AT,
    OURS_KEPT,
    OURS_SHARED,
    OURS_SMALL,
    contestants,
)
from bench.database import Directory
from bench.entries import choose, entries, meant_for
from bench.goals import Goal, goals
from bench.installed import Installed
from bench.report import publish, report, table
from bench.results import Results
from bench.rounds import Sample
from bench.sample import dealt
from bench.servers import Server, ServerError
from bench.warmup import WarmUp, is_steady, warm
from bench.workloads import FRESH, FURTHER, OPERATIONS, PAGE_100, POINT, SEARCH, WORKLOADS, Keys, Workload
from db.nppes import sample
from db.nppes.layout import NPI, FileKind

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
FIRST = Sample(OURS, "point", 100, 100.0, 50.0, 1000.0, 1.0, 2.0, 80.0)
WARM = WarmUp(OURS, [200.0, 152.0, 150.0, 151.0], 12.0)


def results(*samples: Sample) -> Results:
    machine: dict[str, str | int] = {"cores": 2, "processor": "x"}
    return Results("2026-01-01", machine, {"a": "1"}, 100, 1, 1.0, 0.5, 4.0, [WARM], samples)


def goal(name: str, *samples: Sample) -> Goal:
    return next(each for each in goals(results(*samples)) if each.name == name)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in /proc")
def test_cpu_of_children_that_ended_is_counted() -> None:
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert 0.25 < processes.cpu_seconds(os.getpid()) - before < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in /proc")
def test_cpu_of_a_process_is_its_own() -> None:
    with subprocess.Popen([sys.executable, "-c", f"{BURN}\ntime.sleep(60)"]) as child:
        deadline = time.monotonic() + 30
        while processes.cpu_seconds(child.pid) < 0.25 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert processes.cpu_seconds(child.pid) >= 0.25
        assert processes.memory_mb(child.pid) > 1
        child.kill()


async def test_the_process_of_a_postgresql_is_found(postgresql_url: str) -> None:
    postmaster = await processes.postmaster_of(postgresql_url)
    assert postmaster is not None
    assert len(processes.tree(postmaster, processes.stats())) > 3


def test_a_figure_is_that_of_the_round_with_the_least_cpu() -> None:
    slow = replace(FIRST, cpu=300.0)
    assert results(slow, FIRST, slow).best() == {(OURS, "point"): FIRST}


def test_a_goal_is_met_on_the_right_side_of_its_limit() -> None:
    name = f"point: {OURS} / {HANDWRITTEN}"
    assert goal(name, FIRST, replace(FIRST, server=HANDWRITTEN)).is_met is True
    assert goal(name, FIRST, replace(FIRST, server=HANDWRITTEN, cpu=10.0)).is_met is False
    assert goal(name, FIRST).is_met is None
    assert Goal("x", 10, 9.9, at_least=True).is_met is False


def test_the_goal_is_the_fastest_javascript_peer_of_each_workload() -> None:
    slow, fast = (
        replace(FIRST, server=name, cpu=cpu) for name, cpu in zip(JAVASCRIPT, (400.0, 200.0), strict=False)
    )
    assert goal(f"point: {OURS} / {fast.server}", FIRST, slow, fast).measured == 150 / 250
    assert goal("point: AriesOne / the fastest JavaScript peer", FIRST).is_met is None


def test_another_commit_is_a_goal_of_each_workload_that_it_was_measured_with() -> None:
    other = replace(FIRST, server=f"{OURS_AT}abc", cpu=90.0)
    assert goal(f"point: {OURS} / {OURS_AT}abc", FIRST, other).is_met is False
    assert not any(OURS_AT in each.name for each in goals(results(FIRST)))


@pytest.mark.parametrize(
    ("windows", "is_it"),
    [
        ([], False),
        ([100.0, 100.0], False),
        ([100.0, 100.0, 100.0], True),
        ([300.0, 103.0, 101.0, 100.0], True),
        ([100.0, 100.0, 104.0], False),
        # Still falling, each window by less than 3 %.
        ([104.0, 102.0, 100.0], False),
    ],
)
def test_a_server_is_warm_when_three_windows_cost_the_same(
    windows: list[float], is_it: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert is_steady(windows) is is_it


def test_warming_ends_when_costs_have_stopped_falling() -> None:
    costs = iter([400.0, 200.0, 100.0, 100.0, 100.0, 1.0])
    found = warm(OURS, [lambda: next(costs)], most_seconds=60)
    assert found.windows == pytest.approx([400, 200, 100, 100, 100])
    assert found.is_steady


def test_warming_ends_when_its_time_is_up() -> None:
    costs = count(1)

    def ask() -> float:
        time.sleep(0.05)
        return 2.0 ** next(costs)

    found = warm(OURS, [ask], most_seconds=0.2)
    assert 1 < len(found.windows) <= 4
    assert found.seconds >= 0.2
    assert not found.is_steady


def test_a_window_counts_every_workload_the_same() -> None:
    assert warm(OURS, [lambda: 10.0, lambda: 1000.0], most_seconds=60).windows == pytest.approx([100] * 3)


def test_answers_are_compared_without_what_servers_choose_themselves() -> None:
    ours = {
        "edges": [{"cursor": "a", "node": {"id": "x", "__typename": "Company", "name": "A"}, "far": 0.1 + 0.2}]
    }
    theirs = {"edges": [{"cursor": "b", "node": {"id": "y", "__typename": "Firm", "name": "A"}, "far": 0.3}]}
    assert comparable(ours) == comparable(theirs)
    for wrong in ({"name": "B"}, {"id": None}, {"__typename": ""}):
        node = theirs["edges"][0]["node"] | wrong  # type: ignore[operator]
        assert comparable(ours) != comparable({"edges": [theirs["edges"][0] | {"node": node}]})


def test_servers_that_differ_are_told() -> None:
    check_alike({"a": {"point": [1], "near": [2]}, "b": {"point": [1]}})
    with pytest.raises(ServerError, match="b and a don't answer point alike"):
        check_alike({"a": {"point": [1]}, "b": {"point": [2]}})


def test_every_server_that_answers_is_asked_the_same(tmp_path: Path) -> None:
    assert meant_for(Server(OURS, [], tmp_path)) == (*WORKLOADS, *FURTHER, SEARCH, *FRESH.values())
    for name in (HANDWRITTEN, f"{OURS_AT}abc", *JAVASCRIPT):
        assert meant_for(Server(name, [], tmp_path)) == WORKLOADS
    assert set(meant_for(Server(OURS_KEPT, [], tmp_path))) == {*WORKLOADS, SEARCH, *FRESH.values()}
    assert SEARCH in meant_for(Server(OURS_SHARED, [], tmp_path))
    assert POINT in meant_for(Server(OURS_SMALL, [], tmp_path))


@pytest.mark.parametrize("workload", FRESH.values(), ids=lambda workload: workload.name)
def test_nothing_is_asked_twice(workload: Workload) -> None:
    npis = [f"2{number:09}" for number in range(30_000)]
    asked = [repr(each) for each in workload.variables(Keys(npis, [""], "", npis))]
    assert len(set(asked)) == len(asked) >= 500


def test_a_whole_page_comes_after_every_cursor() -> None:
    cursors = [f"{number:05}" for number in range(1_000)]
    asked = FRESH[PAGE_100].variables(Keys([], [""], "", cursors))
    assert max(each["after"] for each in asked) == "00899"


def test_what_keeping_costs_is_held_against_what_is_not_kept() -> None:
    never = FRESH[POINT].name
    off, on = replace(FIRST, workload=never), replace(FIRST, server=OURS_KEPT, workload=never, cpu=105.0)
    found = goal(f"{never}: {OURS_KEPT} / not kept", off, on)
    assert found.measured == pytest.approx(155 / 150)
    assert not found.is_met


def test_without_node_those_on_python_take_part_and_another_commit_where_one_is_given(tmp_path: Path) -> None:
    python = Path("python")
    alone = [each.name for each in contestants(tmp_path, Installed(python, None, None), None)]
    assert not set(alone) & set(JAVASCRIPT)
    assert {OURS, HANDWRITTEN} < set(alone)
    other = Checkout("abc", Path("ariesone"))
    everyone = [each.name for each in contestants(tmp_path, Installed(python, python, python), other)]
    assert set(everyone) == {*alone, *JAVASCRIPT, f"{OURS_AT}abc"}
    assert everyone[0] == OURS


def test_a_server_is_not_asked_what_it_has_no_document_for(tmp_path: Path) -> None:
    large, small = Directory("large", ["1"]), Directory("small", ["2"])
    postgraphile = Server("PostGraphile", [], tmp_path, operations=OPERATIONS / "postgraphile")
    servers = [Server(OURS, [], tmp_path), Server(OURS_SMALL, [], tmp_path), postgraphile]
    found = {
        each.server.name: (each.database_url, [w.name for w in each.workloads])
        for each in entries(servers, "near 20, page 20", large, small)
    }
    assert found == {
        OURS: ("large", ["page 20", "near 20"]),
        OURS_SMALL: ("small", ["page 20"]),
        "PostGraphile": ("large", ["page 20"]),
    }
    assert [each.server.name for each in entries(servers, "near 20", large, small)] == [OURS]


def test_names_are_chosen_from_those_that_there_are() -> None:
    assert choose("server", ["a", "b c"], " b c,") == [1]
    assert choose("server", ["a", "b"], "") == [0, 1]
    with pytest.raises(SystemExit, match=r"No such server: x\. There are: a, b\."):
        choose("server", ["a", "b"], "a,x")


def test_an_unknown_commit_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="git rev-parse"):
        checkout("no-such-commit", tmp_path)


def test_a_plot_shows_each_workload_that_was_measured(tmp_path: Path) -> None:
    drawing = pytest.importorskip("bench.plot", reason="matplotlib isn't installed")
    drawing.plot(results(FIRST, replace(FIRST, server=HANDWRITTEN)), tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert "point: CPU, µs a request" in text
    assert "page 20" not in text


def test_a_report_goes_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- serving -->\nold\n<!-- /serving -->\nafter\n")
    publish(report(results(replace(FIRST, cache_cpu=3.0))), page, "serving")
    text = page.read_text()
    assert text.startswith("before\n<!-- serving -->\n")
    assert text.endswith("<!-- /serving -->\nafter\n")
    assert "old" not in text
    assert "| AriesOne | 100 |     3 |         50 | 153 |" in text
    assert "| AriesOne |       4 |      12 |          200 |         151 |    yes |" in text


def test_a_report_says_what_a_peer_cannot_be_asked() -> None:
    near = replace(FIRST, workload="near 20")
    peers = [replace(FIRST, server="PostGraphile"), replace(FIRST, server=CONSTANT)]
    found = report(results(FIRST, near, *peers))
    assert "\nPostGraphile can't be asked near 20 in this form.\n" in found
    assert found.count("can't be asked") == 1


def test_a_table_lines_up() -> None:
    assert table(("a", "b"), [("long", "1")]) == "| a    | b |\n| ---- | : |\n| long | 1 |"


def test_every_company_is_dealt_four_locations_of_its_own() -> None:
    [batch] = sample.batches(200, seed=3)
    rows = list(dealt(batch))
    npis = [company[NPI] for company in batch.rows[FileKind.COMPANIES]]
    assert [row[NPI] for row in rows] == [npi for npi in npis for _ in range(4)]
    assert len({tuple(sorted(row.items())) for row in rows}) == len(rows)
