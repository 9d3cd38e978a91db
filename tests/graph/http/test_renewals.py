"""What is made anew behind requests ends with the server, before what it needs is closed."""

import asyncio
from collections.abc import Callable

import pytest

from db.engine import Database
from db.revision import state
from graph.app import create_app
from graph.cache.answers import Sent
from graph.http import endpoint
from graph.http.renewals import MOST, Renewals
from graph.settings import Settings

SENT: list[Sent] = [(str(number).encode(), "/graphql", frozenset(), False, 0) for number in range(MOST + 1)]


async def test_the_server_ends_them_before_it_closes_the_database(
    database_url: str, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals = Renewals()
    monkeypatch.setattr(endpoint, "Renewals", lambda: renewals)
    app = create_app(settings_for(database_url))
    ended: list[object] = []

    async def renew(database: Database) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            # It is still open.
            ended.append(await state(database))

    async with app.others.router.lifespan_context(app.others) as opened:
        assert opened is not None
        for sent in SENT:
            renewals.begin(sent, lambda: renew(opened["database"]))
        await asyncio.sleep(0)
        assert ended == []
    assert len(ended) == MOST
