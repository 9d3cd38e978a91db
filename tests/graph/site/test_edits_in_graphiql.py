"""The tabs of GraphiQL that need a role: an edit with its history, and what partners follow."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from starlette.types import ASGIApp

from graph.app import create_app
from tests.graph.conftest import Server, bearer
from tests.graph.site.visiting import Visit, visiting

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]


@pytest.fixture
async def visit(
    chromium: Browser, sample_copy: str, settings_for: Callable[..., Any], serve: Serve, graphiql_data: Path
) -> AsyncIterator[Visit]:
    """A visit to a server in development, whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy, data_dir=graphiql_data))) as server:
        async with visiting(chromium, server) as visit:
            yield visit


async def test_an_edit_its_history_and_what_partners_see_of_it(visit: Visit) -> None:
    await visit.open_tab("EditCompany")
    await expect(visit.role).to_have_value("EDITOR")
    edited = (await visit.run("EditCompany"))["data"]["updateCompany"]
    assert (edited["company"]["website"], edited["userErrors"]) == ("https://www.example.com", [])
    told = (await visit.run("CompanyHistory"))["data"]["company"]
    assert told["version"] == edited["company"]["version"]
    [newest, *before] = told["history"]["nodes"]
    assert newest["author"] == {"subject": "development-editor"}
    assert newest["fields"] == [{"name": "website", "old": None, "new": "https://www.example.com"}]
    assert before[-1]["author"] is None
    await visit.open_tab("FollowChanges")
    await expect(visit.role).to_have_value("PARTNER")
    followed = (await visit.run())["data"]
    assert followed["changes"]["nodes"][-1]["cursor"] == followed["dataset"]["cursor"]
    assert followed["changes"]["nodes"][-1]["fields"] == newest["fields"]
    # The tab is named after what ran in it last.
    await visit.open_tab("CompanyHistory")
    await expect(visit.role).to_have_value("EDITOR")


async def test_a_role_that_was_chosen_stays_and_one_is_told_which_would_do(visit: Visit) -> None:
    await visit.role.select_option("VIEWER")
    await visit.open_tab("EditCompany")
    refused = await visit.run("EditCompany")
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await expect(visit.notice).to_have_text("Choose the role ADMIN or EDITOR above.")
    await expect(visit.role).to_have_value("VIEWER")
    await visit.role.select_option("ADMIN")
    assert (await visit.run("EditCompany"))["data"]["updateCompany"]["userErrors"] == []
    await expect(visit.notice).to_have_count(0)


async def test_where_no_roles_are_given_out_one_is_told_to_bring_a_token(
    chromium: Browser, sample_copy: str, settings_for: Callable[..., Any], serve: Serve, graphiql_data: Path
) -> None:
    secret = "of-these" * 8
    settings = {"environment": "production", "graphiql": True, "token_secret": secret}
    with serve(create_app(settings_for(sample_copy, data_dir=graphiql_data, **settings))) as server:
        async with visiting(chromium, server) as visit:
            await visit.open_tab("EditCompany")
            await visit.run("EditCompany")
            await expect(visit.notice).to_have_text("Paste a token with the role ADMIN or EDITOR above.")
            await visit.token.fill(bearer("admin", token_secret=secret).removeprefix("Bearer "))
            await visit.token.press("Enter")
            assert (await visit.run("EditCompany"))["data"]["updateCompany"]["userErrors"] == []
