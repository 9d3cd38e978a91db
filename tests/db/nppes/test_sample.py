"""The sample: invented, the same for the same seed, shaped like real files, in no one's way."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from db import npi
from db.nppes import sample
from db.nppes.errors import LoadError, RefusedError
from db.nppes.layout import HEADERS, NPI, RELEASE, TAXONOMY, FileKind
from db.nppes.places import places
from db.nppes.sample_load import load_sample
from db.nppes.writer import write_sample
from tests.db.nppes.cms import A, Directory, organisation

# Of some company of the sample.
LICENSE = """
    INSERT INTO licenses (id, npi, kind, number, expires_on, source)
    SELECT gen_random_uuid(), min(npi), 'PHARMACY', 'L 1', '2099-12-31', 'MANUAL' FROM companies
"""


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path.read_bytes().decode("latin-1").encode(), infer_schema=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[FileKind, pl.DataFrame]:
    paths = write_sample(tmp_path_factory.mktemp("sample"), 3_000, seed=5, people=0.5)
    return dict(zip(RELEASE, map(read, paths), strict=True))


def test_every_number_is_good_and_none_can_be_real(files: dict[FileKind, pl.DataFrame]) -> None:
    numbers = files[FileKind.COMPANIES][NPI].to_list()
    assert {npi.verdict(number) for number in numbers} == {"VALID"}
    assert {number[0] for number in numbers} == {"2"}


def test_files_have_the_columns_of_cms(files: dict[FileKind, pl.DataFrame]) -> None:
    assert {kind: frame.columns for kind, frame in files.items()} == {kind: HEADERS[kind] for kind in RELEASE}
    assert len(HEADERS[FileKind.COMPANIES]) == 330
    assert len(set(HEADERS[FileKind.COMPANIES])) == 330


def test_shares_are_like_the_real_ones(files: dict[FileKind, pl.DataFrame]) -> None:
    main = files[FileKind.COMPANIES].filter(pl.col("Entity Type Code") == "2")
    assert main.height == 3_000
    assert main[TAXONOMY["code"].format(1)].mode()[0] in {"332B00000X", "251E00000X"}
    one = (main[TAXONOMY["code"].format(2)].fill_null("") == "").mean()
    assert one == pytest.approx(0.74, abs=0.05)
    states = Counter(main["Provider Business Practice Location Address State Name"])
    assert {state for state, _ in states.most_common(6)} == {"TX", "FL", "CA", "NY", "PA", "OH"}
    sizes = Counter(Counter(files[FileKind.LOCATIONS][NPI]).values())
    assert sizes[1] / sizes.total() == pytest.approx(0.63, abs=0.06)
    assert max(sizes) <= 59


def test_the_same_seed_gives_the_same_bytes_and_another_another(tmp_path: Path) -> None:
    written = [
        [path.read_bytes() for path in write_sample(tmp_path / name, 50, seed)]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert written[0] == written[1] != written[2]


def test_places_are_real_and_few(files: dict[FileKind, pl.DataFrame]) -> None:
    assert files
    assert 300 < len(places()) < 1_000
    assert all(
        17 < place.latitude < 72 and -180 < place.longitude < 180 for place in places() if place.zip < "969"
    )


def test_individuals_stand_among_the_companies_which_are_the_same_without_them(
    files: dict[FileKind, pl.DataFrame], tmp_path: Path
) -> None:
    main, kind = files[FileKind.COMPANIES], pl.col("Entity Type Code")
    assert main.height == 4_500
    assert main[NPI].is_sorted()
    assert main[NPI].n_unique() == main.height
    shares = main.group_by(kind).len()
    counts = dict(shares.iter_rows())
    assert counts["2"] == 3_000
    assert counts["1"] == pytest.approx(1_450, abs=40)
    [alone, *_] = map(read, write_sample(tmp_path, 3_000, seed=5))
    assert main.filter(kind == "2").equals(alone)


def test_there_are_numbers_for_so_many_individuals_alone(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="more than 7 individuals for each company"):
        write_sample(tmp_path, 10_000_000, seed=1, people=7.5)


def test_batches_do_not_change_what_is_made() -> None:
    whole = [row for batch in sample.batches(40, 3) for row in batch.rows[FileKind.COMPANIES]]
    parts = [row for batch in sample.batches(40, 3, size=7) for row in batch.rows[FileKind.COMPANIES]]
    assert whole == parts


async def test_the_sample_loads_and_is_on_the_map(directory: Directory) -> None:
    summary = await load_sample(directory.connection, 300, seed=1)
    assert summary.total("created") == 300
    query = "SELECT count(*), count(position), count(time_zone) FROM locations"
    every, placed, zoned = await directory.connection.fetchrow(query)
    assert every == placed == zoned == 300 + summary.files[2].locations_added
    sources = await directory.connection.fetch("SELECT source FROM companies UNION SELECT source FROM locations")
    assert [row[0] for row in sources] == ["SAMPLE"]


async def test_the_same_sample_again_changes_nothing(directory: Directory) -> None:
    await load_sample(directory.connection, 200, seed=1)
    before = await directory.contents()
    await load_sample(directory.connection, 200, seed=1)
    after = await directory.contents()
    assert {table for table in before if before[table] != after[table]} == {"loads"}


async def test_another_sample_takes_the_place_of_the_first(directory: Directory) -> None:
    await load_sample(directory.connection, 200, seed=1)
    summary = await load_sample(directory.connection, 100, seed=2)
    assert await directory.connection.fetchval("SELECT count(*) FROM companies") == 100
    assert summary.total("removed") == 200 - summary.total("changed") - summary.total("unchanged")


async def test_real_companies_take_the_place_of_the_sample(directory: Directory) -> None:
    await load_sample(directory.connection, 50, seed=1)
    await directory.connection.execute(LICENSE)
    summary = await directory.companies(organisation(A))
    assert summary.total("removed") == 50
    assert await directory.connection.fetchval("SELECT array_agg(npi) FROM companies") == [A]
    kinds = Counter(kind for _, kind, _ in await directory.changes())
    assert kinds["COMPANY_REMOVED"] == 50
    removed = "SELECT old ->> 'number' FROM changes WHERE kind = 'LICENSE_REMOVED' AND license_id IS NOT NULL"
    assert [row[0] for row in await directory.connection.fetch(removed)] == ["L 1"]


@pytest.mark.parametrize("source", ["NPPES", "MANUAL"])
async def test_the_sample_is_refused_beside_real_companies(directory: Directory, source: str) -> None:
    await directory.companies(organisation(A))
    await directory.connection.execute("UPDATE companies SET source = $1", source)
    before = await directory.contents()
    with pytest.raises(RefusedError, match="real companies, or some entered by hand"):
        await load_sample(directory.connection, 50, seed=1)
    assert await directory.contents() == before
