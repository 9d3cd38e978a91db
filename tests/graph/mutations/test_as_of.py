"""Companies and places as they were: what was answered is answered again, however much was changed since."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from db.engine import Database
from graph.cache.watch import Watch
from graph.context import Context
from graph.execution.facts import facts_of
from graph.execution.oracle import Oracle
from graph.execution.run import Runner
from graph.identity.viewer import ANONYMOUS, EVERY, Viewer
from graph.schema import core_schema
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.mutations.conftest import EDITOR, Mutate

NPI = "1234567893"
EDITS_ALL = replace(EDITOR, companies=frozenset({EVERY}))

PLACE = "id name isPrimary kind version updatedAt createdAt address { formatted } position { latitude } email"
COMPANY = f"""
    name isActive website npiStatus source version updatedAt createdAt names {{ name }} taxonomies {{ code }}
    licenses {{ number }}
    primaryLocation {{ {PLACE} company {{ version }} }}
    locations {{
      nodes {{ {PLACE} }} edges {{ cursor }} pageInfo {{ hasNextPage endCursor }} totalCount {{ value }}
    }}
    texan: locations(first: 1, filter: {{state: ["TX"]}}, orderBy: {{field: CITY}}) {{
      nodes {{ id }} pageInfo {{ hasNextPage }} totalCount {{ value }}
    }}
    history {{ nodes {{ cursor kind version fields {{ name old new }} }} }}
"""
NOW = f'{{ company(npi: "{NPI}") {{ {COMPANY} }} }}'
THEN = f'query($asOf: AsOf) {{ company(npi: "{NPI}", asOf: $asOf) {{ {COMPANY} }} }}'
ADDRESSES = (
    '{line1: "1 A St", city: "Austin", state: "TX", postalCode: "78731"}',
    '{line1: "2 B St", city: "Miami", state: "FL", postalCode: "33101"}',
)


async def edited(mutate: Mutate, field: str) -> Any:
    """Make a change; its payload and its cursor."""
    answer = await mutate(f"mutation {{ done: {field} }}", viewer=EDITS_ALL)
    assert "errors" not in answer, answer
    assert not answer["data"]["done"]["userErrors"], answer
    return answer["data"]["done"], answer["extensions"]["consistency"]["cursor"]


async def story(mutate: Mutate) -> tuple[list[tuple[str, Any]], list[str]]:
    """Change a company in many ways: what it looked like after each change, by cursor, and its places' ids."""
    moments: list[tuple[str, Any]] = []
    places: list[str] = []

    async def tell(field: str, asked: str = "userErrors { code }") -> Any:
        payload, cursor = await edited(mutate, f"{field} {{ {asked} }}")
        moments.append((cursor, await mutate(NOW, viewer=EDITS_ALL)))
        return payload

    await tell(f'createCompany(input: {{npi: "{NPI}", name: "First"}})')
    for address in ADDRESSES:
        asked = "location { id } userErrors { code }"
        payload = await tell(f'addLocation(input: {{npi: "{NPI}", address: {address}}})', asked)
        places.append(payload["location"]["id"])
    first, second = places
    await tell(f'updateCompany(input: {{npi: "{NPI}", name: "Second", website: "second.example"}})')
    await tell(f'setPrimaryLocation(input: {{id: "{second}"}})')
    await tell(
        f'updateLocation(input: {{id: "{second}", name: "Store", address: {ADDRESSES[0][:-1]}, line2: "2"}}}})'
    )
    await tell(f'removeLocation(input: {{id: "{second}"}})')
    await tell(f'setCompanyActive(input: {{npi: "{NPI}", isActive: false}})')
    await tell(f'restoreLocation(input: {{id: "{second}"}})')
    await tell(f'removeLocation(input: {{id: "{first}"}})')
    return moments, places


async def test_what_was_answered_is_answered_as_of_then(mutate: Mutate, written: Database, runner: Runner) -> None:
    moments, _ = await story(mutate)
    interpreting = Runner(core_schema, runner._limits, timeout=30)
    oracle = Oracle(core_schema)
    for cursor, answer in moments:
        given = {"asOf": {"cursor": cursor}}
        assert await mutate(THEN, given, EDITS_ALL) == answer
        time = next(iter(answer["data"]["company"]["history"]["nodes"]))["cursor"]
        assert time == cursor
        prepared = interpreting.prepare(THEN, None, given, EDITS_ALL)
        own = await interpreting.run(prepared, Context(written))
        context = Context(written, viewer=EDITS_ALL, guards=facts_of(core_schema).guards.by_place)
        cores = await oracle.run(prepared.operation, prepared.variables, prepared.refused, context)
        assert orjson.loads(orjson.dumps(own.data)) == orjson.loads(orjson.dumps(cores.data)) == answer["data"]


async def test_a_moment_is_an_instant_as_well(mutate: Mutate) -> None:
    moments, _ = await story(mutate)
    query = f'{{ company(npi: "{NPI}") {{ history {{ nodes {{ cursor occurredAt }} }} }} }}'
    changes = (await mutate(query, viewer=EDITS_ALL))["data"]["company"]["history"]["nodes"]
    times = {change["cursor"]: change["occurredAt"] for change in changes}
    for cursor, answer in moments:
        assert await mutate(THEN, {"asOf": {"time": times[cursor]}}, EDITS_ALL) == answer


async def test_what_was_not_there_is_null_and_what_is_gone_is_found(mutate: Mutate) -> None:
    start = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    moments, (first, _) = await story(mutate)
    answer = await mutate(THEN, {"asOf": {"cursor": start}}, EDITS_ALL)
    assert answer == {"data": {"company": None}}
    query = "query($id: ID!, $asOf: AsOf) { location(id: $id, asOf: $asOf) { name isPrimary company { name } } }"
    gone = await mutate(query, {"id": first}, EDITS_ALL)
    assert gone["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    found = await mutate(query, {"id": first, "asOf": {"cursor": moments[1][0]}}, EDITS_ALL)
    assert found["data"]["location"] == {"name": None, "isPrimary": True, "company": {"name": "First"}}


WRONG = [
    ({"time": "2999-01-01T00:00:00Z"}, "BAD_USER_INPUT", "asOf lies in the future."),
    ({"cursor": "999999999"}, "INVALID_CURSOR", "asOf names a change that hasn't been made."),
    ({}, "BAD_USER_INPUT", "Give asOf either time or cursor."),
    ({"cursor": "1", "time": "2024-01-01T00:00:00Z"}, "BAD_USER_INPUT", "Give asOf either time or cursor."),
    ({"cursor": "soon"}, "INVALID_CURSOR", "asOf.cursor is not the cursor of a change."),
]


@pytest.mark.parametrize(("as_of", "code", "message"), WRONG)
async def test_a_moment_that_nobody_knows_is_told(mutate: Mutate, as_of: Any, code: str, message: str) -> None:
    answer = await mutate(THEN, {"asOf": as_of})
    assert answer["data"] == {"company": None}
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (code, message)


async def test_nobody_looks_back_behind_changes_that_did_not_say_all(mutate: Mutate) -> None:
    # Changes of the directory that all tests read were recorded by hand, without versions.
    [error] = (await mutate(THEN, {"asOf": {"cursor": "0"}}))["errors"]
    assert error["message"].startswith("What was then isn't known: it can be read back to the change")
    first = error["message"].rstrip(".").rpartition(" ")[2]
    query = '{ company(npi: "2999999909", asOf: {cursor: "%s"}) { name } }'
    assert "errors" not in await mutate(query % first)
    assert "errors" in await mutate(query % (int(first) - 1))


async def test_whoever_may_not_see_a_history_may_not_look_back(mutate: Mutate) -> None:
    now = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    query = f'{{ company(npi: "2999999909", asOf: {{cursor: "{now}"}}) {{ name taxId }} }}'
    nobody = await mutate(query, viewer=ANONYMOUS)
    assert nobody["data"] == {"company": None}
    assert {error["extensions"]["code"] for error in nobody["errors"]} == {"FORBIDDEN"}
    # What is guarded stays guarded.
    viewer = await mutate(query, viewer=Viewer("viewer", frozenset({"VIEWER"})))
    assert viewer["data"]["company"] == {"name": "O'BRIEN'S ÜTRECHT CAFÉ, INC.", "taxId": None}


async def test_only_what_looks_back_is_interpreted_again_and_again(mutate: Mutate) -> None:
    def ran() -> dict[str, float]:
        return {name: counter.value for name, counter in EXECUTIONS.items()}

    then = {"cursor": (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]}
    before = ran()
    for as_of in (None, then, None, then, then):
        await mutate(THEN, {"asOf": as_of})
    done = {name: number - before[name] for name, number in ran().items()}
    assert (done["compiled"], done["interpreted"]) == (2, 3)


async def test_what_looks_back_is_not_kept(mutate: Mutate, written: Database, runner: Runner) -> None:
    then = {"cursor": (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]}
    for as_of, is_kept in ((None, True), (then, False)):
        context = Context(written, watch=Watch())
        query = 'query($asOf: AsOf) { company(npi: "2999999909", asOf: $asOf) { name } }'
        await runner.run(runner.prepare(query, None, {"asOf": as_of}, EDITOR), context)
        assert (context.watch.tags is not None) is is_kept


async def test_the_first_release_tells_what_it_held_when_it_came(mutate: Mutate) -> None:
    query = """
        query($after: String) {
          changes(after: $after, first: 200, filter: {kinds: [COMPANY_CREATED, LOCATION_ADDED]}) {
            nodes { cursor kind npi location { name } fields { name new } }
          }
        }
    """
    nodes = (await mutate(query, {"after": "0"}))["data"]["changes"]["nodes"]
    created = next(node for node in nodes if node["kind"] == "COMPANY_CREATED")
    values = {each["name"]: each["new"] for each in created["fields"]}
    assert values["source"] == "SAMPLE"
    name = values["name"]
    admin = Viewer("admin", frozenset({"ADMIN"}))
    given = f'{{npi: "{created["npi"]}", website: "x.example"}}'
    answer = await mutate(f"mutation {{ updateCompany(input: {given}) {{ company {{ name }} }} }}", viewer=admin)
    assert answer["data"]["updateCompany"]["company"]["name"] == name
    again = (await mutate(query, {"after": "0"}))["data"]["changes"]["nodes"]
    assert [each["fields"] for each in again] == [each["fields"] for each in nodes]
    assert all(each["fields"] for each in nodes)


async def test_what_codes_stood_for_is_told_in_the_names_of_today(mutate: Mutate) -> None:
    _, cursor = await edited(
        mutate, 'updateCompany(input: {npi: "2999999909", website: "b.example"}) { userErrors { code } }'
    )
    await edited(mutate, 'updateCompany(input: {npi: "2999999909", website: "c.example"}) { userErrors { code } }')
    query = """
        query($asOf: AsOf) {
          company(npi: "2999999909", asOf: $asOf) {
            website replacementNpi
            primaryTaxonomy { taxonomy { name } }
            taxonomies { taxonomy { narrower { code } } }
          }
        }
    """
    answer = await mutate(query, {"asOf": {"cursor": cursor}}, EDITS_ALL)
    assert answer["data"]["company"] == {
        "website": "https://b.example",
        "replacementNpi": None,
        "primaryTaxonomy": {"taxonomy": {"name": 'Prostheses "&" Orthoses'}},
        "taxonomies": [
            {"taxonomy": {"narrower": [{"code": "332BC3200X"}, {"code": "332BX2000X"}]}},
            {"taxonomy": {"narrower": []}},
        ],
    }
