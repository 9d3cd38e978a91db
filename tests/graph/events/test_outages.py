"""Listeners hear all of what happened while the server couldn't reach its database, once it can again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import HEARD, listening
from tests.graph.events.talking import talking
from tests.graph.events.test_event_stream import edit, newest
from tests.proxy import Proxy, proxying

pytestmark = pytest.mark.slow

PARTNER = bearer("partner")

FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refuses": Proxy.refuse,
    "resets": Proxy.reset,
    "is silent": Proxy.hold_back,
}


@pytest.fixture
def proxy(sample_copy: str) -> Iterator[Proxy]:
    """A proxy before the PostgreSQL with a directory of one's own."""
    [folder] = parse_qs(urlsplit(sample_copy).query)["host"]
    with proxying(Path(folder) / ".s.PGSQL.5432") as found:
        yield found


@pytest.mark.parametrize(
    "fault",
    ["refuses", "resets", "is silent"],
)
async def test_what_happens_while_the_database_is_away_is_heard_once_it_is_back(
    proxy: Proxy,
    fault: str,
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> None:
    parts = urlsplit(sample_copy)
    distant = f"postgresql://{parts.username}@127.0.0.1:{proxy.port}{parts.path}?sslmode=disable"
    with (
        serve(create_app(settings_for(sample_copy))) as near,
        serve(create_app(settings_for(distant, listener_heartbeat=0.3))) as far,
    ):
        start = newest(near)
        async with (
            listening(far, HEARD, {"after": start}, authorization=PARTNER) as stream,
            talking(far, PARTNER) as socket,
        ):
            await socket.ask(HEARD, {"after": start})
            for number in range(6):
                if number == 2:
                    FAULTS[fault](proxy)
                edit(near, f"number{number}")
                if number == 2:
                    await asyncio.sleep(1)
                if number == 4:
                    proxy.heal()
            heard = [[await stream.change() for _ in range(6)], [await socket.change() for _ in range(6)]]
    for changes in heard:
        cursors = [int(change["cursor"]) for change in changes]
        assert cursors == list(range(int(start) + 1, int(start) + 7))
        assert changes[-1]["company"] == {"website": "https://number5.example"}
