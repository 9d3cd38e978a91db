"""The first release: copied straight into its tables, it makes what the merges make."""

from typing import Any

from db.nppes import layout
from db.nppes.layout import FileKind
from db.nppes.writer import write_sample
from tests.db.nppes.cms import A, B, C, Directory, npi, organisation, other_name, person, secondary

# A number that no file below has.
STRANGER = npi(1)

# What a company or location doesn't owe to the files, and how often it was written.
OWN = ("created_at", "updated_at", "version")
ROWS = "SELECT to_jsonb(t) - '{{{own}}}'::text[] AS row FROM {table} t WHERE npi <> $1 ORDER BY 1"
RECORDED = """
    SELECT npi, location_id, kind, fields FROM changes
    WHERE npi <> $1 AND kind IN ('COMPANY_CREATED', 'LOCATION_ADDED') ORDER BY npi, location_id, kind
"""


async def contents(directory: Directory) -> list[Any]:
    queries = [ROWS.format(own=",".join(OWN), table=table) for table in ("companies", "locations")]
    return [await directory.connection.fetch(query, STRANGER) for query in (*queries, RECORDED)]


async def keys_and_indexes(directory: Directory) -> list[Any]:
    query = """
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1
    """
    return [row[0] for row in await directory.connection.fetch(query)]


async def test_a_first_release_makes_what_the_merges_make(directory: Directory) -> None:
    write_sample(directory.folder, 400, seed=3, people=0.5)
    before = await keys_and_indexes(directory)
    first = await directory.load(directory.folder)
    straight = await contents(directory)
    assert await keys_and_indexes(directory) == before

    await directory.connection.execute("TRUNCATE companies, locations, changes, deactivations, loads CASCADE")
    other = directory.write(FileKind.COMPANIES, [organisation(STRANGER)], "20050523-20060101")
    await directory.load(other)
    other.unlink()
    merged = await directory.load(directory.folder)
    assert await contents(directory) == straight
    for count in ("created", "locations_added", "individuals", "read", "strangers", "duplicates"):
        assert first.total(count) == merged.total(count), count


async def test_who_followed_the_log_before_a_first_release_is_told_that_it_is_gone(directory: Directory) -> None:
    insert = "INSERT INTO changes (npi, kind) VALUES ($1, 'COMPANY_REMOVED') RETURNING id"
    gone = await directory.connection.fetchval(insert, STRANGER)
    await directory.companies(organisation(A))
    assert await directory.connection.fetchval("SELECT min(cursor) FROM change_marks") == gone
    assert await directory.connection.fetchval("SELECT min(id) FROM changes") > gone


async def test_a_number_that_comes_twice_is_left_to_the_merges(directory: Directory) -> None:
    rows = [organisation(A, "THE FIRST"), organisation(A, "THE SECOND", line1="2 MAIN ST"), organisation(B)]
    before = await keys_and_indexes(directory)
    summary = await directory.companies(*rows)
    assert (await directory.company(A))["name"] == "THE FIRST"
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST"]
    assert (summary.total("created"), summary.total("locations_added")) == (2, 2)
    assert [kind for _, kind, _ in await directory.changes()].count("COMPANY_CREATED") == 2
    assert await keys_and_indexes(directory) == before


async def test_what_copy_gives_a_meaning_is_kept_and_control_characters_are_blanks(directory: Directory) -> None:
    names = {A: "BACK\\SLASH \\N \\. LLC", B: "TAB\tAND\\TAB LLC\t", C: "RETURN\rAND\x0b\x1bMORE\x7fLLC"}
    main = [organisation(number, name, line2="\\N") for number, name in names.items()]
    await directory.load(
        directory.write(FileKind.COMPANIES, main),
        directory.write(FileKind.NAMES, [other_name(A, "OTHER\tNAME\\")]),
        directory.write(FileKind.LOCATIONS, [secondary(A, "9 ELM\tAVE\\")]),
    )
    stored = [(await directory.company(number))["name"] for number in names]
    assert stored == [names[A], "TAB AND\\TAB LLC", "RETURN AND  MORE LLC"]
    assert [place["line2"] for place in await directory.places(A)] == ["\\N", None]
    assert (await directory.places(A))[1]["line1"] == "9 ELM AVE\\"
    assert (await directory.company(A))["further_names"] == (
        '[{"kind": "DOING_BUSINESS_AS", "name": "OTHER NAME\\\\"}]'
    )


async def test_names_of_people_and_of_nobody_find_no_company(directory: Directory) -> None:
    await directory.load(
        directory.write(FileKind.COMPANIES, [organisation(B), person(C)]),
        directory.write(FileKind.NAMES, [other_name(A, "LOW"), other_name(B, "TWICE"), other_name(B, "TWICE"),
                                         other_name(C, "HIGH")]),
    )  # fmt: skip
    assert (await directory.company(B))["further_names"] == '[{"kind": "DOING_BUSINESS_AS", "name": "TWICE"}]'


async def test_locations_have_their_zips_centroid_only_in_the_us(directory: Directory) -> None:
    await directory.connection.execute(
        "INSERT INTO zips (zip, position, time_zone) VALUES ('78701', '(-97.5,30.25)', 'America/Chicago')"
    )
    canada = {layout.PRACTICE["country"]: "CA"}
    await directory.companies(organisation(A), organisation(B) | canada, organisation(C, postal_code="99999"))
    placed = [(await directory.places(number))[0] for number in (A, B, C)]
    assert [(row["position"], row["position_precision"], row["time_zone"]) for row in placed] == [
        ((-97.5, 30.25), "ZIP5_CENTROID", "America/Chicago"), (None, None, None), (None, None, None),
    ]  # fmt: skip
