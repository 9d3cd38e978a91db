"""The change log: every change once, in the order of the commits, with what it was and what it became."""

import asyncio
import random
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from db import changes
from db.changes import Author, Change
from db.edits import companies, locations
from db.engine import Database
from db.statement import compiled
from graph.identity.viewer import EVERY, Viewer
from tests.graph.mutations.conftest import ADMIN, BY_HAND, EDITOR, OBRIEN, Mutate

UPDATE = """
    mutation($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) {
        company { history(first: 1) { nodes { kind } } } userErrors { code }
      }
    }
"""
CHANGES = """
    query($after: String, $first: Int, $filter: ChangeFilter) {
      changes(after: $after, first: $first, filter: $filter) {
        nodes {
          cursor kind npi company { name } locationId location { name } author { issuer subject }
          fields { name old new isHidden }
        }
        pageInfo { endCursor hasNextPage }
      }
    }
"""
# One with a place on the map, and one without.
ZIPS = ("78731", "00000")
PARTNER = Viewer("partner", frozenset({"PARTNER"}))


async def cursor_of(mutate: Mutate) -> str:
    answer = await mutate("{ dataset { cursor } }")
    return str(answer["data"]["dataset"]["cursor"])


async def after(mutate: Mutate, cursor: str, viewer: Viewer = EDITOR, **variables: Any) -> Any:
    answer = await mutate(CHANGES, {"after": cursor, **variables}, viewer)
    assert "errors" not in answer, answer
    return answer["data"]["changes"]["nodes"]


async def test_a_change_says_what_it_was_and_by_whom(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    await mutate(UPDATE, {"npi": OBRIEN, "website": "https://new.example"})
    [change] = await after(mutate, start)
    assert change.pop("cursor") > start
    assert change == {
        "kind": "COMPANY_UPDATED",
        "npi": OBRIEN,
        "company": {"name": "O'BRIEN'S ÜTRECHT CAFÉ, INC."},
        "locationId": None,
        "location": None,
        "author": {"issuer": "https://issuer.example", "subject": "editor"},
        "fields": [
            {
                "name": "website",
                "old": "https://obrien.example",
                "new": "https://new.example",
                "isHidden": False,
            }
        ],
    }


async def test_what_comes_or_goes_says_all_that_it_held_and_each_change_its_version(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    create = 'mutation { createCompany(input: {npi: "1234567893", name: "New"}) { company { version } } }'
    add = """
        mutation {
          addLocation(input: {
            npi: "1234567893", address: {line1: "1 A St", city: "Miami", state: "FL", postalCode: "33101"}
          }) { location { id } }
        }
    """
    everyone = replace(EDITOR, companies=frozenset({EVERY}))
    await mutate(create, viewer=everyone)
    added = (await mutate(add, viewer=everyone))["data"]["addLocation"]["location"]["id"]
    for verb in ("removeLocation", "restoreLocation"):
        await mutate(
            f'mutation {{ {verb}(input: {{id: "{added}"}}) {{ userErrors {{ code }} }} }}', viewer=everyone
        )
    query = "query($after: String) { changes(after: $after) { nodes { kind version fields { name old new } } } }"
    found = (await mutate(query, {"after": start}, PARTNER))["data"]["changes"]["nodes"]
    assert [(each["kind"], each["version"]) for each in found] == [
        ("COMPANY_CREATED", 1),
        ("LOCATION_ADDED", 2),
        ("LOCATION_REMOVED", 3),
        ("LOCATION_RESTORED", 4),
    ]
    created, held, lost, back = ({each["name"]: each for each in change["fields"]} for change in found)
    assert {"name", "source", "npiStatus", "isActive", "createdAt"} <= created.keys()
    assert (held["isPrimary"]["old"], held["isPrimary"]["new"]) == (None, True)
    assert lost.keys() == held.keys() == back.keys()
    assert {name: each["old"] for name, each in lost.items()} == {name: each["new"] for name, each in back.items()}


async def test_a_new_address_tells_of_the_new_place_on_the_map(mutate: Mutate) -> None:
    known, unknown = (f'{{line1: "1 A St", city: "Austin", state: "TX", postalCode: "{zip_}"}}' for zip_ in ZIPS)
    adding = f'addLocation(input: {{npi: "{BY_HAND}", address: {known}}})'
    added = (await mutate(f"mutation {{ {adding} {{ location {{ id position {{ latitude longitude }} }} }} }}"))[
        "data"
    ]["addLocation"]["location"]
    assert added["position"] is not None
    start = await cursor_of(mutate)
    moving = f'updateLocation(input: {{id: "{added["id"]}", address: {unknown}}}) {{ userErrors {{ code }} }}'
    assert (await mutate(f"mutation {{ {moving} }}"))["data"]["updateLocation"]["userErrors"] == []
    [change] = await after(mutate, start)
    fields = {each["name"]: each for each in change["fields"]}
    # As the schema has it.
    assert fields["position"]["old"] == added["position"]
    assert "positionPrecision" in fields


async def test_values_have_the_names_that_the_schema_has(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    address = '{line1: "9 Dock Rd", city: "Austin", state: "TX", postalCode: "78701"}'
    writing = f'updateCompany(input: {{npi: "{BY_HAND}", mailingAddress: {address}}}) {{ userErrors {{ code }} }}'
    assert (await mutate(f"mutation {{ {writing} }}"))["data"]["updateCompany"]["userErrors"] == []
    [change] = await after(mutate, start)
    [field] = [each for each in change["fields"] if each["name"] == "mailingAddress"]
    assert field["new"]["postalCode"] == "78701"


async def test_what_is_only_tried_or_refused_is_no_change(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    tried = """
        mutation {
          updateCompany(input: {npi: "2999999909", website: null}, validateOnly: true) { userErrors { code } }
        }
    """
    await mutate(tried)
    await mutate(UPDATE, {"npi": OBRIEN, "website": "no site"})
    assert await after(mutate, start) == []


async def test_a_tax_id_is_seen_in_changes_by_whom_it_is_seen_elsewhere(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    await mutate(
        'mutation { updateCompany(input: {npi: "2999999909", taxId: "98-7654321"}) { userErrors { code } } }',
        viewer=ADMIN,
    )
    [seen] = (await after(mutate, start, ADMIN))[0]["fields"]
    assert (seen["old"], seen["new"], seen["isHidden"]) == ("1234", "4321", False)
    [hidden] = (await after(mutate, start))[0]["fields"]
    assert (hidden["name"], hidden["old"], hidden["new"], hidden["isHidden"]) == ("taxId", None, None, True)


async def test_authors_are_named_to_those_who_edit(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    await mutate(UPDATE, {"npi": OBRIEN, "website": "https://new.example"})
    answer = await mutate(CHANGES, {"after": start}, PARTNER)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert answer["data"]["changes"]["nodes"][0]["author"] is None


async def test_changes_are_narrowed_by_company_kind_and_place(mutate: Mutate) -> None:
    start = await cursor_of(mutate)
    await mutate(UPDATE, {"npi": OBRIEN, "website": "https://new.example"})
    await mutate(UPDATE, {"npi": BY_HAND, "website": "https://new.example"})
    add = """
        mutation {
          addLocation(input: {
            npi: "2999999925", address: {line1: "1 A St", city: "Miami", state: "FL", postalCode: "33101"}
          }) {
            location { id } userErrors { code }
          }
        }
    """
    added = await mutate(add)
    location = added["data"]["addLocation"]["location"]["id"]

    async def found(**filter_: Any) -> list[tuple[str, str]]:
        return [(each["npi"], each["kind"]) for each in await after(mutate, start, filter=filter_)]

    assert await found(npis=[OBRIEN]) == [(OBRIEN, "COMPANY_UPDATED")]
    assert await found(kinds=["LOCATION_ADDED"]) == [(BY_HAND, "LOCATION_ADDED")]
    # It had no place there when its web site was changed.
    assert await found(states=["fl"]) == [(BY_HAND, "LOCATION_ADDED")]
    assert await found(states=["FL"], cities=["MIAMI"], postalCodes=["33101-0001"], isActive=True) == [
        (BY_HAND, "LOCATION_ADDED")
    ]
    assert await found(states=["FL"], taxonomyCodes=["332B00000X"]) == []
    assert await found(states=["FL"], isActive=False) == []
    assert await found(states=["CA"]) == []
    for mistake in ({"states": ["Texas"]}, {"postalCodes": ["7870"]}, {"companyIds": ["7"]}):
        answer = await mutate(CHANGES, {"after": start, "filter": mistake})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"], mistake
    assert await found(states=["TX"], companyIds=[f"company:{OBRIEN}"]) == [(OBRIEN, "COMPANY_UPDATED")]
    assert await found(npis=[]) == []
    assert (await after(mutate, start))[-1]["locationId"] == location


async def test_a_company_has_its_history_the_newest_change_first(mutate: Mutate) -> None:
    for number in range(3):
        await mutate(UPDATE, {"npi": OBRIEN, "website": f"https://{number}.example"})
    query = """
        query($after: String) {
          company(npi: "2999999909") {
            history(first: 2, after: $after) {
              nodes { fields { old new } } pageInfo { endCursor hasNextPage }
            }
          }
        }
    """
    first = (await mutate(query))["data"]["company"]["history"]
    assert [each["fields"][0]["new"] for each in first["nodes"]] == ["https://2.example", "https://1.example"]
    second = (await mutate(query, {"after": first["pageInfo"]["endCursor"]}))["data"]["company"]["history"]
    assert second["nodes"][0]["fields"][0]["old"] == "https://obrien.example"
    # Asked for twice, it has no more of it.
    twice = '{ companiesByNpi(npis: ["2999999909", "2999999909"]) { history(first: 9) { nodes { cursor } } } }'
    [one, other] = [each["history"]["nodes"] for each in (await mutate(twice))["data"]["companiesByNpi"]]
    assert one == other
    assert len({each["cursor"] for each in one}) == len(one)


async def test_a_cursor_that_cannot_be_followed_is_told_with_the_oldest_that_can(
    mutate: Mutate, written: Database
) -> None:
    start = await cursor_of(mutate)
    await mutate(UPDATE, {"npi": OBRIEN, "website": "https://new.example"})
    floor = compiled(text("UPDATE change_marks SET cursor = :cursor"))
    async with written.transaction() as transaction:
        await transaction.read(floor, {"cursor": int(start)})
    for cursor, says in (
        ("0", "after the cursor 0"),
        (None, "from the beginning"),
        (f"{start}00", "No change has"),
    ):
        answer = await mutate(CHANGES, {"after": cursor})
        [error] = answer["errors"]
        assert error["message"].count(says) == 1
        assert "read the directory anew" in error["message"]
        assert (error["extensions"]["code"], error["extensions"]["oldestCursor"]) == ("CURSOR_EXPIRED", start)
    assert len(await after(mutate, start)) == 1


@pytest.mark.slow
async def test_who_waits_too_long_for_others_to_record_is_told_to_try_again(
    mutate: Mutate, written: Database
) -> None:
    start = await changes.last(written)
    async with written.transaction() as transaction:
        # As a load of hundreds of thousands does at its end.
        await changes.record(transaction, [Change(BY_HAND, "COMPANY_UPDATED", ())], Author("", "load"))
        answer = await mutate(UPDATE, {"npi": OBRIEN, "website": "https://late.example"})
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert await changes.last(written) == start + 1
    assert "errors" not in await mutate(UPDATE, {"npi": OBRIEN, "website": "https://late.example"})


@pytest.mark.parametrize("cursor", ["soon", "-1", "1.5", "", "9" * 30])
async def test_what_is_no_cursor_is_told(mutate: Mutate, cursor: str) -> None:
    answer = await mutate(CHANGES, {"after": cursor})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_follower_misses_nothing_and_sees_nothing_twice(written: Database) -> None:
    """Writers pause at random between their change and their commit; ids are given in the order of the commits."""
    author, total = Author("", "writer"), 120
    seen: list[tuple[str, str]] = []
    times: list[datetime] = []
    rng = random.Random(3)  # noqa: S311 - pauses, no secrets

    turns = asyncio.Semaphore(8)

    async def write(number: int) -> None:
        await asyncio.sleep(rng.random() / 50)
        async with turns, written.transaction() as transaction:
            await asyncio.sleep(rng.random() / 50)
            made = [Change(OBRIEN, "COMPANY_UPDATED", (), new={"website": str(number)})]
            await changes.record(transaction, made, author)
            await asyncio.sleep(rng.random() / 100)

    async def follow(start: int) -> None:
        cursor = start
        while len(seen) < total:
            page = await changes.page(written, cursor, 7, changes.Filter())
            seen.extend((str(row["id"]), row["new"]["website"]) for row in page.rows)
            times.extend(row["occurred_at"] for row in page.rows)
            cursor = page.rows[-1]["id"] if page.rows else cursor
            await asyncio.sleep(0)

    start = await changes.last(written)
    writers = asyncio.gather(*(write(number) for number in range(total)))
    await asyncio.wait_for(asyncio.gather(writers, follow(start)), 60)
    assert sorted(int(website) for _, website in seen) == list(range(total))
    assert [int(id_) for id_, _ in seen] == sorted(int(id_) for id_, _ in seen)
    assert times == sorted(times)


async def test_who_waited_for_another_change_notes_what_that_one_left(mutate: Mutate, written: Database) -> None:
    start = await changes.last(written)
    waits = compiled(text("SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"))
    lists = compiled(text("SELECT facets_before, facets_after FROM changes WHERE id > :start AND kind = :kind"))
    async with written.transaction() as transaction:
        await companies.lock(transaction, [BY_HAND], None)
        row = {**dict.fromkeys(locations.EDITABLE), "id": uuid4(), "npi": BY_HAND, "is_active": True}
        place = {"line1": "1 A St", "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US"}
        await locations.add(transaction, [{**row, **place, "kind": "OTHER"}])
        waiting = asyncio.ensure_future(mutate(UPDATE, {"npi": BY_HAND, "website": "https://late.example"}))
        while not await written.read(waits):
            assert not waiting.done()
            await asyncio.sleep(0.01)
    assert "errors" not in await waiting
    [noted] = await written.read(lists, {"start": start, "kind": "COMPANY_UPDATED"})
    assert "state=NV" in noted["facets_before"]
    assert sorted(noted["facets_before"]) == sorted(noted["facets_after"])


@pytest.mark.parametrize("field", ["states", "cities", "postalCodes"])
async def test_what_no_change_could_be_found_by_is_refused(mutate: Mutate, field: str) -> None:
    await after(mutate, "0", filter={field: [330 * "\u65e5"]})
    answer = await mutate(CHANGES, {"filter": {field: [331 * "\u65e5"]}})
    [error] = answer["errors"]
    assert error["message"] == f"{field} holds a text of more than 990 bytes."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
