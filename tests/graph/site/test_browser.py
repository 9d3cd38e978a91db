"""GraphiQL in a real headless Chromium that reaches nothing but the server."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, Request, ViewportSize, expect
from starlette.types import ASGIApp

from graph.app import create_app
from graph.identity.viewer import Role
from tests.graph.conftest import Server

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ["CompanyWithLocations", "FilteredPage", "VerifyList", "NearZip"]
WIDTH, HEIGHT = 1480, 860

# Milliseconds in which GraphiQL has read the operation's name out of what was typed; it waits 100 by itself.
TAKEN_IN = 300

# What the browser refuses by the page's policy is an event of the document.
WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@dataclass
class Visit:
    """A page that was opened, and what the browser noted on the way."""

    page: Page
    origin: str
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, request: Request) -> None:
        self.requests.append(request)

    def note(self, message: ConsoleMessage) -> None:
        # The API answers errors with a status of 4xx, and Chromium writes every one down.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def fail(self, error: Error) -> None:
        self.complaints.append(str(error))

    async def open(self) -> None:
        await self.page.goto(f"{self.origin}/graphql")
        await expect(self.page.locator(".graphiql-query-editor")).to_be_visible()
        await expect(self.page.get_by_label("Hide Documentation Explorer")).to_be_visible()

    async def run(self) -> Any:
        """Press the button that runs the operation; what was sent, with which headers, and the answer it shows."""
        await self.page.wait_for_timeout(TAKEN_IN)
        async with self.page.expect_response(lambda response: is_run(response.request)) as answered:
            await self.page.get_by_label("Execute query (Ctrl-Enter)").click()
        request = (await answered.value).request
        answer = await (await answered.value).json()
        first = next(iter(answer.get("data") or {"errors": None}))
        await expect(self.response).to_contain_text(first)
        return {"sent": json.loads(request.post_data or ""), "headers": request.headers, **answer}

    @property
    def response(self) -> Locator:
        return self.page.locator(".result-window")

    @property
    def token(self) -> Locator:
        return self.page.get_by_role("textbox", name="token")

    async def type(self, query: str) -> None:
        """Write a query as a person does, in a new tab."""
        await self.page.get_by_label("New tab").click()
        await self.page.locator(".graphiql-query-editor .CodeMirror").click()
        await self.page.keyboard.insert_text(query)


def is_run(request: Request) -> bool:
    """Whether a request runs what is in the editor; GraphiQL asks for the schema by itself, at times twice."""
    return is_asked(request) and "IntrospectionQuery" not in (request.post_data or "")


def is_asked(request: Request, token: str | None = None) -> bool:
    """Whether a request is for the API and has this token."""
    if not request.url.endswith("/graphql") or request.method != "POST":
        return False
    return token is None or request.headers.get("authorization") == (f"Bearer {token}" if token else None)


@asynccontextmanager
async def visiting(chromium: Browser, server: Server) -> AsyncIterator[Visit]:
    """A new browser's visit; at its end nothing may have gone elsewhere, been refused or complained about."""
    size: ViewportSize = {"width": WIDTH, "height": HEIGHT}
    context = await chromium.new_context(viewport=size)
    await context.add_init_script(WATCH_VIOLATIONS)
    page = await context.new_page()
    visit = Visit(page, str(server.client.base_url).rstrip("/"))
    page.on("request", visit.ask)
    page.on("console", visit.note)
    page.on("pageerror", visit.fail)
    await visit.open()
    yield visit
    elsewhere = [
        each.url for each in visit.requests if not each.url.startswith((f"{visit.origin}/", "data:", "blob:"))
    ]
    assert (elsewhere, visit.complaints) == ([], [])
    assert await page.evaluate("window.violations") == []
    await context.close()


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


async def test_every_example_runs_against_the_directory(visit: Visit) -> None:
    answers = {}
    for name in EXAMPLES:
        await visit.page.get_by_role("tab", name=name).click()
        answers[name] = await visit.run()
        assert "errors" not in answers[name], answers[name]
    data = {name: answer["data"] for name, answer in answers.items()}
    assert data["CompanyWithLocations"]["company"]["locations"]["totalCount"]["value"] > 1
    assert data["FilteredPage"]["companies"]["nodes"]
    results = [each["result"] for each in data["VerifyList"]["verifyNpis"]]
    assert {"ACTIVE", "DEACTIVATED", "INVALID_CHECK_DIGIT", "INVALID_FORMAT"} <= set(results)
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
    role = visit.page.get_by_label("role", exact=True)
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
            await expect(visit.page.get_by_label("role", exact=True)).to_be_hidden()
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
async def test_it_looks_as_the_system_does(visit: Visit, scheme: Any, pytestconfig: pytest.Config) -> None:
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
    if scheme == "light" and pytestconfig.getoption("--update-screenshot"):
        await visit.page.screenshot(path=ROOT / "docs" / "graphiql.png")


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
