"""`ariesone load`, from the outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graph.commands.conftest import environment

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]


def counts(output: str) -> dict[str, list[str]]:
    """The closing table: a line a count, a column a file."""
    rows = (line.split("│") for line in output.splitlines() if "│" in line)
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


def test_written_files_load_and_load_again_without_a_change(
    command: Command, database_url: str, tmp_path: Path
) -> None:
    written = command("load", "sample", "--companies", 50, "--seed", 3, "--people", 2, "--write", "files")
    assert written.returncode == 0, written.stderr
    assert len(list((tmp_path / "files").glob("*.csv"))) == 3
    first = command("load", "nppes", "files", DATABASE_URL=database_url)
    assert first.returncode == 0, first.stderr
    assert counts(first.stderr)["companies new"][0] == "50"
    assert counts(first.stderr)["rows read"][0] == "150"
    second = command("load", "nppes", "files", DATABASE_URL=database_url)
    assert "companies new" not in counts(second.stderr)
    assert counts(second.stderr)["companies unchanged"][0] == "50"
    assert "Nothing changed" not in first.stderr
    assert "Nothing changed: all of this was known." in second.stderr


def test_individuals_are_for_files_alone(command: Command, tmp_path: Path) -> None:
    refused = command("load", "sample", "--people", 2)
    assert refused.returncode == 1
    assert "--people is for files: individuals are never loaded." in refused.stderr
    assert not (tmp_path / ".ariesone").exists()


def test_a_bad_row_is_one_error_that_says_how_to_go_on(
    command: Command, database_url: str, tmp_path: Path
) -> None:
    command("load", "sample", "--companies", 5, "--write", "files")
    [path] = (tmp_path / "files").glob("npidata*")
    lines = path.read_text().splitlines(keepends=True)
    npi = lines[1].split(",")[0].strip('"')
    wrong = npi[:-1] + str((int(npi[-1]) + 1) % 10)
    path.write_text("".join([lines[0], lines[1].replace(npi, wrong), *lines[2:]]))
    refused = command("load", "nppes", path, DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "line 2" in refused.stderr
    assert "--max-rejected 1" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert wrong in (tmp_path / "rejected.csv").read_text()
    taken = command("load", "nppes", path, "--max-rejected", 1, DATABASE_URL=database_url)
    assert counts(taken.stderr)["companies new"] == ["4"]
    assert counts(taken.stderr)["rows rejected"] == ["1"]


def test_the_sample_is_loaded_once_and_zips_place_it(command: Command, database_url: str, tmp_path: Path) -> None:
    loaded = command("load", "sample", "--companies", 20, DATABASE_URL=database_url)
    assert counts(loaded.stderr)["companies new"][0] == "20"
    (tmp_path / "zips.csv").write_text("zip,lat,lon\n78701,30.27,-97.74\n00001,,\n")
    placed = command("load", "zips", "zips.csv", DATABASE_URL=database_url)
    assert placed.returncode == 0, placed.stderr
    assert placed.stdout.startswith("2 ZIPs read, 1 new or changed, 1 without coordinates, 0 rejected;")


def test_names_of_codes_are_loaded_or_refused_in_a_sentence(
    command: Command, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "names.csv").write_text("Code,Grouping,Classification,Specialization\n332B00000X,S,C,\n")
    loaded = command("load", "taxonomies", "names.csv", DATABASE_URL=database_url)
    told = "1 taxonomy codes read, 1 new or changed, 0 no longer there.\n"
    assert (loaded.returncode, loaded.stdout) == (0, told), loaded.stderr
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    refused = command("load", "taxonomies", "other.csv", DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "other.csv is no file of the NUCC's taxonomy codes" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_load_gives_way_to_others(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "npidata_pfile_20050523-20250112.csv"
    # Nobody writes into it, so that whoever opens it waits.
    os.mkfifo(file)
    load = [sys.executable, "-m", "graph", "load", "nppes", str(file)]
    settings = environment(DATABASE_URL=database_url)
    with subprocess.Popen(load, cwd=tmp_path, env=settings, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while os.getpriority(os.PRIO_PROCESS, process.pid) < 10:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            process.kill()


def test_a_command_shares_the_database_of_a_running_server(
    command: Command, serve: Callable[..., object], tmp_path: Path
) -> None:
    server = serve()
    command("load", "sample", "--companies", 7, "--write", "files")
    loaded = command("load", "nppes", "files")
    assert loaded.returncode == 0, loaded.stderr
    assert counts(loaded.stderr)["sample companies removed"][0] == "40"
    answer = server.ask("{ dataset { companies { value } } }")  # type: ignore[attr-defined]
    assert answer["data"]["dataset"]["companies"]["value"] == 7
    assert (tmp_path / ".ariesone").is_dir()
