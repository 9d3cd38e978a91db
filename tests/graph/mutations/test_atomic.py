"""@atomic: all fields of a mutation are done, in their order and in one transaction, or none is."""

import asyncio
from typing import Any

import pytest
from graphql import is_non_null_type

from db.edits import companies
from db.engine import Database
from graph.execution.document import RequestErrors
from graph.identity.viewer import EVERY, Viewer
from graph.schema import core_schema
from tests.graph.mutations.conftest import ADMIN, BY_HAND, EDITOR, HOLZER, OBRIEN, Mutate
from tests.graph.mutations.receiver import receiving

NOT_DONE = {"company": None, "userErrors": [{"code": "NOT_DONE"}]}
ENTER = """
    mutation Enter($city: String = "Austin") @atomic {
      createCompany(input: {npi: "1234567893", name: "North Austin Supplies"}) {
        company { version locations { totalCount { value } } } userErrors { code }
      }
      __typename
      addLocation(input: {
        npi: "1234567893", address: {line1: "9 Dock Rd", city: $city, state: "TX", postalCode: "78701"}
      }) { location { isPrimary } company { locations { totalCount { value } } } userErrors { code field } }
      updateCompany(input: {npi: "1234567893", website: "north.example", ifVersion: 2}) {
        company { version website } userErrors { code }
      }
    }
"""
# Two companies; the second is changed from a version that it may have.
BOTH = """
    mutation Both($one: NPI!, $other: NPI!, $website: String, $version: Int, $tried: Boolean = false)
    @atomic {
      one: updateCompany(input: {npi: $one, website: $website}, validateOnly: $tried) {
        company { website } userErrors { code }
      }
      other: updateCompany(input: {npi: $other, website: $website, ifVersion: $version}) {
        company { website } userErrors { code }
      }
    }
"""
# Every verb of what is the viewer's own, and one that can't be done.
WRONG = 'wrong: cancelJob(input: {id: "job:00000000-0000-0000-0000-000000000000"}) { userErrors { code } }'
OWN = """
    createWatchList(input: {{name: "b", npis: []}}) {{ watchList {{ id }} userErrors {{ code }} }}
    updateWatchList(input: {{id: "{list}", name: "c"}}) {{ watchList {{ id }} userErrors {{ code }} }}
    addToWatchList(input: {{id: "{list}", npis: ["1234567893"]}}) {{ watchList {{ id }} userErrors {{ code }} }}
    removeFromWatchList(input: {{id: "{list}", npis: []}}) {{ watchList {{ id }} userErrors {{ code }} }}
    deleteWatchList(input: {{id: "{list}"}}) {{ deletedId userErrors {{ code }} }}
    exportCompanies(input: {{fields: "npi"}}) {{ job {{ id }} userErrors {{ code }} }}
    cancelJob(input: {{id: "{job}"}}) {{ job {{ id }} userErrors {{ code }} }}
    registerWebhook(input: {input}) {{ secret webhook {{ id }} userErrors {{ code }} }}
    updateWebhook(input: {{id: "{hook}", description: "d"}}) {{ webhook {{ id }} userErrors {{ code }} }}
    rotateWebhookSecret(input: {{id: "{hook}"}}) {{ secret webhook {{ id }} userErrors {{ code }} }}
    disableWebhook(input: {{id: "{hook}"}}) {{ webhook {{ id }} userErrors {{ code }} }}
    enableWebhook(input: {{id: "{hook}"}}) {{ webhook {{ id }} userErrors {{ code }} }}
    replayWebhook(input: {{id: "{hook}", from: "0"}}) {{ webhook {{ id }} userErrors {{ code }} }}
    testWebhook(input: {{id: "{hook}"}}) {{ trial {{ status }} webhook {{ id }} userErrors {{ code }} }}
    deleteWebhook(input: {{id: "{hook}"}}) {{ deletedId userErrors {{ code }} }}
"""
CHIEF = Viewer("chief", frozenset({"ADMIN"}), frozenset({EVERY}))


async def state(mutate: Mutate) -> Any:
    """The companies that are changed here, and the last change."""
    query = "query($npis: [NPI!]!) { dataset { cursor } companiesByNpi(npis: $npis) { version website } }"
    return (await mutate(query, {"npis": [OBRIEN, BY_HAND, HOLZER, "1234567893"]}, ADMIN))["data"]


def both(one: str = OBRIEN, other: str = BY_HAND, **others: Any) -> dict[str, Any]:
    """What BOTH is told."""
    return {"one": one, "other": other, "website": "https://both.example", **others}


async def test_each_field_sees_what_those_before_it_wrote(mutate: Mutate) -> None:
    start = (await state(mutate))["dataset"]["cursor"]
    answer = await mutate(ENTER, viewer=ADMIN)
    assert list(answer["data"]) == ["createCompany", "__typename", "addLocation", "updateCompany"]
    assert answer["data"] == {
        "createCompany": {
            "company": {"version": 1, "locations": {"totalCount": {"value": 0}}},
            "userErrors": [],
        },
        "__typename": "Mutation",
        "addLocation": {
            "location": {"isPrimary": True},
            "company": {"locations": {"totalCount": {"value": 1}}},
            "userErrors": [],
        },
        "updateCompany": {"company": {"version": 3, "website": "https://north.example"}, "userErrors": []},
    }
    asked = "query($after: String) { dataset { cursor } changes(after: $after) { nodes { cursor kind } } }"
    found = (await mutate(asked, {"after": start}, ADMIN))["data"]
    assert [each["kind"] for each in found["changes"]["nodes"]] == [
        "COMPANY_CREATED",
        "LOCATION_ADDED",
        "COMPANY_UPDATED",
    ]
    # One place in the order of the commits: the last one of its changes.
    assert answer["extensions"] == {"consistency": {"cursor": found["dataset"]["cursor"]}}


async def test_where_one_field_cant_be_done_none_is(mutate: Mutate) -> None:
    before = await state(mutate)
    answer = await mutate(ENTER, {"city": " "}, ADMIN, key="none")
    assert answer["data"] == {
        "createCompany": NOT_DONE,
        "__typename": "Mutation",
        "addLocation": {
            "location": None,
            "company": None,
            "userErrors": [{"code": "BLANK", "field": ["input", "address", "city"]}],
        },
        "updateCompany": NOT_DONE,
    }
    assert answer["extensions"] == {"idempotency": {"replayed": False}}
    assert await state(mutate) == before
    again = await mutate(ENTER, {"city": " "}, ADMIN, key="none")
    assert again == {**answer, "extensions": {"idempotency": {"replayed": True}}}
    mended = await mutate(ENTER, viewer=ADMIN, key="none")
    assert {each["extensions"]["code"] for each in mended["errors"]} == {"IDEMPOTENCY_KEY_REUSED"}
    assert await state(mutate) == before


async def test_a_conflict_in_the_last_field_undoes_the_first(mutate: Mutate) -> None:
    before = await state(mutate)
    answer = await mutate(BOTH, both(version=7))
    assert answer == {"data": {"one": NOT_DONE, "other": {"company": None, "userErrors": [{"code": "CONFLICT"}]}}}
    assert await state(mutate) == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([{"npi": "2999999909", "taxId": "12-3456789"}], "FORBIDDEN"),
        ([{"npi": "2999999909"}] * 501, "BAD_USER_INPUT"),
    ],
)
async def test_a_field_that_is_an_error_undoes_the_others(mutate: Mutate, given: object, code: str) -> None:
    before = await state(mutate)
    text = """
        mutation($given: [UpdateCompanyInput!]!) @atomic {
          first: updateCompany(input: {npi: "2999999909", website: "https://first.example"}) {
            company { website } userErrors { code }
          }
          failing: updateCompanies(input: $given) { failed }
          last: updateCompany(input: {npi: "2999999909", website: null}) {
            company { website } userErrors { code }
          }
        }
    """
    answer, again = [await mutate(text, {"given": given}, key="error") for _ in range(2)]
    assert answer["data"] == {"first": NOT_DONE, "failing": None, "last": NOT_DONE}
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [(["failing"], code)]
    assert again == {**answer, "extensions": {"idempotency": {"replayed": True}}}
    assert await state(mutate) == before


async def test_an_error_within_an_answer_undoes_nothing(mutate: Mutate) -> None:
    text = """
        mutation @atomic {
          updateCompany(input: {npi: "2999999909", website: "https://shown.example"}) { company { website taxId } }
        }
    """
    answer = await mutate(text)
    assert answer["data"]["updateCompany"]["company"] == {"website": "https://shown.example", "taxId": None}
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]
    assert (await state(mutate))["companiesByNpi"][0]["website"] == "https://shown.example"


async def test_what_the_database_fails_with_undoes_all_and_may_be_sent_again(
    mutate: Mutate, written: Database
) -> None:
    before = await state(mutate)
    async with written.transaction() as transaction:
        await companies.lock(transaction, [BY_HAND], None)
        answer = await mutate(BOTH, both(), key="locked")
    assert answer["data"] == {"one": NOT_DONE, "other": None}
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["other"], "SERVICE_UNAVAILABLE")
    assert await state(mutate) == before
    again = await mutate(BOTH, both(), key="locked")
    assert again["data"]["other"]["company"] == {"website": "https://both.example"}
    assert again["extensions"]["idempotency"] == {"replayed": False}


async def test_a_document_that_is_sent_again_is_done_once(mutate: Mutate) -> None:
    first, again = [await mutate(BOTH, both(), key="once") for _ in range(2)]
    after = await state(mutate)
    assert again["data"] == first["data"]
    assert again["extensions"] == {**first["extensions"], "idempotency": {"replayed": True}}
    assert first["extensions"]["consistency"] == after["dataset"]
    other = await mutate(BOTH, both(website="https://other.example"), key="once")
    assert other["data"] == {"one": None, "other": None}
    assert {each["extensions"]["code"] for each in other["errors"]} == {"IDEMPOTENCY_KEY_REUSED"}
    assert await state(mutate) == after


async def test_of_several_at_once_with_one_key_one_is_done(mutate: Mutate) -> None:
    before = await state(mutate)
    answers = await asyncio.gather(*(mutate(BOTH, both(), key="at once") for _ in range(8)))
    codes = {error["extensions"]["code"] for each in answers for error in each.get("errors", ())}
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}
    after = await state(mutate)
    assert after["companiesByNpi"][0]["version"] == before["companiesByNpi"][0]["version"] + 1


async def test_all_of_it_can_be_tried_but_not_a_part(mutate: Mutate) -> None:
    before = await state(mutate)
    everything = BOTH.replace("ifVersion: $version}", "ifVersion: $version}, validateOnly: $tried")
    tried = await mutate(everything, both(tried=True), key="tried")
    assert tried["data"]["other"]["company"] == {"website": "https://both.example"}
    assert tried["extensions"] == {"idempotency": {"replayed": False}}
    part = await mutate(BOTH, both(tried=True))
    assert part["data"] == {"one": NOT_DONE, "other": None}
    assert "validateOnly" in part["errors"][0]["message"]
    assert await state(mutate) == before


async def test_documents_side_by_side_are_each_done_whole_or_not_at_all(mutate: Mutate) -> None:
    # Each pair takes the same companies in the two orders, so that each would wait for the other.
    pairs = [
        both(*order, website=f"https://{number}-{place}.example")
        for number in range(4)
        for place, order in enumerate(((OBRIEN, BY_HAND), (BY_HAND, OBRIEN)))
    ]
    before = await state(mutate)
    answers = await asyncio.gather(*(mutate(BOTH, each) for each in pairs))
    done = [each for each in answers if "errors" not in each]
    told = {error["message"] for each in answers for error in each.get("errors", ())}
    assert told <= {"Others are changing the same right now; nothing was done. Try again."}
    assert done
    assert all(each["data"]["one"] == each["data"]["other"] for each in done)
    after = await state(mutate)
    versions = [
        now["version"] - then["version"]
        for now, then in zip(after["companiesByNpi"][:2], before["companiesByNpi"][:2], strict=True)
    ]
    assert versions == [len(done)] * 2
    assert after["companiesByNpi"][0]["website"] == after["companiesByNpi"][1]["website"]


@pytest.mark.parametrize(
    "text",
    [
        "query @atomic { __typename }",
        "mutation { __typename @atomic }",
        "mutation { ... @atomic { __typename } }",
        "mutation @atomic @atomic { __typename }",
        "mutation @atomic(if: true) { __typename }",
        "mutation ($a: Boolean = true @atomic) { __typename @skip(if: $a) }",
    ],
)
async def test_it_stands_once_on_a_mutation_and_nowhere_else(mutate: Mutate, text: str) -> None:
    with pytest.raises(RequestErrors) as caught:
        await mutate(text)
    assert caught.value.code == "GRAPHQL_VALIDATION_FAILED"


async def test_what_asks_for_names_only_begins_no_transaction(mutate: Mutate) -> None:
    assert await mutate("mutation @atomic { __typename }", key="name") == {
        "data": {"__typename": "Mutation"},
        "extensions": {"idempotency": {"replayed": False}},
    }


async def test_the_schema_tells_of_it(mutate: Mutate) -> None:
    answer = await mutate("{ __schema { directives { name locations args { name } } } }", viewer=EDITOR)
    assert {"name": "atomic", "locations": ["MUTATION"], "args": []} in answer["data"]["__schema"]["directives"]


def test_every_payload_can_say_that_nothing_was_done() -> None:
    mutation = core_schema.mutation_type
    assert mutation is not None
    payloads: list[Any] = [each.type for each in mutation.fields.values()]
    for payload in payloads:
        assert not is_non_null_type(payload)
        needed = {name for name, each in payload.fields.items() if is_non_null_type(each.type)}
        assert needed in ({"userErrors"}, {"outcomes", "succeeded", "failed"})


@pytest.mark.usefixtures("open_checker")
async def test_what_is_the_viewers_own_is_left_as_it_is_where_another_field_cant_be_done(mutate: Mutate) -> None:
    """Each verb shows nothing of what it would have done, whatever its payload has."""
    listed = 'mutation { createWatchList(input: {name: "a", npis: []}) { watchList { id } } }'
    list_id = (await mutate(listed, viewer=CHIEF))["data"]["createWatchList"]["watchList"]["id"]
    with receiving() as receiver:
        hook = f'{{url: "{receiver.url}", topics: [COMPANY_UPDATED]}}'
        registered = f"mutation {{ registerWebhook(input: {hook}) {{ webhook {{ id }} }} }}"
        hook_id = (await mutate(registered, viewer=CHIEF))["data"]["registerWebhook"]["webhook"]["id"]
        exported = 'mutation { exportCompanies(input: {fields: "npi"}) { job { id } } }'
        job_id = (await mutate(exported, viewer=CHIEF))["data"]["exportCompanies"]["job"]["id"]
        own = OWN.format(list=list_id, hook=hook_id, job=job_id, input=hook)
        # Those after it aren't begun, those before it are undone.
        for text in (f"{WRONG} {own}", f"{own} {WRONG}"):
            answer = await mutate(f"mutation @atomic {{ {text} }}", viewer=CHIEF)
            assert "errors" not in answer
            assert answer["data"].pop("wrong") == {"userErrors": [{"code": "NOT_FOUND"}]}
            for payload in answer["data"].values():
                assert payload.pop("userErrors") == [{"code": "NOT_DONE"}]
                assert set(payload.values()) == {None}
    query = "{ watchLists { nodes { name } } webhooks { nodes { version } } jobs { nodes { id state } } }"
    assert (await mutate(query, viewer=CHIEF))["data"] == {
        "watchLists": {"nodes": [{"name": "a"}]}, "webhooks": {"nodes": [{"version": 1}]},
        "jobs": {"nodes": [{"id": job_id, "state": "QUEUED"}]},
    }  # fmt: skip
