"""What stands beneath GraphiQL's answer: how the reply came, what it cost, and what to do where there is none."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.async_api import Browser, Locator, Route, expect
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import DEVELOPMENT_SECRET
from tests.graph.conftest import Server
from tests.graph.site.visiting import TAKEN_IN, Visit, is_run, visiting

pytestmark = pytest.mark.slow

COMPANIES = "{ companies(first: 2) { nodes { npi name } } }"
FAILED = re.compile(r"net::ERR|status of 5\d\d")


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit
        # Chromium writes down what the tests have fail.
        visit.complaints[:] = [each for each in visit.complaints if not FAILED.search(each)]


def fact(visit: Visit, name: str) -> Locator:
    return visit.page.locator(f".outcome [data-fact={name}]")


async def press_run(visit: Visit) -> None:
    await visit.page.wait_for_timeout(TAKEN_IN)
    await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()


async def test_how_the_reply_came_stands_beneath_the_answer(visit: Visit) -> None:
    await visit.type(COMPANIES)
    await expect(visit.page.locator(".outcome")).to_have_count(0)
    await visit.page.wait_for_timeout(TAKEN_IN)
    async with visit.page.expect_response(lambda response: is_run(response.request)) as answered:
        await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()
    reply = await answered.value
    await expect(fact(visit, "status")).to_have_text("HTTP 200")
    await expect(fact(visit, "time")).to_have_text(re.compile(r"^[\d.]+ m?s$"))
    await expect(fact(visit, "size")).to_have_text(f"{len(await reply.body())} B")
    await expect(fact(visit, "cost")).to_have_text(re.compile(r"^cost [\d.]+$"))
    await expect(fact(visit, "cache")).to_have_text(f"cache {reply.headers['x-cache']}")
    trace = reply.request.headers["traceparent"].split("-")[1]
    await expect(fact(visit, "trace")).to_have_text(f"trace {trace[:8]}…")
    # In development there is no rate limit.
    await expect(fact(visit, "bucket")).to_have_count(0)
    # Each tab has its own.
    await visit.open_tab("FilteredPage")
    await expect(visit.page.locator(".outcome")).to_have_count(0)
    await visit.page.get_by_role("tab").last.click()
    await expect(fact(visit, "trace")).to_have_text(f"trace {trace[:8]}…")


async def test_a_compressed_answer_has_two_sizes(visit: Visit) -> None:
    await visit.type("{ companies(first: 100) { nodes { npi name } } }")
    await visit.run()
    await expect(fact(visit, "size")).to_have_text(re.compile(r"^[\d.]+ kB, [\d.]+ kB on the way$"))
    size, sent = re.findall(r"[\d.]+", await fact(visit, "size").inner_text())
    assert float(sent) < float(size)


async def test_the_cost_is_what_the_server_says_and_the_answer_is_not_changed_by_asking(visit: Visit) -> None:
    await visit.type(COMPANIES)
    answer = await visit.run()
    assert answer["sent"].keys() == {"query"}
    assert answer.keys() & {"data", "extensions"} == {"data"}
    cost = await fact(visit, "cost").inner_text()
    told = visit.page.request.post(
        f"{visit.origin}/graphql", data={"query": COMPANIES, "extensions": {"cost": True}}
    )
    assert cost == f"cost {(await (await told).json())['extensions']['cost']['requestedQueryCost']:g}"


async def test_what_an_operation_costs_is_asked_once_however_often_it_is_run(visit: Visit) -> None:
    await visit.type(COMPANIES)
    for _ in range(2):
        await visit.run()
        await expect(fact(visit, "cost")).to_be_visible()
    assert len([each for each in visit.requests if "cost-dry-run" in each.headers]) == 1


async def test_a_cost_that_comes_late_does_not_bring_back_the_run_before(visit: Visit) -> None:
    await visit.type(COMPANIES)
    late: list[Route] = []

    async def hold(route: Route) -> None:
        if "cost-dry-run" in route.request.headers:
            late.append(route)
        else:
            await route.continue_()

    await visit.page.route("**/graphql", hold)
    await visit.run()
    last = await visit.run()
    assert len(late) == 2
    for route in reversed(late):
        async with visit.page.expect_response(lambda response: "cost-dry-run" in response.request.headers) as told:
            await route.continue_()
        await (await told.value).finished()
        await expect(fact(visit, "cost")).to_be_visible()
    # The page has read the reply before it can answer this one.
    await visit.page.evaluate("fetch('/livez').then((reply) => reply.text())")
    trace = last["headers"]["traceparent"].split("-")[1]
    await expect(fact(visit, "trace")).to_have_text(f"trace {trace[:8]}…")


async def test_where_there_is_a_rate_limit_what_is_left_of_it_is_shown(
    chromium: Browser,
    directory_url: str,
    settings_for: Callable[..., Any],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    graphiql_data: Path,
) -> None:
    limited = {"environment": "production", "graphiql": True, "throttle_cost": 200, "throttle_restore": 1}
    with serve(create_app(settings_for(directory_url, data_dir=graphiql_data, **limited))) as server:
        async with visiting(chromium, server) as visit:
            await visit.type(COMPANIES)
            await visit.run()
            await expect(fact(visit, "bucket")).to_have_text(re.compile(r"^\d+ of 200 left$"))
            await visit.type("{ companies(first: 100) { nodes { npi locations(first: 5) { nodes { id } } } } }")
            await press_run(visit)
            await expect(visit.page.locator(".outcome .errors code")).to_have_text("THROTTLED")
            await expect(visit.notice).to_have_text(re.compile(r"^Run it again in \d+ seconds\.$"))
            await expect(fact(visit, "status")).to_have_text("HTTP 429")


async def test_an_error_leads_to_what_it_means(visit: Visit) -> None:
    await visit.type("{ companies(first: 1) { nodes { taxId } } }")
    await visit.run()
    error = visit.page.locator(".outcome .errors li")
    await expect(error).to_contain_text("FORBIDDEN")
    await expect(error).to_contain_text("at companies.nodes.0.taxId")
    async with visit.page.context.expect_page() as opened:
        await error.get_by_role("link", name="What this means").click()
    page = await opened.value
    await expect(page.locator("#forbidden")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (None, "The server at .* doesn't answer.*Run it again once it is up"),
        (
            {"status": 502, "content_type": "text/html", "body": "<p>Bad"},
            "502, text/html.*can't reach.*<p>Bad",
        ),
        (
            {"status": 413, "content_type": "text/html", "body": "<p>Large"},
            "status 413.*larger than a proxy",
        ),
        ({"status": 429, "headers": {"retry-after": "7"}, "body": "slow down"}, "status 429.*wait 7 seconds"),
        ({"status": 200, "content_type": "application/json", "body": "[]"}, "status 200.*Something between"),
        ({"status": 200, "content_type": "application/json", "body": "{"}, "no answer of the API"),
    ],
)
async def test_what_is_no_answer_is_explained_in_words(
    visit: Visit, reply: dict[str, Any] | None, told: str
) -> None:
    async def give(route: Route) -> None:
        await (route.abort() if reply is None else route.fulfill(**reply))

    await visit.type(COMPANIES)
    await visit.page.route("**/graphql", give)
    await press_run(visit)
    await expect(visit.page.get_by_role("alert")).to_have_text(re.compile(told, re.DOTALL))
    await expect(visit.response).to_contain_text('"noAnswer"')
    await expect(visit.response).not_to_contain_text("stack")
    await expect(visit.page.get_by_label("Execute query (Ctrl-Enter)")).to_be_visible()


async def test_a_login_that_has_ended_is_told_and_not_followed(visit: Visit) -> None:
    await visit.type(COMPANIES)
    elsewhere = {"status": 302, "headers": {"location": f"{visit.origin}/livez"}}
    await visit.page.route("**/graphql", lambda route: route.fulfill(**elsewhere))
    await press_run(visit)
    await expect(visit.page.get_by_role("alert")).to_contain_text("reload this page")
    assert not any(each.url.endswith("/livez") for each in visit.requests)


def expired(role: str) -> str:
    """A token like the page's own that was good until an hour ago."""
    then = int(time.time()) - 7200
    claims = {"sub": "somebody", "roles": [role], "iat": then, "exp": then + 3600, "jti": "old"}
    return jwt.encode(claims, DEVELOPMENT_SECRET, algorithm="HS256")


async def test_a_role_whose_token_has_expired_gets_another_by_itself(visit: Visit) -> None:
    given = {"body": json.dumps({"token": expired("PARTNER")}), "content_type": "application/json"}
    await visit.page.route("**/graphiql/tokens/PARTNER", lambda route: route.fulfill(**given), times=1)
    await visit.type("{ changes(first: 1) { nodes { npi } } }")
    await visit.role.select_option("PARTNER")
    await expect(visit.token).not_to_have_value(expired("PARTNER"))
    answer = await visit.run()
    assert answer["data"]["changes"]["nodes"]
    await expect(visit.page.locator(".outcome .errors")).to_have_count(0)


async def test_a_token_of_ones_own_that_has_expired_is_told_once(visit: Visit) -> None:
    await visit.token.fill(expired("PARTNER"))
    await visit.token.press("Enter")
    await visit.type(COMPANIES)
    sent = len([each for each in visit.requests if is_run(each)])
    await press_run(visit)
    await expect(visit.notice).to_have_text("The token has expired: choose a role above.")
    await expect(fact(visit, "status")).to_have_text("HTTP 401")
    assert len([each for each in visit.requests if is_run(each)]) == sent + 1


async def test_a_subscription_to_a_server_that_is_away_says_so(visit: Visit) -> None:
    await visit.open_tab("ListenToChanges")
    await visit.page.route("**/graphql", lambda route: route.abort())
    await press_run(visit)
    await expect(visit.page.get_by_role("alert")).to_contain_text("doesn't answer")
    await expect(visit.page.get_by_label("Execute query (Ctrl-Enter)")).to_be_visible()
