"""What is deprecated, as a page: to each viewer what it may use, and to operators who uses it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from db import usage
from db.engine import Database
from db.usage import Count
from graph.settings import Settings
from tests.graph.aging import create_aging_app
from tests.graph.conftest import Server
from tests.graph.identity.hostile import SECRET, good

PATH = "/docs/deprecations"
USED = (
    Count("NAMED", "Clinic app", "2.1", "Query.firm", 1204),
    Count("CLAIMED", "<script>alert(1)</script>", "", "Query.firm", 3),
)
OPERATIONS = "an operator's secret, long enough for this"


@pytest.fixture
async def production(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    database_url: str,
) -> AsyncIterator[Server]:
    """A server in production of a schema with deprecated parts, some of which are used."""
    async with Database.open(database_url) as database:
        await usage.add(database, USED, is_whole=False)
    settings = settings_for(
        database_url,
        environment="production",
        token_secret=SecretStr(SECRET),
        operations_token=SecretStr(OPERATIONS),
    )
    with serve(create_aging_app(settings)) as running:
        yield running


def read(server: Server, token: str | None = None) -> str:
    answer = server.client.get(PATH, headers={} if token is None else {"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "How the API changes" in answer.text
    return answer.text


def test_it_is_a_page_with_nothing_in_its_list_as_long_as_nothing_is_deprecated(server: Server) -> None:
    assert "Nothing is deprecated." in read(server)


def test_without_a_token_there_is_no_list(production: Server) -> None:
    text = read(production)
    assert "Send a token to see the list." in text
    assert "Query.firm" not in text
    refused = production.client.get(PATH, headers={"authorization": "Bearer x"})
    assert refused.status_code == 401


def test_a_viewer_is_told_what_and_until_when_but_not_who(production: Server) -> None:
    text = read(production, good(roles=["VIEWER"]))
    for part in ("Query.firm", "It is called company.", "<code>Query.company</code>", "2028-06-01", "Tone.SHRILL"):
        assert part in text
    # The first to go comes first.
    assert text.index("Look.colour") < text.index("Query.firm")
    assert "<th>used by</th>" not in text
    assert "Clinic app" not in text


@pytest.mark.parametrize("token", [OPERATIONS, None])
def test_operators_see_who_uses_it_whatever_clients_call_themselves(production: Server, token: str | None) -> None:
    text = read(production, token or good(roles=["ADMIN"]))
    assert "Clinic app 2.1: 1,204 times, last on 20" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (without a token): 3 times" in text
    assert "<script>" not in text
    assert "nobody, as far as it was counted" in text
    assert "Counted since 20" in text


def test_a_database_that_is_away_leaves_the_rest(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]], settings_for: Callable[..., Settings]
) -> None:
    away = settings_for("postgresql://nobody@127.0.0.1:1/nothing")
    with serve(create_aging_app(away)) as running:
        text = read(running)
    assert "Query.firm" in text
    assert "<th>used by</th>" not in text
