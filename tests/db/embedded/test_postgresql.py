import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from db.embedded.errors import EmbeddedError
from db.embedded.postgresql import postgresql
from db.embedded.programs import Programs, found_in, system_folders, wheel_folders

SLOW = "log_min_duration_statement"

Query = Callable[..., str]
Own = Callable[..., "subprocess.Popen[str]"]
Silence = Callable[[Path], None]


async def test_the_first_start_makes_a_durable_database_and_the_next_finds_its_data(tmp_path: Path) -> None:
    directory = tmp_path / "not" / "there"
    with postgresql(directory) as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT current_database() || ':' || current_user") == "ariesone:ariesone"
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        await connection.close()
    with postgresql(directory) as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT n FROM kept") == 7
        await connection.close()


def test_other_users_reach_neither_the_data_nor_the_socket_and_nothing_listens_on_a_port(
    shared: Path, programs: Programs, query: Query
) -> None:
    with postgresql(shared, durable=False) as url:
        for folder in (programs.data_in(shared), shared / "run"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((shared / "postgresql.lock").stat().st_mode) == 0o600
        assert query(url, "SHOW listen_addresses") == ""
        assert query(url, "SHOW fsync") == "off"


async def test_a_slow_statement_stands_in_the_log_without_what_was_asked_for(
    shared: Path, programs: Programs
) -> None:
    with postgresql(shared, durable=False) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("SET log_min_duration_statement = '1ms'")
        await connection.fetch("SELECT pg_sleep(0.1), $1::text AS asked", "a private matter")
        assert await connection.fetchval("SELECT reset_val FROM pg_settings WHERE name = $1", SLOW) == "1000"
        await connection.close()
    text = "".join(file.read_text() for file in (programs.data_in(shared) / "log").glob("*.log"))
    assert "SELECT pg_sleep(0.1), $1::text AS asked" in text
    assert "a private matter" not in text


def test_the_data_survives_a_killed_owner_and_the_next_waits_for_the_server_to_stop(
    shared: Path, programs: Programs, query: Query, own: Own, await_silence: Silence
) -> None:
    owner = own(shared)
    with postgresql(shared, transient=True) as url:
        query(url, "CREATE TABLE outlived AS SELECT 7 AS n", "SELECT 1")
    owner.kill()
    owner.wait()
    with postgresql(shared, durable=False) as url:
        assert query(url, "SELECT n FROM outlived") == "7"
    await_silence(programs.data_in(shared))


def test_a_killed_owner_leaves_no_process_even_while_a_client_is_busy(
    shared: Path, programs: Programs, query: Query, own: Own, await_silence: Silence
) -> None:
    owner = own(shared)
    with postgresql(shared, transient=True) as url:
        sleep = [str(programs.folder / "psql"), "-X", url, "-c", "SELECT pg_sleep(600)"]
        with subprocess.Popen(sleep, stderr=subprocess.DEVNULL) as client:
            while query(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != "1":
                time.sleep(0.01)
            owner.kill()
            assert client.wait(10) != 0
    await_silence(programs.data_in(shared))


def test_a_server_killed_together_with_its_owner_recovers_though_its_number_was_given_away(
    shared: Path, programs: Programs, query: Query, own: Own
) -> None:
    owner = own(shared)
    with postgresql(shared, transient=True) as url:
        query(url, "CREATE TABLE recovered AS SELECT 7 AS n", "CHECKPOINT", "SELECT 1")
    record = programs.data_in(shared) / "postmaster.pid"
    lines = record.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    owner.kill()
    owner.wait()
    # As after a power cut and a reboot: a stranger of the same user now has that number.
    record.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with postgresql(shared, durable=False) as url:
        assert query(url, "SELECT n FROM recovered") == "7"


def test_an_interrupted_first_start_is_made_good_by_the_next(
    tmp_path: Path, query: Query, own: Own, await_silence: Silence
) -> None:
    directory = tmp_path / "data"
    owner = own(directory, wait=False)
    while not list(directory.glob("postgresql-*.new-*/base")):
        time.sleep(0.005)
    owner.kill()
    owner.wait()
    assert not list(directory.glob("postgresql-[0-9][0-9]"))
    with postgresql(directory, durable=False) as url:
        assert query(url, "SELECT 1") == "1"
    assert not list(directory.glob("*.new-*"))
    await_silence(directory)


@contextmanager
def moved(directory: Path, place: Path) -> Iterator[None]:
    directory.rename(place)
    try:
        yield
    finally:
        place.rename(directory)


def test_a_long_path_gets_a_short_private_socket_folder(shared: Path, tmp_path: Path, query: Query) -> None:
    deep = tmp_path / ("very, \"long' name " * 6)
    with moved(shared, deep):
        with postgresql(deep, durable=False) as url:
            assert query(url, "SELECT 1") == "1"
            folder = Path(query(url, "SHOW unix_socket_directories").strip('"'))
            assert len(os.fsencode(folder)) < 80
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not folder.exists()


@pytest.mark.parametrize("name", ['a "b" %41+ü', "one, two"])
def test_a_name_with_odd_letters_is_no_trouble(name: str, shared: Path, query: Query) -> None:
    odd = shared.with_name(name)
    with moved(shared, odd), postgresql(odd, durable=False) as url:
        assert query(url, "SELECT 1") == "1"


def test_an_older_postgresql_serves_and_keeps_serving_its_data(tmp_path: Path, query: Query) -> None:
    older = min(found_in([*wheel_folders(), *system_folders()]), key=lambda each: each.major)
    with postgresql(tmp_path, durable=False, using=older) as url:
        assert query(url, "CREATE TABLE kept AS SELECT 'ä' AS n", "SELECT n FROM kept") == "ä"
    with postgresql(tmp_path, durable=False) as url:
        assert query(url, "SELECT n FROM kept") == "ä"


def test_a_server_that_does_not_start_says_why(shared: Path, programs: Programs) -> None:
    version = programs.data_in(shared) / "PG_VERSION"
    good = version.read_text()
    version.write_text("9\n")
    with (
        pytest.raises(EmbeddedError, match=r"FATAL.*incompatible.*set DATABASE_URL"),
        postgresql(shared, durable=False),
    ):
        pass
    version.write_text(good)


def test_an_exception_inside_stops_the_server(shared: Path, programs: Programs, await_silence: Silence) -> None:
    with pytest.raises(KeyboardInterrupt), postgresql(shared, durable=False):
        raise KeyboardInterrupt
    await_silence(programs.data_in(shared))


def test_a_data_directory_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="set DATA_DIR"), postgresql(tmp_path / "file" / "data"):
        pass


def test_a_first_start_that_fails_leaves_no_data_directory(tmp_path: Path) -> None:
    without_programs = Programs(tmp_path, 18)
    with (
        pytest.raises(EmbeddedError, match=r"initdb failed .*set DATABASE_URL"),
        postgresql(tmp_path / "data", using=without_programs),
    ):
        pass
    assert not (tmp_path / "data" / "postgresql-18").exists()
