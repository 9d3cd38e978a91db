"""Mutations over HTTP: keys, cursors, and kept answers that are older than a change."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from db.npi import check_digit
from graph.app import create_app
from graph.directives.cost import MAX_ROWS
from graph.identity.development_tokens import development_token
from graph.identity.viewer import EVERY
from graph.settings import Settings
from tests.graph.conftest import Server, bearer

NPI = "2999999909"
UPDATE = """
    mutation Update($website: String!) {
      updateCompany(input: {npi: "2999999909", website: $website}) { company { version } userErrors { code } }
    }
"""
ASK = '{ company(npi: "2999999909") { website version } }'


@pytest.fixture
def writable(
    sample_copy: str, settings_for: Callable[..., Any], serve: Callable[[ASGIApp], AbstractContextManager[Server]]
) -> Iterator[Server]:
    """A server over a directory of its own."""
    with serve(create_app(settings_for(sample_copy))) as running:
        yield running


def update(server: Server, website: str, **headers: str) -> Any:
    return server.post(UPDATE, {"website": website}, authorization=bearer("EDITOR", (NPI,)), **headers)


def test_a_change_is_answered_with_its_cursor_and_seen_by_who_asks_next(writable: Server) -> None:
    before = [writable.post(ASK).json()["data"]["company"]["version"] for _ in range(3)]
    answer = update(writable, "https://a.example")
    assert answer.json()["extensions"]["consistency"]["cursor"] == answer.headers["consistency-cursor"]
    after = writable.post(ASK).json()["data"]["company"]
    assert (before, after) == ([3] * 3, {"website": "https://a.example", "version": 4})


def test_a_mutation_that_is_sent_again_is_answered_as_before(writable: Server) -> None:
    first = update(writable, "https://a.example", **{"idempotency-key": "6f1a"})
    again = update(writable, "https://a.example", **{"idempotency-key": "6f1a"})
    assert again.json()["data"] == first.json()["data"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = update(writable, "https://b.example", **{"idempotency-key": "6f1a"})
    assert other.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_a_key_has_a_form(writable: Server, key: str) -> None:
    answer = update(writable, "https://a.example", **{"idempotency-key": key})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["errors"][0]["message"]


def test_who_knows_of_a_change_gets_nothing_older(writable: Server) -> None:
    cursor = update(writable, "https://a.example").headers["consistency-cursor"]
    for _ in range(2):
        answer = writable.post(ASK, None, **{"consistency-cursor": cursor})
        assert answer.json()["data"]["company"]["version"] == 4
    refused = writable.post(ASK, None, **{"consistency-cursor": "soon"})
    assert refused.status_code == 400


def test_the_anonymous_and_viewers_change_nothing(writable: Server) -> None:
    viewers: list[dict[str, str]] = [
        {},
        {"authorization": bearer("VIEWER", (NPI,))},
        {"authorization": bearer("PARTNER", (NPI,))},
    ]
    for headers in viewers:
        answer = writable.post(UPDATE, {"website": "https://a.example"}, **headers)
        assert answer.json()["data"] == {"updateCompany": None}
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert writable.post(ASK).json()["data"]["company"]["version"] == 3


def test_a_mutation_comes_by_post_only(writable: Server) -> None:
    answer = writable.client.get("/graphql", params={"query": "mutation { __typename }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_500_rows_fit_into_a_request(writable: Server) -> None:
    create = """
        mutation Create($input: [CreateCompanyInput!]!) {
          createCompanies(input: $input) {
            succeeded
            outcomes {
              company { npi name website phone isActive version mailingAddress { formatted } }
              userErrors { code message field }
            }
          }
        }
    """
    rows = [
        {
            "npi": f"17{number:07}" + check_digit(f"17{number:07}"),
            "name": f"North Austin Medical Supplies And Equipment {number} LLC",
            "website": f"https://supplies-{number}.example/shop/start",
            "parentName": "The Texas Group Of Medical Suppliers",
            "phone": "(512) 555-0142",
            "fax": "(512) 555-0143",
            "mailingAddress": {
                "line1": f"{number} North Lamar Boulevard",
                "line2": "Suite 400",
                "city": "Austin",
                "state": "TX",
                "postalCode": "78701-1234",
                "country": "US",
            },
        }
        for number in range(MAX_ROWS)
    ]
    answer = writable.post(create, {"input": rows}, authorization=bearer("EDITOR", (EVERY,)))
    assert "errors" not in answer.json(), answer.json()["errors"]
    assert answer.json()["data"]["createCompanies"]["succeeded"] == MAX_ROWS
    # Who isn't known may not even send as many.
    refused = writable.post(create, {"input": rows})
    assert refused.json()["errors"][0]["extensions"]["code"] == "COST_LIMIT_EXCEEDED"


def test_two_partners_never_see_each_others_lists(writable: Server) -> None:
    """Not by answers that are kept, either, though they ask in the same words with the same role."""
    create = """
        mutation($name: String!) {
          createWatchList(input: {name: $name, npis: ["2999999909"]}) { watchList { id } userErrors { code } }
        }
    """
    ask = "{ watchLists { nodes { id name companies { nodes { npi } } } } }"
    settings = Settings(_env_file=None)
    tokens = {name: f"Bearer {development_token(settings, 'partner', subject=name)}" for name in ("one", "two")}
    assert writable.post(ask, None, authorization=tokens["one"]).json() == {"data": {"watchLists": {"nodes": []}}}
    ids = {}
    for name, token in tokens.items():
        answer = writable.post(create, {"name": f"of {name}"}, authorization=token)
        ids[name] = answer.json()["data"]["createWatchList"]["watchList"]["id"]
        assert "consistency-cursor" not in answer.headers
    for _ in range(3):
        for name, token in tokens.items():
            [seen] = writable.post(ask, None, authorization=token).json()["data"]["watchLists"]["nodes"]
            assert (seen["id"], seen["name"]) == (ids[name], f"of {name}")
            one = writable.post(
                f'{{ watchList(id: "{ids["one"]}") {{ name }} }}', None, authorization=token
            ).json()
            assert one["data"]["watchList"] == ({"name": "of one"} if name == "one" else None)
