"""What is deprecated is told where it is used: in the answer and in its headers, whichever way it is answered."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.aging import create_aging_app
from tests.graph.conftest import Server
from tests.graph.events.talking import talking
from tests.graph.mutations.conftest import HOLZER

FIRM = f'{{ firm(npi: "{HOLZER}") {{ npi }} }}'
OF_FIRM = {
    "coordinate": "Query.firm",
    "reason": "It is called company.",
    "sunset": "2028-06-01",
    "replacement": "Query.company",
}
HEADERS = {
    "deprecation": "@1780272000",
    "sunset": "Thu, 01 Jun 2028 00:00:00 GMT",
    "link": '</docs/deprecations>; rel="deprecation"; type="text/html"',
}
SHADE = '{ companiesLike(shade: "x") { npi } }'


@pytest.fixture(scope="module")
def ageing(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    """A server of a schema with deprecated parts."""
    with serve(create_aging_app(settings_for(directory_url, cache_audit=0, max_batch=5))) as running:
        yield running


def told(answer: httpx2.Response) -> Mapping[str, str]:
    """The headers that tell of deprecations."""
    return {name: answer.headers[name] for name in HEADERS if name in answer.headers}


def extension(content: Any) -> Any:
    return content["extensions"]["deprecations"]


def test_an_answer_tells_what_is_deprecated_in_its_operation(ageing: Server) -> None:
    answer = ageing.post(FIRM)
    assert answer.json() == {"data": {"firm": {"npi": HOLZER}}, "extensions": {"deprecations": [OF_FIRM]}}
    assert told(answer) == HEADERS


def test_other_answers_tell_nothing(ageing: Server) -> None:
    answer = ageing.post(f'{{ company(npi: "{HOLZER}") {{ npi }} }}')
    assert answer.json() == {"data": {"company": {"npi": HOLZER}}}
    assert told(answer) == {}


def test_a_kept_answer_tells_the_same(ageing: Server) -> None:
    text = f'query Kept {{ firm(npi: "{HOLZER}") {{ npi name }} }}'
    answers = [ageing.post(text) for _ in range(4)]
    assert answers[-1].headers["x-cache"] == "HIT"
    assert [extension(each.json()) for each in answers] == [[OF_FIRM]] * 4
    assert [told(each) for each in answers] == [HEADERS] * 4


def test_an_answer_to_a_get_tells_it_and_so_does_one_that_is_not_modified(ageing: Server) -> None:
    first = ageing.client.get("/graphql", params={"query": FIRM}, headers={"accept": "application/json"})
    assert extension(first.json()) == [OF_FIRM]
    assert told(first) == HEADERS
    again = ageing.client.get(
        "/graphql", params={"query": FIRM},
        headers={"accept": "application/json", "if-none-match": first.headers["etag"]},
    )  # fmt: skip
    assert again.status_code == 304
    assert told(again) == HEADERS


@pytest.mark.parametrize("look", [{"tone": "SHRILL"}, {"others": [{"tone": "SHRILL"}]}])
def test_what_variables_hold_is_told(ageing: Server, look: Any) -> None:
    text = "query($look: Look) { companiesLike(look: $look) { npi } }"
    answer = ageing.post(text, {"look": look})
    assert [each["coordinate"] for each in extension(answer.json())] == ["Tone.SHRILL"]
    assert told(answer) == HEADERS
    assert "extensions" not in ageing.post(text, {"look": {"tone": "LOUD"}}).json()


def test_an_answer_with_errors_and_a_cost_tells_it_as_well(ageing: Server) -> None:
    body = {"query": "{ firm { npi } }", "extensions": {"cost": True}}
    answer = ageing.client.post("/graphql", json=body)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer.json()["extensions"].keys() == {"cost", "deprecations"}
    assert told(answer) == HEADERS


def test_the_answers_of_a_batch_tell_each_their_own_and_its_headers_the_first_of_all(ageing: Server) -> None:
    bodies = [{"query": FIRM}, {"query": SHADE}, {"query": "{ __typename }"}, {"query": FIRM}]
    answer = ageing.client.post("/graphql", json=bodies)
    first, second, third, fourth = answer.json()
    assert extension(first) == extension(fourth) == [OF_FIRM]
    assert [each["coordinate"] for each in extension(second)] == ["Query.companiesLike(shade:)"]
    assert "extensions" not in third
    assert told(answer) == {
        **HEADERS,
        "deprecation": "@1768435200",
        "sunset": "Mon, 01 Feb 2027 00:00:00 GMT",
    }


def test_each_set_of_variables_is_told_its_own(ageing: Server) -> None:
    text = "query($look: Look) { companiesLike(look: $look) { npi } }"
    sets = [{"look": {"tone": "LOUD"}}, {"look": {"tone": "SHRILL"}}]
    answer = ageing.client.post("/graphql", json={"query": text, "variables": sets})
    first, second = answer.json()
    assert "extensions" not in first
    assert [each["coordinate"] for each in extension(second)] == ["Tone.SHRILL"]
    assert told(answer) == HEADERS


@pytest.mark.parametrize("media", ["text/csv", "application/jsonl"])
def test_rows_have_headers_alone(ageing: Server, media: str) -> None:
    answer = ageing.post("{ companiesLike(tone: SHRILL) { npi } }", accept=media)
    assert answer.headers["content-type"].startswith(media)
    assert told(answer) == HEADERS


def test_an_event_stream_begins_with_the_headers_and_each_event_tells_it(ageing: Server) -> None:
    text = f'query @live {{ firm(npi: "{HOLZER}") {{ npi }} }}'
    body = json.dumps({"query": text})
    sent = {"content-type": "application/json", "accept": "text/event-stream"}
    with ageing.client.stream("POST", "/graphql", content=body, headers=sent) as answer:
        assert told(answer) == HEADERS
        data = next(line for line in answer.iter_lines() if line.startswith("data: "))
    assert extension(json.loads(data.removeprefix("data: "))) == [OF_FIRM]


async def test_a_websocket_tells_it_in_the_answer(ageing: Server) -> None:
    async with talking(ageing) as talk:
        await talk.ask(FIRM)
        assert extension((await talk.hear())["payload"]) == [OF_FIRM]


def test_pages_of_other_sites_may_read_the_headers(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> None:
    with serve(create_app(settings_for(directory_url, cors_origins="https://app.example"))) as running:
        answer = running.post("{ __typename }", origin="https://app.example")
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert HEADERS.keys() <= exposed
