"""updateCompany: what people own is written, what the registry owns is not, all that is wrong is told at once."""

import asyncio

import orjson
import pytest

from db.edits import companies
from db.engine import Database
from graph.context import Context
from graph.errors import OperationTimeoutError
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.schema import core_schema
from tests.graph.mutations.conftest import ADMIN, BY_HAND, EDITOR, HOLZER, OBRIEN, Mutate

UPDATE = """
    mutation Update($input: UpdateCompanyInput!, $only: Boolean! = false) {
      updateCompany(input: $input, validateOnly: $only) {
        company { npi name website version mailingAddress { formatted } locations { totalCount { value } } }
        userErrors { code message field currentVersion differing }
      }
    }
"""
ASK = "query($npi: NPI!) { company(npi: $npi) { website version name taxId } }"


async def test_a_new_value_is_written_and_shown(mutate: Mutate) -> None:
    answer = await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": " obrien.example/shop "}})
    assert "errors" not in answer
    payload = answer["data"]["updateCompany"]
    assert payload["userErrors"] == []
    assert payload["company"]["website"] == "https://obrien.example/shop"
    assert payload["company"]["version"] == 4
    assert int(answer["extensions"]["consistency"]["cursor"]) > 0
    found = await mutate(ASK, {"npi": OBRIEN})
    assert found["data"]["company"]["website"] == "https://obrien.example/shop"


async def test_null_empties_and_what_is_left_out_stays(mutate: Mutate) -> None:
    await mutate(UPDATE, {"input": {"npi": BY_HAND, "website": "https://a.example", "parentName": "Group"}})
    answer = await mutate(UPDATE, {"input": {"npi": BY_HAND, "website": None}})
    assert answer["data"]["updateCompany"]["company"]["website"] is None
    found = await mutate("query($npi: NPI!) { company(npi: $npi) { parentName version } }", {"npi": BY_HAND})
    assert found["data"]["company"] == {"parentName": "Group", "version": 3}


async def test_what_changes_nothing_is_no_change(mutate: Mutate) -> None:
    answer = await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://obrien.example"}})
    assert answer["data"]["updateCompany"]["company"]["version"] == 3
    assert "extensions" not in answer


async def test_everything_wrong_is_told_at_once_and_nothing_is_done(mutate: Mutate) -> None:
    given = {
        "npi": BY_HAND,
        "website": "not a site",
        "name": " ",
        "phone": "12",
        "parentName": "x" * 301,
        "mailingAddress": {"line1": "1 Main St", "city": "Austin", "state": "Texas", "postalCode": "7870"},
    }
    answer = await mutate(UPDATE, {"input": given})
    payload = answer["data"]["updateCompany"]
    assert payload["company"] is None
    assert {(".".join(each["field"]), each["code"]) for each in payload["userErrors"]} == {
        ("input.website", "INVALID"),
        ("input.name", "BLANK"),
        ("input.phone", "INVALID"),
        ("input.parentName", "TOO_LONG"),
        ("input.mailingAddress.state", "INVALID"),
        ("input.mailingAddress.postalCode", "INVALID"),
    }
    found = await mutate(ASK, {"npi": BY_HAND})
    assert found["data"]["company"]["version"] == 1


async def test_what_the_registry_owns_is_corrected_there(mutate: Mutate) -> None:
    answer = await mutate(UPDATE, {"input": {"npi": OBRIEN, "name": "New Name", "website": "https://new.example"}})
    [error] = answer["data"]["updateCompany"]["userErrors"]
    assert (error["code"], error["field"]) == ("OWNED_BY_REGISTRY", ["input", "name"])
    assert "https://nppes.cms.hhs.gov" in error["message"]


@pytest.mark.parametrize("npi", [HOLZER, "1234567893"])
async def test_a_foreign_company_and_none_are_told_alike(mutate: Mutate, npi: str) -> None:
    answer = await mutate(UPDATE, {"input": {"npi": npi, "website": "https://new.example"}})
    [error] = answer["data"]["updateCompany"]["userErrors"]
    assert (error["code"], error["message"]) == (
        "NOT_FOUND",
        "There is no company with this NPI that you may change.",
    )


async def test_an_admin_changes_all_and_alone_the_tax_id(mutate: Mutate) -> None:
    given = {"input": {"npi": HOLZER, "taxId": "12-3456789"}}
    refused = await mutate(UPDATE, given, EDITOR)
    assert refused["data"]["updateCompany"] is None
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await mutate(UPDATE, given, ADMIN)
    found = await mutate(ASK, {"npi": HOLZER}, ADMIN)
    assert found["data"]["company"]["taxId"] == "***-**-6789"


async def test_a_company_that_has_changed_is_a_conflict_with_what_differs(mutate: Mutate) -> None:
    await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://first.example"}})
    answer = await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://second.example", "ifVersion": 3}})
    [error] = answer["data"]["updateCompany"]["userErrors"]
    assert (error["code"], error["currentVersion"], error["differing"]) == ("CONFLICT", 4, ["website"])


async def test_of_fifty_writers_with_one_version_one_succeeds(mutate: Mutate) -> None:
    given = [
        {"input": {"npi": OBRIEN, "website": f"https://{number}.example", "ifVersion": 3}} for number in range(50)
    ]
    answers = await asyncio.gather(*(mutate(UPDATE, each) for each in given))
    told = [answer["data"]["updateCompany"]["userErrors"] for answer in answers]
    assert sorted(each[0]["code"] if each else "" for each in told) == ["", *["CONFLICT"] * 49]


async def test_trying_shows_what_would_come_and_keeps_nothing(mutate: Mutate) -> None:
    given = {"input": {"npi": OBRIEN, "website": "https://tried.example"}, "only": True}
    answer = await mutate(UPDATE, given)
    assert answer["data"]["updateCompany"]["company"]["website"] == "https://tried.example"
    assert "extensions" not in answer
    found = await mutate(ASK, {"npi": OBRIEN})
    assert found["data"]["company"]["version"] == 3


async def test_fields_of_one_document_are_done_in_order(mutate: Mutate) -> None:
    query = """
        mutation {
          a: updateCompany(input: {npi: "2999999909", website: "https://a.example"}) { company { version } }
          __typename
          b: updateCompany(input: {npi: "2999999909", name: "No"}) { userErrors { code } }
          c: updateCompany(input: {npi: "2999999909", website: "https://c.example", ifVersion: 4}) {
            company { version website } userErrors { code }
          }
        }
    """
    answer = await mutate(query)
    assert answer["data"] == {
        "a": {"company": {"version": 4}},
        "__typename": "Mutation",
        "b": {"userErrors": [{"code": "OWNED_BY_REGISTRY"}]},
        "c": {"company": {"version": 5, "website": "https://c.example"}, "userErrors": []},
    }


async def test_a_mutation_that_is_sent_again_is_done_once(mutate: Mutate) -> None:
    given = {"input": {"npi": OBRIEN, "website": "https://once.example"}}
    first = await mutate(UPDATE, given, key="a")
    again = await mutate(UPDATE, given, key="a")
    assert again["data"] == first["data"]
    assert first["extensions"]["idempotency"] == {"replayed": False}
    assert again["extensions"]["idempotency"] == {"replayed": True}
    assert again["extensions"]["consistency"] == first["extensions"]["consistency"]
    found = await mutate(ASK, {"npi": OBRIEN})
    assert found["data"]["company"]["version"] == 4


async def test_what_was_refused_is_refused_again_by_its_key(mutate: Mutate) -> None:
    given = {"input": {"npi": OBRIEN, "name": "New"}}
    first = await mutate(UPDATE, given, key="b")
    again = await mutate(UPDATE, given, key="b")
    assert again["data"] == first["data"]
    assert again["extensions"]["idempotency"] == {"replayed": True}


async def test_a_key_stands_for_one_mutation_and_one_author(mutate: Mutate) -> None:
    await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://one.example"}}, key="c")
    other = await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://two.example"}}, key="c")
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    admin = await mutate(UPDATE, {"input": {"npi": OBRIEN, "website": "https://two.example"}}, ADMIN, key="c")
    assert admin["data"]["updateCompany"]["company"]["website"] == "https://two.example"


async def test_of_two_at_once_with_one_key_one_is_done(mutate: Mutate) -> None:
    given = {"input": {"npi": OBRIEN, "website": "https://once.example"}}
    answers = await asyncio.gather(*(mutate(UPDATE, given, key="d") for _ in range(8)))
    codes = {each["errors"][0]["extensions"]["code"] for each in answers if "errors" in each}
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}
    found = await mutate(ASK, {"npi": OBRIEN})
    assert found["data"]["company"]["version"] == 4


async def test_a_telephone_number_is_one_of_the_country_of_its_address(mutate: Mutate) -> None:
    address = {"line1": "1 Mall", "city": "London", "postalCode": "SW1A 1AA", "country": "gb"}
    given = {"npi": BY_HAND, "mailingAddress": address, "phone": "020 7946 0018"}
    first = await mutate(UPDATE, {"input": given})
    assert first["data"]["updateCompany"]["userErrors"] == []
    # Also where the address is the one that there is.
    await mutate(UPDATE, {"input": {"npi": BY_HAND, "phone": "020 7946 0020"}})
    found = await mutate("query($npi: NPI!) { company(npi: $npi) { phone } }", {"npi": BY_HAND}, ADMIN)
    assert found["data"]["company"]["phone"] == "+442079460020"


async def test_an_answer_with_errors_is_kept_by_its_key_too(mutate: Mutate) -> None:
    add = """
        mutation {
          addLocation(input: {
            npi: "2999999909", address: {line1: "1 A St", city: "Austin", state: "TX", postalCode: "78701"}
          }) {
            userErrors { code } location { kind id }
            company { taxId history(first: 1, after: "x") { nodes { kind } } }
          }
        }
    """
    first = await mutate(add, key="errors")
    assert {each["extensions"]["code"] for each in first["errors"]} == {"FORBIDDEN", "INVALID_CURSOR"}
    again = await mutate(add, key="errors")
    assert again["extensions"]["idempotency"] == {"replayed": True}
    assert again["data"]["addLocation"]["userErrors"] == []
    assert {**again, "extensions": None} == {**first, "extensions": None}


async def test_a_kept_answer_has_its_fields_in_the_order_in_which_they_were_asked(mutate: Mutate) -> None:
    update = """
        mutation {
          updateCompany(input: {npi: "2999999909", website: "https://order.example"}) {
            userErrors { message code } company { website version npi }
          }
        }
    """
    first, again = [await mutate(update, key="order") for _ in range(2)]
    assert again["extensions"]["idempotency"] == {"replayed": True}
    assert orjson.dumps(again["data"]) == orjson.dumps(first["data"])


@pytest.mark.parametrize(
    ("key", "advice"), [("late", "send it again with the same key"), (None, "look before you send it again")]
)
async def test_of_a_change_that_takes_too_long_it_is_told_what_to_do(
    written: Database, key: str | None, advice: str
) -> None:
    hasty = Runner(core_schema, Limits(), timeout=0.3, sights=1)
    given = {"input": {"npi": OBRIEN, "website": "https://late.example"}}
    async with written.transaction() as transaction:
        await companies.lock(transaction, [OBRIEN], None)
        prepared = hasty.prepare(UPDATE, None, given, EDITOR, key)
        result = await hasty.run(prepared, Context(written))
    [error] = result.errors or []
    assert isinstance(error.original_error, OperationTimeoutError)
    assert error.message.endswith(f"What of it was done isn't known: {advice}.")
    again = await Runner(core_schema, Limits(), timeout=30).run(prepared, Context(written))
    assert again.errors is None
