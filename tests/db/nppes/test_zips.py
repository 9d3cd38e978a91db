"""ZIP centroids: read from files of several makes, put under locations, checked."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from db.nppes.errors import BrokenFileError, LoadError, NotLoadableError
from db.nppes.zips import load_zips
from tests.db.nppes.cms import WEEK_1, A, B, Directory, organisation, secondary

AUSTIN, DALLAS = (30.2713, -97.7426), (32.7831, -96.7987)
GOOD = (
    f"zip,lat,lng,city,state\n78701,{AUSTIN[0]},{AUSTIN[1]},Austin,TX\n75201,{DALLAS[0]},{DALLAS[1]},Dallas,TX\n"
)

MISLISTED = "(TABLE listings EXCEPT ALL TABLE listed) UNION ALL (TABLE listed EXCEPT ALL TABLE listings)"


def file(directory: Directory, text: str) -> Path:
    path = directory.folder / "zips.csv"
    path.write_text(text, encoding="utf-8")
    return path


async def positions(directory: Directory, number: str) -> list[tuple[Any, ...]]:
    return [
        (
            tuple(place["position"]) if place["position"] else None,
            place["position_precision"],
            place["time_zone"],
        )
        for place in await directory.places(number)
    ]


def at(place: tuple[float, float]) -> tuple[tuple[float, float], str, str]:
    return ((place[1], place[0]), "ZIP5_CENTROID", "America/Chicago")


async def test_zips_place_the_locations_that_are_there(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B, country="CA"))
    changes = await directory.changes()
    summary = await load_zips(directory.connection, file(directory, GOOD))
    assert (summary.read, summary.changed, summary.located) == (2, 2, 1)
    assert await positions(directory, A) == [at(AUSTIN)]
    assert await positions(directory, B) == [(None, None, None)]
    moved = (A, "LOCATION_UPDATED", ["position", "position_precision", "time_zone"])
    assert await directory.changes() == [*changes, moved]
    assert [place["version"] for place in await directory.places(A)] == [2]
    assert (await directory.company(A))["version"] == 2


async def test_zips_list_the_companies_whose_places_they_move(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await load_zips(directory.connection, file(directory, GOOD))
    await load_zips(directory.connection, file(directory, GOOD.replace("30.2713", "30.5713")))
    cells = [
        [[facet for facet in facets if facet.startswith("cell=")] for facets in row]
        for row in await directory.connection.fetch(
            "SELECT facets_before, facets_after FROM changes WHERE kind = 'LOCATION_UPDATED' ORDER BY id"
        )
    ]
    assert cells == [[[], ["cell=10280222"]], [["cell=10280222"], ["cell=10280252"]]]
    assert await directory.connection.fetch(MISLISTED) == []


async def test_new_and_moved_locations_are_placed(directory: Directory) -> None:
    await load_zips(directory.connection, file(directory, GOOD))
    await directory.companies(organisation(A), organisation(B))
    await directory.locations(secondary(A))
    assert await positions(directory, A) == [at(AUSTIN), at(DALLAS)]
    await directory.companies(organisation(B, postal_code="75201", city="DALLAS"), period=WEEK_1)
    assert await positions(directory, B) == [at(DALLAS)]
    await directory.companies(organisation(B, postal_code="99999"), period=WEEK_1)
    assert await positions(directory, B) == [(None, None, None)]


async def test_a_position_better_than_a_centroid_stays_until_the_place_moves(directory: Directory) -> None:
    await load_zips(directory.connection, file(directory, GOOD))
    await directory.companies(organisation(A))
    roof = "UPDATE locations SET position = '(-97.7,30.2)', position_precision = 'ROOFTOP'"
    await directory.connection.execute(roof)
    await load_zips(directory.connection, file(directory, GOOD))
    await directory.companies(organisation(A, phone="5125550111"), period=WEEK_1)
    assert (await positions(directory, A))[0][1] == "ROOFTOP"
    await directory.companies(organisation(A, line1="2 MAIN ST"), period=WEEK_1)
    assert await positions(directory, A) == [at(AUSTIN)]


async def test_a_time_zone_that_people_gave_a_place_of_theirs_stays(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await directory.connection.execute(
        "INSERT INTO locations (id, npi, kind, postal_code, time_zone, source) VALUES"
        " (gen_random_uuid(), $1, 'OTHER', '78701', 'America/Denver', 'MANUAL'),"
        " (gen_random_uuid(), $1, 'OTHER', '75201', NULL, 'MANUAL')", A
    )  # fmt: skip
    await load_zips(directory.connection, file(directory, GOOD))
    placed = await positions(directory, A)
    assert {(place[0], place[2]) for place in placed} == {
        (at(AUSTIN)[0], "America/Chicago"), (at(AUSTIN)[0], "America/Denver"), (at(DALLAS)[0], "America/Chicago"),
    }  # fmt: skip


async def test_the_same_zips_again_change_nothing(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await load_zips(directory.connection, file(directory, GOOD))
    summary = await load_zips(directory.connection, file(directory, GOOD))
    assert (summary.changed, summary.located) == (0, 0)


@pytest.mark.parametrize(
    "header", ["code,latitude,longitude", "Postal Code,LAT,LON", "ZIP, Lat ,Long", "\ufeffzip_code,lat,lng"]
)
async def test_headers_of_several_makes_are_understood(directory: Directory, header: str) -> None:
    path = file(directory, f"{header}\n78701,30.2713,-97.7426\n501,40.8152,-73.0455\n")
    assert (await load_zips(directory.connection, path)).read == 2
    known = await directory.connection.fetch("SELECT zip, time_zone FROM zips ORDER BY zip")
    assert [tuple(row) for row in known] == [("00501", "America/New_York"), ("78701", "America/Chicago")]


async def test_rows_without_coordinates_are_counted_and_skipped(directory: Directory) -> None:
    summary = await load_zips(directory.connection, file(directory, "zip,lat,lon\n78701,,\n75201,32.78,-96.79\n"))
    assert (summary.read, summary.without_position, summary.changed) == (2, 1, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7870A,30,-97", "line 3: the ZIP isn't five digits"),
        ("787011234,30,-97", "line 3: the ZIP isn't five digits"),
        ("78701,91,-97", "line 3: a coordinate is out of range"),
        ("78701,30,-181", "line 3: a coordinate is out of range"),
        ("78701,nan,-97", "line 3: a coordinate is out of range"),
        ("78701,north,-97", "line 3: a coordinate is no number"),
        ('"78701,30,-97', "line 3: not CSV: a quote is opened and not closed in this line"),
    ],
)
async def test_a_bad_row_is_named_and_nothing_is_written(directory: Directory, row: str, reason: str) -> None:
    before = await directory.contents()
    path = file(directory, f"zip,lat,lon\n75201,32.78,-96.79\n{row}\n")
    with pytest.raises(LoadError, match=reason):
        await load_zips(directory.connection, path)
    assert await directory.contents() == before
    assert (await load_zips(directory.connection, path, max_rejected=1)).rejected == 1


async def test_files_that_hold_no_zips(directory: Directory) -> None:
    with pytest.raises(BrokenFileError, match="no column is named zip or latitude or longitude"):
        await load_zips(directory.connection, file(directory, "a,b\n1,2\n"))
    with pytest.raises(NotLoadableError, match="can't be read"):
        await load_zips(directory.connection, directory.folder / "none.csv")
    # The third is longer than what one value may be.
    for text in ("", "\n\n", f'{{"zip": "{"x" * 200_000}"}}'):
        with pytest.raises(BrokenFileError, match="no file of ZIP centroids"):
            await load_zips(directory.connection, file(directory, text))


async def test_an_open_quote_costs_one_line(directory: Directory) -> None:
    path = file(directory, 'zip,lat,lon\n"78701,30,-97\n' + "75201,32.78,-96.79\n" * 20_000)
    summary = await load_zips(directory.connection, path, max_rejected=1)
    assert (summary.rejected, summary.changed) == (1, 1)


async def test_a_file_of_bad_rows_is_not_read_to_its_end(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.nppes.rejects.ENOUGH", 10)
    listing = directory.folder / "rejected.csv"
    with pytest.raises(LoadError, match="More than 10 rows can't be taken"):
        await load_zips(directory.connection, file(directory, "zip,lat,lon\n" + "x,1,1\n" * 50), rejects=listing)
    assert len(listing.read_text(encoding="utf-8").splitlines()) == 1 + 11


GEONAMES = (
    "US\t78701\tAustin\tTexas\tTX\tTravis\t453\t\t\t30.2713\t-97.7426\t4\n"
    'US\t78701\tThe "Drag"\tTexas\tTX\tTravis\t453\t\t\t30.3\t-97.8\t4\n'
    "CA\t75201\tElsewhere\tOntario\tON\t\t\t\t\t45.0\t-75.0\t6\n"
    "US\t75201\tDallas\tTexas\tTX\tDallas\t113\t\t\t32.7831\t-96.7987\t4\n"
)
GAZETTEER = (
    "GEOID\tALAND\tAWATER\tALAND_SQMI\tAWATER_SQMI\tINTPTLAT\tINTPTLONG                          \n"
    f"78701\t1\t2\t3\t4\t{AUSTIN[0]}\t{AUSTIN[1]}           \n"
    f"75201\t1\t2\t3\t4\t{DALLAS[0]}\t{DALLAS[1]}           \n"
)
FORMS = {
    "GeoNames": GEONAMES.encode(),
    "a gazetteer of the Census Bureau": GAZETTEER.encode(),
    "one of 2025": GAZETTEER.replace("\t", "|").encode(),
    "a German spreadsheet": GOOD.replace(",", ";").replace(".", ",").encode("utf-8-sig"),
    "Unicode text": GOOD.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
    "Windows-1252": GOOD.replace("Dallas", "Dalla\u015f").replace("\u015f", "\u2019").encode("cp1252"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_zipped", [False, True])
async def test_centroids_as_people_have_them(directory: Directory, form: str, *, is_zipped: bool) -> None:
    path = directory.folder / "US.txt"
    path.write_bytes(FORMS[form])
    if is_zipped:
        path = directory.folder / "US.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "Readme for GeoNames Postal Code files")
            archive.writestr("__MACOSX/._US.txt", b"\0\5\x16\7")
            archive.write(directory.folder / "US.txt", "US.txt")
    await directory.companies(organisation(A))
    await directory.locations(secondary(A))
    summary = await load_zips(directory.connection, path)
    assert await positions(directory, A) == [at(AUSTIN), at(DALLAS)]
    assert (summary.changed, summary.located, summary.rejected) == (2, 2, 0)
