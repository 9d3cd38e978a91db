"""The verbs with many rows: an outcome for each, by statements whose number doesn't depend on that of the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.npi import check_digit
from db.reads import Read
from graph.directives.cost import MAX_ROWS
from tests.graph.mutations.conftest import ADMIN, BY_HAND, EDITOR, HOLZER, OBRIEN, Mutate

COMPANY = "company { npi website isActive version } userErrors { code message field currentVersion }"
LOCATION = """
    location { id name isPrimary version } company { npi version } userErrors { code message field currentVersion }
"""
LICENSE = """
    license { id number expiresOn version } company { npi version } userErrors { code message field }
"""
# Each verb's input type and what is asked of each row.
VERBS = {
    "createCompanies": ("CreateCompanyInput", COMPANY),
    "updateCompanies": ("UpdateCompanyInput", COMPANY),
    "setCompaniesActive": ("SetCompanyActiveInput", COMPANY),
    "addLocations": ("AddLocationInput", LOCATION),
    "updateLocations": ("UpdateLocationInput", LOCATION),
    "setPrimaryLocations": ("LocationChoice", LOCATION),
    "removeLocations": ("LocationChoice", LOCATION),
    "restoreLocations": ("RestoreLocationInput", LOCATION),
    "addLicenses": ("AddLicenseInput", LICENSE),
    "renewLicenses": ("RenewLicenseInput", LICENSE),
    "removeLicenses": ("RemoveLicenseInput", LICENSE),
}
OF_REGISTRY = "location:00000000-0000-4000-8000-000000000001"

Row = Mapping[str, Any]


def npi_of(number: int) -> str:
    """A number that no company of the directory has."""
    nine = f"17{number:07}"
    return nine + check_digit(nine)


def place(npi: str, line: str, **others: Any) -> Row:
    address = {"line1": line, "city": "Austin", "state": "TX", "postalCode": "78701"}
    return {"npi": npi, "address": address, **others}


async def answer_of(mutate: Mutate, verb: str, rows: Sequence[Row], *, only: bool = False, **others: Any) -> Any:
    type_, asked = VERBS[verb]
    query = f"""
        mutation($input: [{type_}!]!, $policy: BulkErrorPolicy! = REJECT_ALL, $only: Boolean! = false) {{
          done: {verb}(input: $input, onError: $policy, validateOnly: $only) {{
            outcomes {{ {asked} }} succeeded failed
          }}
        }}
    """
    policy = {"policy": others.pop("policy")} if "policy" in others else {}
    return await mutate(query, {"input": rows, "only": only, **policy}, others.pop("viewer", ADMIN), **others)


async def done(mutate: Mutate, verb: str, rows: Sequence[Row], **others: Any) -> Any:
    answer = await answer_of(mutate, verb, rows, **others)
    assert "errors" not in answer, answer
    payload = answer["data"]["done"]
    assert payload["succeeded"] + payload["failed"] == len(payload["outcomes"]) == len(rows)
    assert payload["failed"] == sum(bool(each["userErrors"]) for each in payload["outcomes"])
    return payload["outcomes"]


def told(outcomes: Any) -> list[set[tuple[str, str]]]:
    """The way to each problem of each row, and its code."""
    return [{(".".join(each["field"]), each["code"]) for each in row["userErrors"]} for row in outcomes]


async def test_every_verb_takes_as_many_statements_for_500_rows_as_for_one(
    mutate: Mutate, run_statements: list[Read]
) -> None:
    counts = []
    for numbers in ([0], range(1, MAX_ROWS + 1)):
        npis = [npi_of(number) for number in numbers]
        found: list[list[str]] = []

        async def do(verb: str, rows: Sequence[Row], found: list[list[str]] = found) -> Any:
            run_statements.clear()
            outcomes = await done(mutate, verb, rows)
            assert told(outcomes) == [set()] * len(rows)
            found.append([each.text for each in run_statements])
            return outcomes

        await do("createCompanies", [{"npi": npi, "name": f"Company {npi}"} for npi in npis])
        await do("addLocations", [place(npi, "1 A St") for npi in npis])
        added = await do("addLocations", [place(npi, "2 B St") for npi in npis])
        places = [{"id": each["location"]["id"]} for each in added]
        await do("updateCompanies", [{"npi": npi, "website": f"{npi}.example"} for npi in npis])
        off = await do("setCompaniesActive", [{"npi": npi, "isActive": False} for npi in npis])
        assert {each["company"]["isActive"] for each in off} == {False}
        moved = [{"name": "Second", "address": place("", "3 C St")["address"], **each} for each in places]
        await do("updateLocations", moved)
        chosen = await do("setPrimaryLocations", places)
        assert {each["location"]["isPrimary"] for each in chosen} == {True}
        removed = await do("removeLocations", places)
        assert {each["location"] is None for each in removed} == {True}
        back = await do("restoreLocations", places)
        assert [each["location"]["id"] for each in back] == [each["id"] for each in places]
        assert {(each["location"]["name"], each["location"]["isPrimary"]) for each in back} == {("Second", False)}
        assert [each["company"]["npi"] for each in back] == npis
        license_ = {"kind": "PHARMACY", "number": "1", "expiresOn": "2026-12-31"}
        entered = await do("addLicenses", [{"npi": npi, **license_} for npi in npis])
        held = [{"id": each["license"]["id"]} for each in entered]
        renewed = await do("renewLicenses", [{**each, "expiresOn": "2027-12-31"} for each in held])
        assert {each["license"]["expiresOn"] for each in renewed} == {"2027-12-31"}
        gone = await do("removeLicenses", held)
        assert [each["company"]["npi"] for each in gone] == npis
        counts.append([len(each) for each in found])
    assert counts[0] == counts[1]


MIXED = [
    {"npi": OBRIEN, "website": "https://a.example"},
    {"npi": HOLZER, "website": "https://b.example"},
    {"npi": BY_HAND, "website": "no site", "name": ""},
    {"npi": BY_HAND, "website": "https://d.example"},
    {"npi": "1234567893", "website": "https://e.example"},
]
WRONG = [
    {("input.1.npi", "NOT_FOUND")},
    {("input.2.website", "INVALID"), ("input.2.name", "BLANK")},
    {("input.3.npi", "REPEATED")},
    {("input.4.npi", "NOT_FOUND")},
]


async def test_one_bad_row_and_nothing_is_done(mutate: Mutate) -> None:
    outcomes = await done(mutate, "updateCompanies", MIXED, viewer=EDITOR)
    assert told(outcomes) == [{("input.0", "NOT_DONE")}, *WRONG]
    assert [each["company"] for each in outcomes] == [None] * 5
    kept = await mutate('{ company(npi: "2999999909") { version } dataset { cursor } }')
    assert kept["data"]["company"]["version"] == 3


async def test_good_rows_can_be_done_without_the_bad_ones(mutate: Mutate) -> None:
    key: dict[str, Any] = {"viewer": EDITOR, "policy": "REJECT_FAILED", "key": "mixed"}
    first = await answer_of(mutate, "updateCompanies", MIXED, **key)
    again = await answer_of(mutate, "updateCompanies", MIXED, **key)
    outcomes = first["data"]["done"]["outcomes"]
    assert told(outcomes) == [set(), *WRONG]
    assert outcomes[0]["company"]["website"] == "https://a.example"
    assert (first["data"]["done"]["succeeded"], first["data"]["done"]["failed"]) == (1, 4)
    assert int(first["extensions"]["consistency"]["cursor"]) > 0
    assert again["data"] == first["data"]
    assert again["extensions"] == {**first["extensions"], "idempotency": {"replayed": True}}


async def test_rows_that_meet_are_told_on_the_later_one(mutate: Mutate) -> None:
    keep = {"policy": "REJECT_FAILED"}
    new = npi_of(1)
    created = await done(mutate, "createCompanies", [{"npi": new, "name": "A"}, {"npi": new, "name": "B"}], **keep)
    assert told(created) == [set(), {("input.1.npi", "REPEATED")}]
    taken = await done(mutate, "createCompanies", [{"npi": npi_of(2), "name": "C"}, {"npi": new, "name": "B"}])
    assert told(taken) == [{("input.0", "NOT_DONE")}, {("input.1.npi", "TAKEN")}]
    rows = [place(new, "1 A St"), place(new, "1 A Street"), place(BY_HAND, "1 A St"), place(new, "2 B St")]
    added = await done(mutate, "addLocations", rows, **keep)
    assert told(added) == [set(), {("input.1.address", "DUPLICATE")}, set(), set()]
    # The first of the list, as if they had been added one after the other.
    assert [each["location"] and each["location"]["isPrimary"] for each in added][::3] == [True, False]
    first, last = (added[number]["location"]["id"] for number in (0, 3))
    primary = await done(mutate, "setPrimaryLocations", [{"id": last}, {"id": first}], **keep)
    assert told(primary) == [set(), {("input.1.id", "REPEATED")}]
    # What the first row leaves, the second one can have; but not what it takes.
    swap = [
        (first, "3 C St"),
        (last, "1 A St"),
        (first, "4 D St"),
        (OF_REGISTRY, "5 E St"),
        ("location:1", "6 F St"),
    ]
    moved = [{"id": id_, "address": place("", line)["address"]} for id_, line in swap]
    assert told(await done(mutate, "updateLocations", moved, **keep)) == [
        set(),
        set(),
        {("input.2.id", "REPEATED")},
        {("input.3.address", "OWNED_BY_REGISTRY")},
        {("input.4.id", "INVALID")},
    ]
    taking = [
        {"id": first, "address": place("", "7 G St")["address"]},
        {"id": last, "address": place("", "7 G St")["address"]},
    ]
    assert told(await done(mutate, "updateLocations", taking, **keep)) == [
        set(),
        {("input.1.address", "DUPLICATE")},
    ]
    gone = await done(mutate, "removeLocations", [{"id": last, "ifVersion": 1}, {"id": first}], **keep)
    assert told(gone) == [{("input.0.ifVersion", "CONFLICT")}, set()]
    assert (await done(mutate, "removeLocations", [{"id": last}]))[0]["company"]["npi"] == new
    both = await done(mutate, "restoreLocations", [{"id": last}, {"id": first}, {"id": last}], **keep)
    assert [each["location"] and each["location"]["isPrimary"] for each in both] == [True, False, None]


async def test_a_list_is_left_with_the_rest_of_an_atomic_mutation(mutate: Mutate) -> None:
    query = """
        mutation($many: [UpdateCompanyInput!]!) @atomic {
          many: updateCompanies(input: $many) {
            outcomes { company { npi locations { nodes { id } } } userErrors { code } } succeeded failed
          }
          one: updateCompany(input: {npi: "2999999909", website: "no site"}) { userErrors { code } }
        }
    """
    given = [{"npi": npi, "website": "https://a.example"} for npi in (OBRIEN, BY_HAND)]
    answer = await mutate(query, {"many": given})
    left = {"company": None, "userErrors": [{"code": "NOT_DONE"}]}
    assert answer["data"]["many"] == {"outcomes": [left] * 2, "succeeded": 0, "failed": 2}
    assert answer["data"]["one"] == {"userErrors": [{"code": "INVALID"}]}


async def test_a_list_can_be_tried(mutate: Mutate) -> None:
    rows = [{"npi": npi_of(number), "name": "Tried"} for number in range(3)]
    for policy in ("REJECT_ALL", "REJECT_FAILED"):
        tried = await done(mutate, "createCompanies", rows, only=True, policy=policy)
        assert [each["company"]["npi"] for each in tried] == [row["npi"] for row in rows]
    assert told(await done(mutate, "createCompanies", rows)) == [set()] * 3


async def test_a_list_has_an_end(mutate: Mutate, run_statements: list[Read]) -> None:
    rows: Mapping[str, Row] = {
        "createCompanies": {"npi": BY_HAND, "name": "x"},
        "updateCompanies": {"npi": BY_HAND},
        "setCompaniesActive": {"npi": BY_HAND, "isActive": None},
        "addLocations": place(BY_HAND, "1 A St"),
        "addLicenses": {"npi": BY_HAND, "kind": "PHARMACY", "number": "1", "expiresOn": "2026-12-31"},
        "renewLicenses": {"id": OF_REGISTRY, "expiresOn": "2026-12-31"},
    }
    for verb in VERBS:
        assert await done(mutate, verb, []) == []
        run_statements.clear()
        answer = await answer_of(mutate, verb, [rows.get(verb, {"id": OF_REGISTRY})] * (MAX_ROWS + 1))
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == "input lists 501 rows; at most 500 at a time."
        assert run_statements == []
