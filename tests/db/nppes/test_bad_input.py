"""Bad files: one clear error, and the directory as it was."""

import asyncio
import csv
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from db.nppes import layout
from db.nppes.errors import BrokenFileError, DatabaseGoneError, LoadError, NotLoadableError, RefusedError
from db.nppes.layout import FileKind
from db.nppes.load import load
from db.nppes.source import discover
from db.nppes.writer import file_name
from tests.db.nppes.cms import FULL, WEEK_1, A, B, Directory, npi, organisation, other_name, secondary

GOOD = [organisation(npi(number), f"COMPANY {number}") for number in range(100, 120)]


async def refused(directory: Directory, *paths: Path, **options: object) -> str:
    """Load, which must fail and leave everything as it was; return the message."""
    before = await directory.contents()
    with pytest.raises(LoadError) as caught:
        await directory.load(*paths, **options)
    assert await directory.contents() == before
    return str(caught.value)


@pytest.fixture(params=["an empty directory", "a full directory"])
async def filled(request: pytest.FixtureRequest, directory: Directory) -> Directory:
    """A directory before its first load, which goes another way, and one after."""
    if request.param == "a full directory":
        await directory.companies(organisation(A))
    return directory


LONG = b"X" * 301

ROWS: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda line: line + b',"more"', "331 values instead of 330"),
    (lambda line: line.rpartition(b",")[0], "329 values instead of 330"),
    (lambda line: line.replace(b"01/02/2020", b"02/30/2020"), "an impossible date in Last Update Date"),
    (lambda line: line.replace(b"01/02/2020", b"2020-01-02"), "an impossible date in Last Update Date"),
    (lambda line: line.replace(b"01/02/2020", b"01/02/0020"), "an impossible date in Last Update Date"),
    (lambda line: line.replace(line[1:11], b"1000000000", 1), "the NPI fails its check digit"),
    (lambda line: line.replace(line[1:11], b"12345", 1), "the NPI isn't ten digits"),
    (lambda line: line.replace(line[1:11], b"", 1), "the NPI isn't ten digits"),
    (lambda line: line.replace(line[1:11], b"0000000006", 1), "the NPI starts with neither 1 nor 2"),
    (lambda line: line.replace(b"COMPANY", b"COMP\0ANY"), "a NUL character"),
    (lambda line: line.replace(b'"COMPANY 109"', b'""'), "an organisation without a name"),
    (lambda line: line.replace(b'"2"', b'"3"', 1), "the entity type is neither 1 nor 2"),
    (lambda line: line.replace(b'"2"', b'""', 1), "no entity type and no deactivation date"),
    (lambda line: line[:-1], "not CSV"),
    (lambda line: line.replace(b"COMPANY 109", LONG), f"{layout.LEGAL_NAME} has more than 300 characters"),
    (lambda line: line.replace(b"AUSTIN", LONG), f"{layout.PRACTICE['city']} has more than 300 characters"),
]


@pytest.mark.parametrize(("damage", "reason"), ROWS)
async def test_a_bad_row_is_named_and_nothing_is_written(
    filled: Directory, damage: Callable[[bytes], bytes], reason: str
) -> None:
    path = filled.write(FileKind.COMPANIES, GOOD, WEEK_1)
    lines = path.read_bytes().split(b"\n")
    number = lines[10][1:11].decode()
    lines[10] = damage(lines[10])
    path.write_bytes(b"\n".join(lines))
    rejects = filled.folder / "rejects.csv"
    message = await refused(filled, path, rejects=rejects)
    assert f"{path.name}, line 11: {reason}" in message
    assert "1 row can't be taken" in message
    assert f"All are listed in {rejects}" in message
    assert "--max-rejected 1" in message
    with rejects.open(newline="") as file:
        header, row = csv.reader(file)
    assert header == ["file", "line", "npi", "reason"]
    assert row[:2] == [path.name, "11"]
    assert reason in row[3]
    summary = await filled.load(path, max_rejected=1)
    assert (summary.total("created"), summary.total("rejected")) == (19, 1)
    assert await filled.company(number) is None


async def test_bad_rows_are_counted_over_blocks_and_lines_are_true(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.nppes.blocks.BLOCK_BYTES", 4_000)
    rows = [organisation(npi(number)) for number in range(100, 160)]
    for place in (7, 30, 59):
        rows[place] |= {layout.UPDATED: "13/01/2020"}
    path = directory.write(FileKind.COMPANIES, rows)
    rejects = directory.folder / "rejects.csv"
    message = await refused(directory, path, max_rejected=2, rejects=rejects)
    assert "line 9: " in message
    assert "3 rows can't be taken" in message
    assert [row.split(",")[1] for row in rejects.read_text().splitlines()[1:]] == ["9", "32", "61"]


@pytest.mark.parametrize("kind", [FileKind.LOCATIONS, FileKind.NAMES])
async def test_the_smaller_files_are_checked_too(directory: Directory, kind: FileKind) -> None:
    await directory.companies(organisation(A))
    good, bad = (secondary(A), secondary("1234567890")) if kind is FileKind.LOCATIONS else (
        other_name(A, "x"), other_name("1234567890", "x"),
    )  # fmt: skip
    message = await refused(directory, directory.write(kind, [good, bad]))
    assert "line 3: the NPI fails its check digit" in message


@pytest.mark.parametrize("kind", [FileKind.LOCATIONS, FileKind.NAMES])
async def test_texts_too_long_for_an_index_are_rejected_in_the_smaller_files_too(
    directory: Directory, kind: FileKind
) -> None:
    await directory.companies(organisation(A))
    row = secondary(A, state=LONG.decode()) if kind is FileKind.LOCATIONS else other_name(A, LONG.decode())
    message = await refused(directory, directory.write(kind, [row]))
    column = layout.SECONDARY["state"] if kind is FileKind.LOCATIONS else layout.OTHER_NAME
    assert f"line 2: {column} has more than 300 characters." in message


async def test_the_longest_texts_are_taken_though_they_hardly_compress(directory: Directory) -> None:
    # Folded, a syllable is up to nine bytes.
    text = "".join(chr(0xAC00 + number * 7919 % 11172) for number in range(300))
    place = dict.fromkeys(("city", "state", "postal_code"), "LONG")
    for number, period in ((A, FULL), (B, WEEK_1)):
        row = organisation(number, "LONG", **place) | {layout.PARENT_NAME: "LONG", layout.OTHER_NAME: "LONG"}
        path = directory.write(FileKind.COMPANIES, [row], period)
        path.write_bytes(path.read_bytes().replace(b"LONG", text.encode()))
        await directory.load(path)
        assert (await directory.company(number))["name"] == text


async def test_a_bad_file_of_the_first_release_leaves_the_directory_empty(directory: Directory) -> None:
    companies = directory.write(FileKind.COMPANIES, GOOD)
    names = directory.write(FileKind.NAMES, [other_name(GOOD[0][layout.NPI], "x"), other_name("1", "x")])
    assert "othername" in await refused(directory, companies, names)


async def test_a_zip_that_is_none(directory: Directory) -> None:
    path = directory.folder / "NPPES_Data_Dissemination_October_2025_V2.zip"
    path.write_bytes(b"not a zip" * 1000)
    with pytest.raises(BrokenFileError, match=r"is no complete ZIP .*get it again"):
        discover([path])


@pytest.mark.parametrize("keep", [0.3, 0.9])
async def test_a_truncated_zip(directory: Directory, keep: float) -> None:
    path = zipped(directory, GOOD)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(BrokenFileError, match="may have been cut short"):
        discover([path])


async def test_a_damaged_zip(filled: Directory) -> None:
    path = zipped(filled, GOOD * 50)
    data = bytearray(path.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 20] = bytes(20)
    path.write_bytes(data)
    assert "is no complete ZIP" in await refused(filled, path)


async def test_a_zip_is_read_where_it_lies_in_folders_and_in_another_zip(directory: Directory) -> None:
    inner = zipped(directory, [organisation(A)])
    outer = directory.folder / "both.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "week/inner.zip")
        archive.writestr(
            "month/pl_pfile_20050523-20250112.csv",
            directory.write(FileKind.LOCATIONS, [secondary(A)]).read_bytes(),
        )
        archive.writestr("month/readme.pdf", b"%PDF")
    summary = await directory.load(outer)
    assert [file.kind for file in summary.files] == [FileKind.COMPANIES, FileKind.LOCATIONS]
    assert len(await directory.places(A)) == 2


def zipped(directory: Directory, rows: list[dict[str, str]]) -> Path:
    csv_path = directory.write(FileKind.COMPANIES, rows)
    path = directory.folder / "NPPES.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(csv_path, f"some folder/{csv_path.name}")
    csv_path.unlink()
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a,b,c\n1,2,3\n", "is no NPPES file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, "is no NPPES file"),
        (bytes(5000), "is no text"),
        (b"x" * 2_000_000, "is no text"),
    ],
)
async def test_a_file_of_another_kind(filled: Directory, content: bytes, message: str) -> None:
    path = filled.folder / file_name(FileKind.COMPANIES, WEEK_1)
    path.write_bytes(content)
    assert message in await refused(filled, path)


async def test_a_file_under_the_name_of_another_kind(directory: Directory) -> None:
    path = directory.write(FileKind.LOCATIONS, [secondary(A)])
    renamed = path.rename(path.with_name(file_name(FileKind.COMPANIES)))
    assert "holds the columns of a pl_pfile_*.csv file" in await refused(directory, renamed)


async def test_a_file_under_any_other_name_is_known_by_its_columns(directory: Directory) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(A)])
    summary = await directory.load(path.rename(path.with_name("companies of today.csv")))
    assert summary.files[0].kind is FileKind.COMPANIES
    assert await directory.company(A) is not None


@pytest.mark.parametrize("name", ["nothing", "folder"])
async def test_a_path_without_files(directory: Directory, name: str) -> None:
    (directory.folder / "folder").mkdir()
    with pytest.raises(NotLoadableError, match="There is no"):
        discover([directory.folder / name])


async def test_a_column_twice(directory: Directory) -> None:
    header = [layout.NPI, layout.OTHER_NAME, layout.OTHER_NAME_TYPE, "NPI "]
    path = directory.folder / file_name(FileKind.NAMES)
    path.write_text(",".join(header) + "\n")
    assert 'has the column "NPI" twice' in await refused(directory, path)


async def test_the_database_going_away(directory: Directory, database_url: str) -> None:
    await directory.companies(organisation(A))
    before = await directory.contents()
    path = directory.write(FileKind.COMPANIES, GOOD, WEEK_1)
    victim = await asyncpg.connect(database_url)
    pid = await victim.fetchval("SELECT pg_backend_pid()")
    killer = await asyncpg.connect(database_url)
    await killer.execute("BEGIN; LOCK TABLE companies IN EXCLUSIVE MODE")
    ended = False

    def end(progress: object) -> None:
        nonlocal ended
        if getattr(progress, "phase", "") == "merging" and not ended:
            ended = True
            tasks.append(asyncio.ensure_future(killer.execute(f"SELECT pg_terminate_backend({pid})")))

    tasks: list[asyncio.Future[str]] = []
    with pytest.raises(DatabaseGoneError, match="went away during the load"):
        await load(victim, discover([path]), progress=end)
    await asyncio.gather(*tasks)
    await killer.close()
    assert await directory.contents() == before
    assert (await directory.load(path)).total("created") == 20


async def test_two_loads_at_once(directory: Directory, database_url: str) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(B)])
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_advisory_lock(5205080840)")
    with pytest.raises(RefusedError, match="Another load is running"):
        await directory.load(path)
    await other.close()


def test_full_and_incremental_are_told_by_the_period(directory_names: dict[str, bool | None]) -> None:
    assert directory_names == {
        f"npidata_pfile_{FULL}.csv": True,
        f"npidata_pfile_{WEEK_1}.csv": False,
        "npidata_pfile_20240101-20240401.csv": True,
        "npidata_pfile_20241301-20250101.csv": None,
        "npidata_pfile_today.csv": None,
    }


@pytest.fixture
def directory_names(tmp_path: Path) -> dict[str, bool | None]:
    names = (FULL, WEEK_1, "20240101-20240401", "20241301-20250101", "today")
    for name in names:
        (tmp_path / f"npidata_pfile_{name}.csv").touch()
    return {source.name: source.period.is_full if source.period else None for source in discover([tmp_path])}


async def test_lines_after_an_open_quote_are_refused_at_once_in_little_memory(directory: Directory) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(A)])
    with path.open("ab") as file:
        file.write(b'"' + B.encode() + b'","2\n' + b"x\n" * 2_500_000)
    rejects = directory.folder / "rejects.csv"
    tracemalloc.start()
    message = await refused(directory, path, rejects=rejects)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"{path.name}, line 3: not CSV: a quote is opened and not closed in this line." in message
    assert "More than 100,000 rows can't be taken, so the file was not read to its end" in message
    with rejects.open() as file:
        assert sum(1 for _ in file) == 100_002
    assert peak < 100_000_000


async def test_rejected_rows_of_a_release_that_is_read_again_are_listed_once(directory: Directory) -> None:
    bad = organisation("1234567890")
    path = directory.write(FileKind.COMPANIES, [organisation(A), bad, organisation(A), bad])
    rejects = directory.folder / "rejects.csv"
    summary = await directory.load(path, rejects=rejects, max_rejected=2)
    assert (summary.total("created"), summary.total("rejected")) == (1, 2)
    assert [line.split(",")[1] for line in rejects.read_text().splitlines()] == ["line", "3", "5"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full, which is a full disk, on this machine")
async def test_a_full_disk_under_the_list_of_rejected_rows_is_named(directory: Directory) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(A), organisation("1234567890")])
    message = await refused(directory, path, rejects=Path("/dev/full"), max_rejected=1)
    assert "The list of rejected rows, /dev/full, can't be written: No space left on device" in message


REASONS = {
    "53100": "The database's disk is full: could not extend file.",
    "53200": "The database ran out of memory: could not extend file.",
    "53300": "The database has no connection free: could not extend file.",
    "25006": "The database takes no writes: could not extend file.",
    "42501": "The database's user may not write: could not extend file.",
    "22012": "The database refused the load, and nothing of the file was written: could not extend file",
}


@pytest.mark.parametrize("state", REASONS)
async def test_what_the_database_refuses_is_told_with_its_reason(directory: Directory, state: str) -> None:
    await directory.connection.execute(
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON companies EXECUTE FUNCTION refuse()
        """
    )
    path = directory.write(FileKind.COMPANIES, [organisation(A)])
    assert REASONS[state] in await refused(directory, path)


async def test_a_read_only_database_says_so(directory: Directory) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(A)])
    await directory.connection.execute("SET default_transaction_read_only = on")
    assert "The database takes no writes" in await refused(directory, path)
