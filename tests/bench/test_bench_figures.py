import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from bench import processes
from bench.contestants import HANDWRITTEN, OURS
from bench.goals import Goal, goals
from bench.report import publish, report, table
from bench.results import Results
from bench.rounds import Sample
from bench.sample import dealt
from db.nppes import sample
from db.nppes.layout import NPI, FileKind

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
FIRST = Sample(OURS, "point", 100, 100.0, 50.0, 1000.0, 1.0, 2.0, 80.0)


def results(*samples: Sample) -> Results:
    return Results("2026-01-01", {"cores": 2, "processor": "x"}, {"a": "1"}, 100, 1, 1.0, 4.0, samples)


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


def test_a_report_goes_between_its_marks(tmp_path: pytest.TempPathFactory) -> None:
    page = tmp_path / "page.md"  # type: ignore[operator]
    page.write_text("before\n<!-- serving -->\nold\n<!-- /serving -->\nafter\n")
    publish(report(results(FIRST)), page, "serving")
    text = page.read_text()
    assert text.startswith("before\n<!-- serving -->\n")
    assert text.endswith("<!-- /serving -->\nafter\n")
    assert "old" not in text
    assert "| AriesOne | 100 |         50 |  150 |" in text


def test_a_table_lines_up() -> None:
    assert table(("a", "b"), [("long", "1")]) == "| a    | b |\n| ---- | : |\n| long | 1 |"


def test_every_company_is_dealt_four_locations_of_its_own() -> None:
    [batch] = sample.batches(200, seed=3)
    rows = list(dealt(batch))
    npis = [company[NPI] for company in batch.rows[FileKind.COMPANIES]]
    assert [row[NPI] for row in rows] == [npi for npi in npis for _ in range(4)]
    assert len({tuple(sorted(row.items())) for row in rows}) == len(rows)
