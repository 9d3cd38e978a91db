"""What is added to GraphiQL, in a real Chromium: saved operations, client code, and a list as CSV."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.graph.conftest import Server, bearer
from tests.graph.site.visiting import TAKEN_IN, Visit, visiting

pytestmark = pytest.mark.slow

# All saved operations with their variables filled, as the panel fills them.
FILL_ALL = """async () => {
  const { fillVariables, readSaved } = await import("/graphiql/saved.js");
  const { ask } = await import("/graphiql/fetcher.js");
  const operations = (await readSaved()).flatMap(({ operations }) => operations);
  const filled = async (each) => ({ ...each, variables: await fillVariables(each.variables, ask) });
  return Promise.all(operations.map(filled));
}"""
# In these something is at fault on purpose.
FAULTY = {"errors_side_by_side", "roster_of_numbers"}

LIST = """query List($first: Int!) {
  companies(first: $first, orderBy: [{field: NPI}]) {
    nodes {
      npi name isActive enumeratedOn taxonomies { code }
      primaryLocation { address { line1 city state } place: position { latitude } }
    }
  }
}"""


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


async def open_panel(visit: Visit, name: str) -> Locator:
    """Open one of our panels by its button."""
    await visit.page.get_by_label(f"Show {name}").click()
    return visit.page.get_by_role("region", name=name)


async def test_a_saved_operation_is_found_and_opened_with_variables_that_work(visit: Visit) -> None:
    panel = await open_panel(visit, "Saved operations")
    await expect(panel.get_by_role("heading", level=3)).to_have_text(
        ["Front ends", "Partners", "Developers", "Administrators"]
    )
    await panel.get_by_role("searchbox").fill("roster verdict")
    await expect(panel.get_by_role("heading", level=3)).to_have_text(["Partners"])
    await panel.get_by_role("button", name="VerifyRoster").click()
    await expect(visit.page.get_by_role("tab", name="VerifyRoster")).to_have_attribute("aria-selected", "true")
    results = {each["result"] for each in (await visit.run())["data"]["verifyNpis"]}
    assert {"ACTIVE", "DEACTIVATED", "INVALID_CHECK_DIGIT", "INVALID_FORMAT"} <= results
    await panel.get_by_role("searchbox").fill("no such words")
    await expect(panel.get_by_role("status")).to_have_text("None has all of these words.")


async def test_every_saved_operation_works_on_the_directory(visit: Visit, page_server: Server) -> None:
    operations = await visit.page.evaluate(FILL_ALL)
    assert len(operations) > 50
    for each in operations:
        role = each["roles"][0].lower() if each["roles"] else None
        headers = {"authorization": bearer(role)} if role else {}
        answer = page_server.post(each["query"], each["variables"], **headers).json()
        assert ("errors" in answer) is (each["name"] in FAULTY), (each["name"], answer)


async def code_of(visit: Visit, client: str) -> str:
    """Return the code for a client; the panel is open."""
    panel = visit.page.get_by_role("region", name="Client code")
    await panel.get_by_role("button", name=client, exact=True).click()
    await expect(panel.get_by_role("button", name=client, exact=True)).to_have_attribute("aria-pressed", "true")
    return await panel.get_by_label(f"Code for {client}", exact=True).inner_text()


def printed_by(command: list[str], **environment: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=30, env={**os.environ, **environment}
    ).stdout


async def test_client_code_asks_the_same_and_has_no_token(visit: Visit) -> None:
    async with visit.page.expect_request("**/graphql"):
        await visit.role.select_option("ADMIN")
    token = await visit.token.input_value()
    answer = await visit.run()
    await open_panel(visit, "Client code")
    codes = {
        name: await code_of(visit, name) for name in ("curl", "JavaScript", "urql", "Apollo", "Python", "gql")
    }
    for code in codes.values():
        assert token not in code
        assert "TOKEN" in code
        assert answer["sent"]["variables"]["npi"] in code
        assert "Ctrl-Enter runs it" not in code
    company = json.loads(printed_by(["bash", "-ec", codes["curl"]], TOKEN=token))["data"]["company"]
    assert company == answer["data"]["company"]
    panel = visit.page.get_by_role("region", name="Client code")
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await panel.get_by_role("button", name="Copy").click()
    await expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert await visit.page.evaluate("navigator.clipboard.readText()") == codes["gql"]


async def test_client_code_is_of_the_operation_that_is_meant(visit: Visit) -> None:
    await open_panel(visit, "Client code")
    await visit.open_tab("EditCompany")
    await visit.page.wait_for_timeout(TAKEN_IN)
    edit = await code_of(visit, "urql")
    assert "client.mutation(" in edit
    assert "CompanyHistory" not in edit
    await visit.open_tab("ListenToChanges")
    panel = visit.page.get_by_role("region", name="Client code")
    await expect(panel.get_by_role("link", name="Subscriptions")).to_have_attribute("href", "/docs/subscriptions")
    assert "--no-buffer" in await code_of(visit, "curl")
    await visit.type("query {")
    await expect(panel).to_contain_text("The operation can't be read: Syntax Error")


async def test_a_list_is_saved_as_the_server_writes_it(visit: Visit, page_server: Server) -> None:
    await visit.type(LIST.replace("$first: Int!", "$first: Int! = 40").replace(" taxonomies { code }", ""))
    await visit.run()
    async with visit.page.expect_download() as begun:
        await visit.page.get_by_role("button", name="Save as CSV").click()
    download = await begun.value
    assert download.suggested_filename == "companies.nodes.csv"
    saved = await asyncio.to_thread(Path(await download.path()).read_bytes)
    given: dict[str, Any] = {"query": LIST.replace(" taxonomies { code }", ""), "variables": {"first": 40}}
    answer = page_server.client.post("/graphql", json=given, headers={"accept": "text/csv"})
    assert answer.status_code == 200
    assert saved == answer.content
    assert saved.count(b"\r\n") == 41


async def test_an_answer_that_is_no_list_says_why_it_is_not_saved(visit: Visit) -> None:
    button = visit.page.get_by_role("button", name="Save as CSV")
    await expect(button).to_be_hidden()
    for query, why in {
        "{ dataset { companies { value } } }": "The answer has no list of objects.",
        "{ a: companies(first: 1) { nodes { npi } } b: companies(first: 1) { nodes { npi } } }": (
            "The answer has 2 lists, a.nodes and b.nodes: ask for one of them."
        ),
        LIST.replace("$first: Int!", "$first: Int! = 4"): (
            "Each row of companies.nodes has a list of objects, taxonomies: leave it out."
        ),
        '{ companies(filter: {npi: ["1234567893"]}) { nodes { npi } } }': "The list companies.nodes is empty.",
    }.items():
        await visit.type(query)
        await visit.run()
        await button.click()
        await expect(visit.page.get_by_text(why)).to_be_visible()


async def test_cells_are_written_as_the_server_writes_them(visit: Visit) -> None:
    rows = [
        {"a": "=1+1", "b": {"c": None, "d": 'x,"y"\nz'}, "e": ["-x", "+4"]},
        {"a": "+1.5", "b": None, "e": []},
        {"a": "@x", "b": {"c": True, "d": -2}, "e": None},
    ]
    write = "async (rows) => (await import('/graphiql/csv.js')).writeCsv(rows)"
    assert await visit.page.evaluate(write, rows) == (
        'a,b.c,b.d,e\r\n\'=1+1,,"x,""y""\nz",\'-x; +4\r\n+1.5,,,\r\n\'@x,true,-2,\r\n'
    )
    assert await visit.page.evaluate(write, [{"a": None}]) == 'a\r\n""\r\n'
