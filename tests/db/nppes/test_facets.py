"""Each change that a file makes says in which lists the company was before the load, and in which it is now."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from db.folding import BEGINNING, LONGEST_WORD, fold
from db.nppes import sample_load
from db.nppes.layout import FileKind
from tests.db.nppes.cms import WEEK_1, A, Directory, organisation
from tests.db.nppes.test_order import STORIES, File, emptied, worlds, written

FACETS = "SELECT npi, facets FROM company_facets"
IS_FIRST = "SELECT NOT EXISTS (SELECT FROM loads WHERE source = 'NPPES')"
MISLISTED = "(TABLE listings EXCEPT ALL TABLE listed) UNION ALL (TABLE listed EXCEPT ALL TABLE listings)"
CHANGES = "SELECT npi, kind, facets_before, facets_after FROM changes WHERE id > $1"


async def facets(directory: Directory) -> dict[str, set[str]]:
    return {npi: set(found) for npi, found in await directory.connection.fetch(FACETS)}


async def load_watched(directory: Directory, path: Path) -> set[str]:
    """Load a file, hold each change that it makes against what was and what is, and return their kinds."""
    last = await directory.connection.fetchval("SELECT coalesce(max(id), 0) FROM changes")
    before = await facets(directory)
    is_first = not before and await directory.connection.fetchval(IS_FIRST)
    await directory.load(path)
    after = await facets(directory)
    assert await directory.connection.fetch(MISLISTED) == []
    made = await directory.connection.fetch(CHANGES, last)
    for npi, kind, noted_before, noted_after in made:
        if is_first and path.name.startswith("npidata"):
            # It is copied, and what isn't noted of it is found in `db/changes.py`.
            assert (noted_before, noted_after) == (None, None)
            continue
        assert set(noted_before) == before.get(npi, set()), (path.name, npi, kind)
        assert set(noted_after) == after.get(npi, set()), (path.name, npi, kind)
    told = {row["npi"] for row in made}
    assert told >= {npi for npi in before.keys() | after.keys() if before.get(npi) != after.get(npi)}
    return {row["kind"] for row in made}


@pytest.mark.parametrize("story", STORIES)
async def test_files_of_every_kind_note_what_was_and_what_is(directory: Directory, story: str) -> None:
    paths = written(directory, STORIES[story])
    kinds: set[str] = set()
    for order in (paths, paths[::-1]):
        await emptied(directory)
        for path in order:
            kinds |= await load_watched(directory, path)
    assert kinds - {"COMPANY_CREATED", "LOCATION_ADDED"}


@pytest.mark.slow
@given(worlds())
@settings(max_examples=10)
async def test_any_files_note_what_was_and_what_is(directory: Directory, files: list[File]) -> None:
    await emptied(directory)
    for path in written(directory, files):
        await load_watched(directory, path)


async def test_the_sample_that_makes_way_was_in_its_lists_and_is_in_none(directory: Directory) -> None:
    await sample_load.load_sample(directory.connection, 20)
    kinds = await load_watched(directory, directory.write(FileKind.COMPANIES, [organisation(A)]))
    assert kinds == {"COMPANY_CREATED", "COMPANY_REMOVED", "LOCATION_ADDED", "LOCATION_REMOVED"}


async def test_a_name_of_one_long_word_is_listed_by_its_beginning(directory: Directory) -> None:
    await directory.companies(organisation(A))
    # A syllable is three letters of three bytes each.
    name = "\uac01" * 300
    path = directory.write(FileKind.COMPANIES, [organisation(A, "LONG")], WEEK_1)
    path.write_bytes(path.read_bytes().replace(b"LONG", name.encode()))
    await load_watched(directory, path)
    [word] = [facet for facet in (await facets(directory))[A] if facet.startswith("word=")]
    assert len(fold(name).encode()) > LONGEST_WORD
    assert word == "word=" + fold(name)[:BEGINNING]
