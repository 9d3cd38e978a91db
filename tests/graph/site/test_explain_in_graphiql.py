"""The panel that shows where an operation's time went, in a real Chromium."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect
from starlette.types import ASGIApp

from graph.app import create_app
from graph.site.graphiql.ide import OWN
from tests.graph.conftest import Server, bearer
from tests.graph.site.visiting import Visit, visiting

pytestmark = pytest.mark.slow

QUERY = """query Slow {
  companies(first: 3, filter: {search: "medical"}) {
    nodes { npi locations { nodes { kind } } primaryLocation { company { name } } }
  }
}"""
# What the server might tell of a run in which everything is slow.
SLOW_RUN: dict[str, Any] = {
    "executor": "interpreted",
    "milliseconds": 400,
    "fields": [
        {
            "field": "Query.companies",
            "source": "read",
            "cache": None,
            "statements": [
                {
                    "sql": "SELECT",
                    "sentAt": 10,
                    "milliseconds": 300,
                    "plan": "Seq Scan on companies\\n  Sort Method: external merge\\nExecution Time: 290.1 ms",
                }
            ],
        },
        {
            "field": "Company.locations",
            "source": "read",
            "cache": None,
            "statements": [{"sql": "SELECT", "sentAt": 300, "milliseconds": 50, "plan": "Execution Time: 1.5 ms"}],
        },
    ],
    "others": [],
}
ADVISE = """async (explained) => {
  const { adviceOn, ownTime } = await import("/graphiql/explain.js");
  return [ownTime(explained), adviceOn(explained).map(({ text }) => text)];
}"""


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


async def explain(visit: Visit, query: str) -> Locator:
    """Have an operation explained; return the panel."""
    await visit.type(query)
    await visit.page.get_by_label("Show Explain").click()
    panel = visit.page.get_by_role("region", name="Explain")
    await panel.get_by_role("button", name="Run and explain").click()
    return panel


async def test_statements_stand_on_a_time_line_with_their_plans(visit: Visit, page_server: Server) -> None:
    panel = await explain(visit, QUERY)
    statements = panel.locator(".statements li")
    told = page_server.post(QUERY, None, **{"graphql-explain": "1"}).json()["extensions"]["explain"]
    names = [each["field"] for each in told["fields"] for _ in each["statements"]]
    await expect(statements.locator("b")).to_have_text(names)
    await expect(panel.get_by_text("Came with the rows of others: Company.locations.")).to_be_visible()
    # Each begins behind the one before, and none is wider than the line.
    bars = [await one.bounding_box() for one in await statements.locator(".bar span").all()]
    lines = [await one.bounding_box() for one in await statements.locator(".bar").all()]
    edges = [(bar["x"], bar["x"] + bar["width"]) for bar in bars if bar]
    assert sorted(edges) == edges
    assert len(edges) == 3
    assert all(line and end <= line["x"] + line["width"] + 1 for line, (_, end) in zip(lines, edges, strict=True))
    await expect(statements.first.get_by_label("Plan")).to_be_hidden()
    await statements.first.locator("summary").click()
    await expect(statements.first.get_by_label("SQL")).to_contain_text("SELECT")
    await expect(statements.first.get_by_label("Plan")).to_contain_text("actual time=")
    costs = {
        await one.locator("b").inner_text(): float(await one.locator("small").inner_text())
        for one in await panel.locator(".costs li").all()
    }
    assert costs == {each["path"]: each["cost"] for each in told["costs"]}


async def test_what_stands_out_is_said_with_what_to_do(visit: Visit) -> None:
    own, advice = await visit.page.evaluate(ADVISE, SLOW_RUN)
    assert own == 60
    assert [text.partition(":")[0] for text in advice] == [
        "Explain it again",
        "Query.companies takes most of the time",
        "Query.companies reads all of the table companies",
        "Query.companies sorts on the disk",
        "Company.locations took 50 ms, and run again 1.5 ms",
    ]


def test_pages_that_advice_leads_to_are_there(page_server: Server) -> None:
    script = (OWN / "explain.js").read_text(encoding="utf-8")
    places = {text.partition('"')[0] for text in script.split('"/docs/')[1:]}
    assert len(places) >= 5
    for place in places:
        page, _, section = place.partition("#")
        assert f'id="{section}"' in page_server.client.get(f"/docs/{page}").text, place


async def test_what_cannot_be_explained_says_why(visit: Visit) -> None:
    panel = await explain(visit, "{ nonsense }")
    await expect(panel.get_by_role("alert")).to_contain_text("Cannot query field")
    await visit.type("subscription { changes { cursor } }")
    await expect(panel.get_by_role("button", name="Run and explain")).to_be_disabled()
    await expect(panel.get_by_role("status")).to_have_text("A subscription goes on; explain a query.")


async def test_in_production_it_is_for_administrators(
    chromium: Browser,
    directory_url: str,
    settings_for: Callable[..., Any],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    graphiql_data: Path,
) -> None:
    key = "of this test alone, and long enough"
    settings = settings_for(
        directory_url, data_dir=graphiql_data, environment="production", graphiql=True, token_secret=key
    )
    with serve(create_app(settings)) as server:
        async with visiting(chromium, server) as visit:
            panel = await explain(visit, QUERY)
            await expect(panel.get_by_role("alert")).to_have_text("graphql-explain is open to ADMIN only.")
            await visit.token.fill(bearer("admin", token_secret=key).removeprefix("Bearer "))
            await visit.token.press("Enter")
            await panel.get_by_role("button", name="Run and explain").click()
            await expect(panel.locator(".statements li")).to_have_count(3)
