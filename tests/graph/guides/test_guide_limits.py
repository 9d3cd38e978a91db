"""The page about limits against the settings, and what a dry run tells in production."""

import re
from collections.abc import Callable

from graph.app import create_app
from graph.settings import Settings
from tests.fences import DOCS, fences
from tests.graph.conftest import serving


def test_the_limits_are_those_of_the_settings(settings_for: Callable[..., Settings]) -> None:
    told = re.findall(r"\| ([\d,]+) \| `([A-Z_]+)` \|", (DOCS / "limits.md").read_text("utf-8"))
    assert len(told) > 10
    settings = settings_for("postgresql://localhost/nowhere")
    assert {name: int(number.replace(",", "")) for number, name in told} == {
        name: getattr(settings, name.lower()) for _, name in told
    }


def test_a_dry_run_tells_what_it_would_cost_and_gives_nothing_else(
    directory_url: str, settings_for: Callable[..., Settings]
) -> None:
    [query] = (each.text for each in fences("limits.md") if each.language == "graphql")
    secret = "the secret of a server in production"  # noqa: S105 - it is no secret
    with serving(create_app(settings_for(directory_url, environment="production", token_secret=secret))) as server:
        told = server.post(query)
        without = server.client.post("/graphql", json={"query": query}, headers={"cost-dry-run": "true"}).json()
    [(name, limit)] = told.json()["data"].items()
    assert (name, limit["limit"]) == ("rateLimit", int(told.headers["ratelimit-limit"]))
    assert without["extensions"]["cost"]["requestedQueryCost"] == limit["cost"] > 200
