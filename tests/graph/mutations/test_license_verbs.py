"""The mutations of licenses: entered, taken over from NPPES, renewed, removed, each within its company."""

from typing import Any

import pytest
from sqlalchemy import text

from db.engine import Database
from db.statement import compiled
from graph.mutations.license_twins import MAX_LICENSES
from tests.graph.mutations.conftest import ADMIN, BY_HAND, HOLZER, OBRIEN, Mutate

PAYLOAD = """
    license {
      id kind name number state issuer issuedOn expiresOn isValid(on: "2030-01-01") source version company { npi }
    }
    company { npi version isLicenseValid(on: "2030-01-01") licenses { id } }
    userErrors { code message field currentVersion differing }
"""
ADD = f"mutation($input: AddLicenseInput!) {{ done: addLicense(input: $input) {{ {PAYLOAD} }} }}"
RENEW = f"mutation($input: RenewLicenseInput!) {{ done: renewLicense(input: $input) {{ {PAYLOAD} }} }}"
REMOVE = f"mutation($input: RemoveLicenseInput!) {{ done: removeLicense(input: $input) {{ {PAYLOAD} }} }}"
CHANGES = """
    query($after: String!) {
      changes(after: $after) {
        nodes { kind npi locationId licenseId license { number } fields { name old new } author { subject } }
      }
    }
"""
BOND = {
    "npi": BY_HAND,
    "kind": "SURETY_BOND",
    "number": " SB-4711 ",
    "issuer": "Acme Surety",
    "issuedOn": "2026-01-01",
    "expiresOn": "2031-12-31",
}
# Of the directory that every test reads; the second expired.
VALID, EXPIRED = (f"license:00000000-0000-4000-8000-{number:012}" for number in (101, 102))


@pytest.fixture(autouse=True)
async def _without_licenses(written: Database) -> None:
    """The company that is edited here has none at first."""
    async with written.transaction() as transaction:
        await transaction.read(compiled(text(f"DELETE FROM licenses WHERE npi = '{BY_HAND}'")))  # noqa: S608 - ours


async def done(mutate: Mutate, query: str, given: Any, **who: Any) -> Any:
    answer = await mutate(query, {"input": given}, **who)
    assert "errors" not in answer, answer
    return answer["data"]["done"]


def codes(payload: Any) -> set[tuple[str, str]]:
    return {(".".join(each["field"][1:]), each["code"]) for each in payload["userErrors"]}


async def test_a_license_lives_from_its_entry_to_its_removal_and_all_of_it_is_recorded(mutate: Mutate) -> None:
    start = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    added = await done(mutate, ADD, BOND)
    id_ = added["license"].pop("id")
    assert added == {
        "license": {
            "kind": "SURETY_BOND",
            "name": None,
            "number": "SB-4711",
            "state": None,
            "issuer": "Acme Surety",
            "issuedOn": "2026-01-01",
            "expiresOn": "2031-12-31",
            "isValid": True,
            "source": "MANUAL",
            "version": 1,
            "company": {"npi": BY_HAND},
        },
        "company": {"npi": BY_HAND, "version": 2, "isLicenseValid": True, "licenses": [{"id": id_}]},
        "userErrors": [],
    }
    renewed = await done(mutate, RENEW, {"id": id_, "expiresOn": "2032-12-31", "ifVersion": 1})
    assert (renewed["license"]["expiresOn"], renewed["license"]["version"]) == ("2032-12-31", 2)
    stale = await done(mutate, REMOVE, {"id": id_, "ifVersion": 1})
    assert (stale["license"], stale["userErrors"][0]["code"]) == (None, "CONFLICT")
    removed = await done(mutate, REMOVE, {"id": id_, "ifVersion": 2})
    assert removed["license"] is None
    assert removed["company"] == {"npi": BY_HAND, "version": 4, "isLicenseValid": None, "licenses": []}
    changes = (await mutate(CHANGES, {"after": start}))["data"]["changes"]["nodes"]
    assert [each["kind"] for each in changes] == ["LICENSE_ADDED", "LICENSE_RENEWED", "LICENSE_REMOVED"]
    assert {(each["npi"], each["licenseId"], each["locationId"]) for each in changes} == {(BY_HAND, id_, None)}
    assert {each["author"]["subject"] for each in changes} == {"editor"}
    told = [{field["name"]: (field["old"], field["new"]) for field in each["fields"]} for each in changes]
    assert (told[0]["number"], told[2]["number"]) == ((None, "SB-4711"), ("SB-4711", None))
    assert told[1] == {"expiresOn": ("2031-12-31", "2032-12-31")}


async def test_number_and_state_are_taken_over_from_a_taxonomy(mutate: Mutate) -> None:
    taken = {"npi": OBRIEN, "kind": "FACILITY", "expiresOn": "2030-06-30"}
    payload = await done(mutate, ADD, {**taken, "taxonomyCode": " 332b00000x "})
    assert payload["userErrors"] == []
    assert [payload["license"][name] for name in ("number", "state", "source")] == ["L-1", "TX", "NPPES"]
    wrong = {("taxonomyCode", "INVALID")}
    # One without a number, one that it hasn't, and one of another state.
    assert codes(await done(mutate, ADD, {**taken, "taxonomyCode": "335E00000X"})) == wrong
    assert codes(await done(mutate, ADD, {**taken, "taxonomyCode": "251E00000X"})) == wrong
    assert codes(await done(mutate, ADD, {**taken, "taxonomyCode": "332B00000X", "state": "FL"})) == wrong
    both = await done(mutate, ADD, {**taken, "taxonomyCode": "332B00000X", "number": "L-1"})
    assert ("number", "INVALID") in codes(both)


async def test_a_company_has_a_license_once_however_its_number_is_written(mutate: Mutate) -> None:
    again = {"npi": OBRIEN, "kind": "MEDICAL_EQUIPMENT", "number": "l 1", "state": "tx", "expiresOn": "2030-06-30"}
    assert codes(await done(mutate, ADD, again)) == {("number", "DUPLICATE")}
    assert codes(await done(mutate, ADD, {**again, "state": "LA"})) == set()
    many = """
        mutation($input: [AddLicenseInput!]!) {
          addLicenses(input: $input, onError: REJECT_FAILED) { outcomes { userErrors { code } } succeeded }
        }
    """
    rows = [{**again, "state": "FL"}, {**again, "state": "FL", "number": "L.1"}, {**again, "kind": "PHARMACY"}]
    outcomes = (await mutate(many, {"input": rows}))["data"]["addLicenses"]
    assert [each["userErrors"] for each in outcomes["outcomes"]] == [[], [{"code": "DUPLICATE"}], []]


async def test_a_company_has_not_too_many(mutate: Mutate) -> None:
    many = """
        mutation($input: [AddLicenseInput!]!) {
          addLicenses(input: $input, onError: REJECT_FAILED) {
            outcomes { userErrors { code } license { isValid company { licenses { id } } } } succeeded
          }
        }
    """
    rows = [{**BOND, "number": str(number)} for number in range(MAX_LICENSES + 1)]
    payload = (await mutate(many, {"input": rows}))["data"]["addLicenses"]
    assert payload["succeeded"] == MAX_LICENSES
    assert payload["outcomes"][-1]["userErrors"] == [{"code": "TOO_MANY"}]
    assert len(payload["outcomes"][0]["license"]["company"]["licenses"]) == MAX_LICENSES


async def test_all_that_is_wrong_is_told(mutate: Mutate) -> None:
    wrong = {"npi": HOLZER, "kind": "OTHER", "state": "Texas", "issuer": "x" * 201, "expiresOn": "2026-01-01"}
    assert codes(await done(mutate, ADD, {**wrong, "issuedOn": "2026-01-02"})) == {
        ("npi", "NOT_FOUND"),
        ("number", "BLANK"),
        ("state", "INVALID"),
        ("name", "BLANK"),
        ("issuer", "TOO_LONG"),
        ("issuedOn", "INVALID"),
    }
    named = {**wrong, "state": None, "issuer": None, "name": "Permit", "number": "7"}
    payload = await done(mutate, ADD, named, viewer=ADMIN)
    assert (payload["license"]["name"], payload["license"]["company"]["npi"]) == ("Permit", HOLZER)


async def test_renewing_makes_it_last_longer_by_this_number_or_another(mutate: Mutate) -> None:
    same = await done(mutate, RENEW, {"id": VALID, "expiresOn": "2099-06-30"})
    assert codes(same) == {("expiresOn", "INVALID")}
    renewed = await done(mutate, RENEW, {"id": VALID, "expiresOn": "2099-07-01", "number": "L-2"})
    assert [renewed["license"][name] for name in ("number", "source", "version")] == ["L-2", "MANUAL", 4]
    stale = await done(mutate, RENEW, {"id": EXPIRED, "expiresOn": "2030-12-31", "ifVersion": 9})
    [conflict] = stale["userErrors"]
    assert (conflict["code"], conflict["currentVersion"], conflict["differing"]) == ("CONFLICT", 1, ["expiresOn"])
    # A number that another one has.
    other = {"npi": OBRIEN, "kind": "OTHER", "name": "Permit", "number": "OX-78", "state": "LA"}
    await done(mutate, ADD, {**other, "expiresOn": "2030-12-31"})
    twin = await done(mutate, RENEW, {"id": EXPIRED, "expiresOn": "2030-12-31", "number": "ox78"})
    assert codes(twin) == {("number", "DUPLICATE")}


async def test_a_company_had_the_licenses_that_it_had(mutate: Mutate) -> None:
    id_ = (await done(mutate, ADD, BOND))["license"]["id"]
    entered = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    await done(mutate, RENEW, {"id": id_, "expiresOn": "2040-12-31", "number": "SB-2"})
    renewed = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    await done(mutate, REMOVE, {"id": id_})
    then = """
        query($cursor: String!) {
          company(npi: "2999999925", asOf: {cursor: $cursor}) {
            isLicenseValid(on: "2035-01-01") licenses { id number expiresOn version }
          }
        }
    """
    found = [(await mutate(then, {"cursor": each}))["data"]["company"] for each in (entered, renewed)]
    first = {"id": id_, "number": "SB-4711", "expiresOn": "2031-12-31", "version": 1}
    second = {"id": id_, "number": "SB-2", "expiresOn": "2040-12-31", "version": 2}
    assert found == [
        {"isLicenseValid": False, "licenses": [first]},
        {"isLicenseValid": True, "licenses": [second]},
    ]


async def test_a_foreign_license_and_none_are_told_alike(mutate: Mutate) -> None:
    ids = [f"license:00000000-0000-4000-8000-{number:012}" for number in (103, 999)]
    for query, others in ((RENEW, {"expiresOn": "2050-01-01"}), (REMOVE, {})):
        for id_ in ids:
            assert codes(await done(mutate, query, {"id": id_, **others})) == {("id", "NOT_FOUND")}
        assert codes(await done(mutate, query, {"id": f"company:{OBRIEN}", **others})) == {("id", "INVALID")}


async def test_what_is_only_tried_or_sent_again_is_not_done_twice(mutate: Mutate) -> None:
    tried = ADD.replace("input: $input", "input: $input, validateOnly: true")
    assert (await done(mutate, tried, BOND))["license"]["version"] == 1
    answers = [await mutate(ADD, {"input": BOND}, key="bond-1") for _ in range(2)]
    assert answers[0]["data"] == answers[1]["data"]
    assert answers[1]["extensions"]["idempotency"] == {"replayed": True}
    assert answers[0]["data"]["done"]["userErrors"] == []
