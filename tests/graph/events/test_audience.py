"""Looking at the tokens of those who listen, whatever becomes of one of the looks."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from graph.errors import ClientError, UnauthenticatedError
from graph.events import audience
from graph.events.audience import Audience, HeaderList, Seat
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.identity.viewer import Viewer

VIEWER = Viewer("somebody", frozenset({"PARTNER"}))

# Whether a look at a token has begun.
BEGUN = asyncio.Event()


class Failing(Authentication):
    """Finds no token good, and fails at the one of `b"broken"`."""

    async def authenticate(self, headers: Sequence[tuple[bytes, bytes]]) -> Viewer:
        """Take a moment, as where a key has to be asked for."""
        BEGUN.set()
        await asyncio.sleep(0.01)
        if headers[0][1] == b"broken":
            raise RuntimeError("of this test")
        raise UnauthenticatedError("The token has expired.", "EXPIRED")


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Audience:
    """Those who listen, looked at all the time."""
    monkeypatch.setattr(audience, "INTERVAL", 0.01)
    return Audience(Failing(TokenRules(frozenset()), JsonWebKeys(None), Revocations()), 10, 10)


def seated(listeners: Audience, token: bytes, ended: list[ClientError]) -> Seat:
    """Somebody who listens with a token, and leaves when that is over; why is noted."""

    def end(error: ClientError) -> None:
        ended.append(error)
        listeners.leave(seat)

    headers: HeaderList = [(b"authorization", token)]
    seat = listeners.admit(VIEWER, None, headers, end)
    return seat


async def watched(listeners: Audience, seconds: float) -> None:
    """Have all be looked at for a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await listeners.watch()


async def test_a_look_that_fails_is_not_the_last(listeners: Audience) -> None:
    ended: list[ClientError] = []
    broken = seated(listeners, b"broken", ended)
    seated(listeners, b"over", ended)
    await watched(listeners, 0.2)
    assert [each.message for each in ended] == ["The token has expired."]
    listeners.leave(broken)


async def test_a_token_that_is_over_ends_nothing_where_a_newer_one_came_meanwhile(listeners: Audience) -> None:
    ended: list[ClientError] = []
    seat = seated(listeners, b"over", ended)
    BEGUN.clear()
    watching = asyncio.create_task(watched(listeners, 0.3))
    await BEGUN.wait()
    seat.headers = [(b"authorization", b"broken")]
    await watching
    assert not ended
    listeners.leave(seat)
