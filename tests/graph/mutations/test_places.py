"""The mutations of locations: entered, changed, chosen, removed and brought back, each within its company."""

import asyncio
from typing import Any

import pytest

from db.engine import connection_to
from tests.graph.mutations.conftest import ADMIN, BY_HAND, HOLZER, OBRIEN, Mutate

PAYLOAD = """
    location { id name kind isPrimary isActive phone email version timeZone address { formatted } company { npi } }
    company { npi version locations { nodes { id isPrimary } } }
    userErrors { code message field currentVersion }
"""
ADD = f"mutation($input: AddLocationInput!) {{ done: addLocation(input: $input) {{ {PAYLOAD} }} }}"
UPDATE = f"mutation($input: UpdateLocationInput!) {{ done: updateLocation(input: $input) {{ {PAYLOAD} }} }}"
PRIMARY = f"mutation($input: LocationChoice!) {{ done: setPrimaryLocation(input: $input) {{ {PAYLOAD} }} }}"
REMOVE = f"mutation($input: LocationChoice!) {{ done: removeLocation(input: $input) {{ {PAYLOAD} }} }}"
RESTORE = f"mutation($input: RestoreLocationInput!) {{ done: restoreLocation(input: $input) {{ {PAYLOAD} }} }}"

ADDRESS = {"line1": "9 Dock Rd", "city": "Austin", "state": "tx", "postalCode": "78701-0009"}
# Of its ZIP the built-in sample knows.
KNOWN = {**ADDRESS, "city": "Houston", "postalCode": "77002"}
OF_REGISTRY = "location:00000000-0000-4000-8000-000000000001"
WAREHOUSE = {
    "npi": BY_HAND,
    "kind": "WAREHOUSE",
    "name": "Cold store",
    "phone": "(512) 555-0142",
    "email": "Store@Example.COM",
    "address": ADDRESS,
}


async def done(mutate: Mutate, query: str, given: Any, **who: Any) -> Any:
    answer = await mutate(query, {"input": given}, **who)
    assert "errors" not in answer, answer
    return answer["data"]["done"]


def codes(payload: Any) -> set[tuple[str, str]]:
    return {(".".join(each["field"]), each["code"]) for each in payload["userErrors"]}


async def test_a_place_is_entered_in_the_form_that_is_kept(mutate: Mutate) -> None:
    payload = await done(mutate, ADD, WAREHOUSE)
    assert payload["userErrors"] == []
    location = payload["location"]
    assert location["address"]["formatted"] == "9 Dock Rd, Austin, TX 78701-0009"
    assert (location["phone"], location["email"]) == ("+15125550142", "Store@example.com")
    assert (location["kind"], location["company"]["npi"]) == ("WAREHOUSE", BY_HAND)
    assert payload["company"]["version"] == 2


async def test_a_place_is_entered_once_however_it_is_spelled(mutate: Mutate) -> None:
    await done(mutate, ADD, WAREHOUSE)
    spelled = {**WAREHOUSE, "address": {**ADDRESS, "line1": "9 DOCK ROAD", "postalCode": "78701"}}
    assert codes(await done(mutate, ADD, spelled)) == {("input.address", "DUPLICATE")}


async def test_all_that_is_wrong_with_a_place_is_told(mutate: Mutate) -> None:
    wrong = {
        "npi": BY_HAND,
        "kind": "PRIMARY_PRACTICE",
        "name": "a\tb",
        "phone": "555",
        "email": "nobody",
        "address": {"line1": "", "city": "Austin", "country": "Texas"},
    }
    assert codes(await done(mutate, ADD, wrong)) == {
        ("input.kind", "INVALID"),
        ("input.name", "INVALID"),
        ("input.phone", "INVALID"),
        ("input.email", "INVALID"),
        ("input.address.line1", "BLANK"),
        ("input.address.country", "INVALID"),
        ("input.address.state", "INVALID"),
        ("input.address.postalCode", "INVALID"),
    }


async def test_people_name_a_place_of_the_registry_but_do_not_move_it(mutate: Mutate) -> None:
    named = await done(mutate, UPDATE, {"id": OF_REGISTRY, "name": "Front desk", "email": "desk@obrien.example"})
    assert (named["location"]["name"], named["location"]["email"]) == ("Front desk", "desk@obrien.example")
    moved = await done(mutate, UPDATE, {"id": OF_REGISTRY, "address": ADDRESS, "phone": "5125550142"})
    assert codes(moved) == {("input.address", "OWNED_BY_REGISTRY"), ("input.phone", "OWNED_BY_REGISTRY")}


async def test_a_place_that_moves_gets_the_time_zone_of_its_zip(mutate: Mutate) -> None:
    added = await done(mutate, ADD, WAREHOUSE)
    abroad = {"line1": "1 High St", "city": "London", "postalCode": "N1 9GU", "country": "GB"}
    moved = await done(
        mutate, UPDATE, {"id": added["location"]["id"], "address": abroad, "phone": "020 7946 0958"}
    )
    assert moved["userErrors"] == []
    assert moved["location"]["phone"] == "+442079460958"
    assert moved["location"]["timeZone"] is None
    assert moved["location"]["version"] == 2


async def test_a_place_has_the_time_zone_that_it_is_given_until_it_moves(mutate: Mutate) -> None:
    added = (await done(mutate, ADD, {**WAREHOUSE, "address": KNOWN, "timeZone": "America/New_York"}))["location"]
    assert added["timeZone"] == "America/New_York"
    given = {"id": added["id"], "address": {**KNOWN, "line1": "10 Dock Rd"}}
    assert (await done(mutate, UPDATE, given))["location"]["timeZone"] == "America/New_York"
    abroad = {"line1": "1 High St", "city": "London", "postalCode": "N1 9GU", "country": "GB"}
    given = {"id": added["id"], "address": abroad, "timeZone": "Europe/London"}
    assert (await done(mutate, UPDATE, given))["location"]["timeZone"] == "Europe/London"
    given = {"id": added["id"], "address": KNOWN}
    assert (await done(mutate, UPDATE, given))["location"]["timeZone"] == "America/Chicago"
    assert codes(await done(mutate, UPDATE, {"id": added["id"], "timeZone": "Texas"})) == {
        ("input.timeZone", "INVALID")
    }
    same = await done(mutate, UPDATE, {"id": added["id"], "timeZone": None})
    assert (same["location"]["timeZone"], same["location"]["version"]) == ("America/Chicago", 4)
    given = {"id": OF_REGISTRY, "timeZone": "America/Denver"}
    assert codes(await done(mutate, UPDATE, given)) == {("input.timeZone", "OWNED_BY_REGISTRY")}


async def test_a_zip_of_another_state_is_told(mutate: Mutate) -> None:
    wrong = {**KNOWN, "state": "CA"}
    assert codes(await done(mutate, ADD, {**WAREHOUSE, "address": wrong})) == {
        ("input.address.postalCode", "INVALID")
    }
    added = (await done(mutate, ADD, {**WAREHOUSE, "address": KNOWN}))["location"]
    given = {"id": added["id"], "address": wrong}
    assert codes(await done(mutate, UPDATE, given)) == {("input.address.postalCode", "INVALID")}
    # What isn't known isn't told.
    unknown = {**KNOWN, "postalCode": "00001"}
    assert codes(await done(mutate, UPDATE, {"id": added["id"], "address": unknown})) == set()
    company = """
        mutation($input: UpdateCompanyInput!) { done: updateCompany(input: $input) { userErrors { code field } } }
    """
    told = await done(mutate, company, {"npi": BY_HAND, "mailingAddress": wrong})
    assert codes(told) == {("input.mailingAddress.postalCode", "INVALID")}


async def test_one_place_is_the_primary_one(mutate: Mutate) -> None:
    added = await done(mutate, ADD, WAREHOUSE)
    chosen = await done(mutate, PRIMARY, {"id": added["location"]["id"]})
    assert [each["id"] for each in chosen["company"]["locations"]["nodes"] if each["isPrimary"]] == [
        added["location"]["id"]
    ]
    again = await done(
        mutate, PRIMARY, {"id": added["location"]["id"], "ifVersion": chosen["location"]["version"]}
    )
    assert again["location"]["version"] == chosen["location"]["version"]


async def test_who_comes_second_with_a_first_place_is_told_to_try_again(mutate: Mutate, sample_copy: str) -> None:
    """A load that adds a company's primary place locks the place alone."""
    without_place = "2999999974"
    given = {**WAREHOUSE, "npi": without_place}
    async with connection_to(sample_copy) as loader:
        async with loader.transaction():
            await loader.execute(
                "INSERT INTO locations (id, npi, kind, is_primary, source)"
                " VALUES (gen_random_uuid(), $1, 'PRIMARY_PRACTICE', true, 'NPPES')", without_place
            )  # fmt: skip
            adding = asyncio.ensure_future(mutate(ADD, {"input": given}, ADMIN))
            await asyncio.sleep(0.5)
            assert not adding.done()
        refused = await adding
    assert refused["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    payload = await done(mutate, ADD, given, viewer=ADMIN)
    assert [each["isPrimary"] for each in payload["company"]["locations"]["nodes"]] == [True, False]


async def test_what_is_removed_can_be_brought_back(mutate: Mutate) -> None:
    added = (await done(mutate, ADD, WAREHOUSE))["location"]
    removed = await done(mutate, REMOVE, {"id": added["id"], "ifVersion": 1})
    assert removed["location"] is None
    assert added["id"] not in [each["id"] for each in removed["company"]["locations"]["nodes"]]
    assert codes(await done(mutate, UPDATE, {"id": added["id"], "name": "x"})) == {("input.id", "NOT_FOUND")}
    restored = (await done(mutate, RESTORE, {"id": added["id"]}))["location"]
    assert restored == {**added, "version": 2}
    assert codes(await done(mutate, RESTORE, {"id": added["id"]})) == {("input.id", "NOT_FOUND")}


async def test_a_place_of_the_registry_stays(mutate: Mutate) -> None:
    assert codes(await done(mutate, REMOVE, {"id": OF_REGISTRY})) == {("input.id", "OWNED_BY_REGISTRY")}


async def test_without_its_primary_place_a_company_has_another(mutate: Mutate) -> None:
    added = await done(mutate, ADD, WAREHOUSE)
    await done(mutate, PRIMARY, {"id": added["location"]["id"]})
    removed = await done(mutate, REMOVE, {"id": added["location"]["id"]})
    places = removed["company"]["locations"]["nodes"]
    assert [each["isPrimary"] for each in places] == [True] * bool(places) + [False] * (len(places) - 1)


@pytest.mark.parametrize(("query", "name"), [(UPDATE, "id"), (PRIMARY, "id"), (REMOVE, "id"), (RESTORE, "id")])
@pytest.mark.parametrize("number", [9_999, 6, 7])
async def test_a_foreign_place_and_none_are_told_alike(mutate: Mutate, query: str, name: str, number: int) -> None:
    payload = await done(mutate, query, {name: f"location:00000000-0000-4000-8000-{number:012d}"})
    assert codes(payload) == {("input.id", "NOT_FOUND")}


async def test_an_admin_enters_places_everywhere(mutate: Mutate) -> None:
    assert codes(await done(mutate, ADD, {**WAREHOUSE, "npi": HOLZER})) == {("input.npi", "NOT_FOUND")}
    payload = await done(mutate, ADD, {**WAREHOUSE, "npi": HOLZER}, viewer=ADMIN)
    assert payload["company"]["npi"] == HOLZER


async def test_a_company_is_entered_and_its_flag_set(mutate: Mutate) -> None:
    create = """
        mutation($input: CreateCompanyInput!) {
          done: createCompany(input: $input) {
            company { npi name source npiStatus isActive version } userErrors { code field }
          }
        }
    """
    given = {"npi": "1234567893", "name": "  New Supplies  "}
    assert codes(await done(mutate, create, given)) == {("input.npi", "NOT_FOUND")}
    created = await done(mutate, create, given, viewer=ADMIN)
    assert created["company"] == {
        "npi": "1234567893",
        "name": "New Supplies",
        "source": "MANUAL",
        "npiStatus": "UNKNOWN",
        "isActive": True,
        "version": 1,
    }
    assert codes(await done(mutate, create, given, viewer=ADMIN)) == {("input.npi", "TAKEN")}
    activate = """
        mutation($input: SetCompanyActiveInput!) {
          done: setCompanyActive(input: $input) { company { isActive version } userErrors { code field } }
        }
    """
    off = await done(mutate, activate, {"npi": OBRIEN, "isActive": False})
    assert off["company"] == {"isActive": False, "version": 4}
    back = await done(mutate, activate, {"npi": OBRIEN, "isActive": None})
    assert back["company"] == {"isActive": True, "version": 5}


async def test_who_changes_places_of_one_company_at_once_waits_in_one_order(mutate: Mutate) -> None:
    add = """
        mutation($line: String!) {
          addLocation(input: {
            npi: "2999999925", address: {line1: $line, city: "Austin", state: "TX", postalCode: "78701"}
          }) { location { id } }
        }
    """
    choose = "mutation($id: ID!) { setPrimaryLocation(input: {id: $id}) { location { isPrimary } } }"
    added = [await mutate(add, {"line": f"{number} A St"}) for number in range(4)]
    ids = [each["data"]["addLocation"]["location"]["id"] for each in added]
    for _ in range(3):
        chosen = await asyncio.gather(*(mutate(choose, {"id": ids[number % 4]}) for number in range(6)))
        assert [each["data"] for each in chosen] == [{"setPrimaryLocation": {"location": {"isPrimary": True}}}] * 6
