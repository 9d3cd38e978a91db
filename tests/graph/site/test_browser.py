"""GraphiQL in a real headless Chromium: its tabs, its tokens, its looks."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.async_api import Browser, expect
from starlette.types import ASGIApp

from graph.app import create_app
from graph.identity.viewer import Role
from tests.graph.conftest import Server
from tests.graph.site.visiting import EXAMPLES, Visit, is_asked, visiting

pytestmark = pytest.mark.slow


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


async def test_every_example_runs_against_the_directory(visit: Visit) -> None:
    answers = {}
    for name in EXAMPLES:
        # One changes something, one goes on and on: tests beside this one run them.
        if name in {"EditCompany", "ListenToChanges"}:
            continue
        await visit.open_tab(name)
        answers[name] = await visit.run()
        assert "errors" not in answers[name], answers[name]
    data = {name: answer["data"] for name, answer in answers.items()}
    assert data["CompanyWithLocations"]["company"]["locations"]["totalCount"]["value"] > 1
    assert data["FilteredPage"]["companies"]["nodes"]
    results = [each["result"] for each in data["VerifyList"]["verifyNpis"]]
    assert {"ACTIVE", "DEACTIVATED", "INVALID_CHECK_DIGIT", "INVALID_FORMAT"} <= set(results)
    assert {each["kind"] for each in data["FollowChanges"]["changes"]["nodes"]} >= {"COMPANY_CREATED"}
    assert data["NearZip"]["locations"]["edges"][0]["distance"] is not None


async def test_a_typed_query_is_run(visit: Visit) -> None:
    await visit.type("{ dataset { companies { value } } }")
    answer = await visit.run()
    assert answer["data"]["dataset"]["companies"]["value"] > 0
    await expect(visit.response).to_contain_text(str(answer["data"]["dataset"]["companies"]["value"]))


async def test_an_error_shows_its_code(visit: Visit) -> None:
    await visit.type('{ company(npi: "1234567890") { name } }')
    await visit.run()
    await expect(visit.response).to_contain_text("BAD_USER_INPUT")
    await visit.type("{ nonsense }")
    await visit.run()
    await expect(visit.response).to_contain_text("GRAPHQL_VALIDATION_FAILED")


async def test_the_schema_is_explained_beside_the_query(visit: Visit) -> None:
    panel = visit.page.locator(".graphiql-doc-explorer")
    await panel.get_by_text("Query", exact=True).first.click()
    await expect(panel).to_contain_text("Companies, by name unless ordered otherwise.")


async def test_a_token_of_ones_own_is_sent_and_forgotten_with_the_tab(visit: Visit) -> None:
    await visit.token.fill("one.of.mine")
    # The schema is asked for anew, in this viewer's name.
    async with visit.page.expect_request(lambda request: is_asked(request, "one.of.mine")):
        await visit.token.press("Enter")
    stored = await visit.page.evaluate("[{...localStorage}, {...sessionStorage}]")
    assert "one.of.mine" not in json.dumps(stored[0])
    assert "one.of.mine" in json.dumps(stored[1])
    await visit.token.fill("")
    async with visit.page.expect_request(lambda request: is_asked(request, "")):
        await visit.token.press("Enter")
    assert "authorization" not in (await visit.run())["headers"]


async def test_a_role_fills_the_token_and_it_is_sent(visit: Visit) -> None:
    role = visit.role
    assert await role.locator("option:not([hidden])").all_inner_texts() == ["anonymous", *Role.__members__]
    async with visit.page.expect_request("**/graphql"):
        await role.select_option("EDITOR")
    token = await visit.token.input_value()
    assert jwt.decode(token, options={"verify_signature": False})["roles"] == ["EDITOR"]
    await visit.type("{ __typename }")
    assert (await visit.run())["headers"]["authorization"] == f"Bearer {token}"
    await visit.open()
    await expect(role).to_have_value("EDITOR")
    await visit.token.fill("one.of.mine")
    # What its refusal shows would else come later than what is run then.
    async with visit.page.expect_response(lambda response: is_asked(response.request, "one.of.mine")):
        await visit.token.press("Enter")
    await expect(role).to_have_value("own")
    await role.select_option("anonymous")
    await expect(visit.token).to_have_value("")
    assert "authorization" not in (await visit.run())["headers"]


async def test_it_opens_where_nothing_may_be_asked(
    chromium: Browser,
    directory_url: str,
    settings_for: Callable[..., Any],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    graphiql_data: Path,
    tmp_path: Path,
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text("{}")
    closed = {
        "environment": "production",
        "graphiql": True,
        "trusted_documents": manifest,
        "trusted_documents_only": True,
    }
    with serve(create_app(settings_for(directory_url, data_dir=graphiql_data, **closed))) as server:
        async with visiting(chromium, server) as visit:
            await expect(visit.page.get_by_role("tab")).to_have_text(EXAMPLES, use_inner_text=True)
            await expect(visit.role).to_be_hidden()
            await visit.run()
            await expect(visit.response).to_contain_text("PERSISTED_QUERY_NOT_SUPPORTED")


async def test_what_was_written_is_there_again_until_the_examples_are_wanted_back(visit: Visit) -> None:
    await visit.type("query Mine { __typename }")
    await expect(visit.page.get_by_role("tab", name="Mine")).to_be_visible()
    # The page's policy has no eval, so the browser can't be told to wait by itself.
    while "Mine" not in (await visit.page.evaluate("localStorage['graphiql:tabState']") or ""):
        await visit.page.wait_for_timeout(50)
    await visit.open()
    await expect(visit.page.get_by_role("tab", name="Mine")).to_be_visible()
    await expect(visit.page.get_by_role("tab")).to_have_text([*EXAMPLES, "Mine"], use_inner_text=True)
    await visit.page.get_by_role("button", name="Examples").click()
    await expect(visit.page.get_by_role("tab")).to_have_text(EXAMPLES, use_inner_text=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_looks_as_the_system_does(visit: Visit, scheme: Any) -> None:
    await visit.page.emulate_media(color_scheme=scheme)
    await visit.run()
    colours = await visit.page.evaluate(
        "['header', '.graphiql-container', '#token'].map((each) => {"
        "  const style = getComputedStyle(document.querySelector(each));"
        "  return [style.backgroundColor, style.color, getComputedStyle(document.body).backgroundColor];"
        "})"
    )
    assert brightness(colours[0][2]) > 200 if scheme == "light" else brightness(colours[0][2]) < 60
    for background, text, _ in colours[1:]:
        assert abs(brightness(background) - brightness(text)) > 80


def brightness(colour: str) -> float:
    red, green, blue = (float(each) for each in colour.partition("(")[2].rstrip(")").split(",")[:3])
    return 0.3 * red + 0.6 * green + 0.1 * blue


async def test_examples_that_nobody_has_changed_ask_for_what_is_there(visit: Visit) -> None:
    answer = await visit.run()
    gone = {"old": answer["data"]["company"]["npi"], "new": "1234567893"}
    while "CompanyWithLocations" not in (await visit.page.evaluate("localStorage['graphiql:tabState']") or ""):
        await visit.page.wait_for_timeout(50)
    await visit.page.evaluate(
        "({old, new: changed}) => ['graphiql:tabState', 'ariesone.given'].forEach((name) => {"
        "  localStorage.setItem(name, localStorage.getItem(name).replaceAll(old, changed));"
        "})",
        gone,
    )
    await visit.open()
    await expect(visit.page.get_by_role("tab")).to_have_text(EXAMPLES, use_inner_text=True)
    assert (await visit.run())["data"]["company"]["npi"] == gone["old"]
