"""The connections that stay open: a limited number, each with a token that is checked again and again."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, NoReturn

from graph.errors import ClientError, ForbiddenError, ServiceUnavailableError, ThrottledError, UnauthenticatedError
from graph.http.throttle import client_of
from graph.identity.authentication import Authentication
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.telemetry.metrics import LISTENERS

# Seconds between two checks of all tokens, and seconds after which to retry when there is no room.
INTERVAL: Final = 1.0
LATER: Final = 5

log = logging.getLogger("ariesone.events")

HeaderList = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True, eq=False)
class Seat:
    """A connection that stays open: whose it is, the headers with its token, and what ends it with a reason."""

    who: Hashable
    viewer: Viewer
    headers: HeaderList
    end: Callable[[ClientError], None]


class Audience:
    """The connections of this process that stay open, at most `most`, and `most_of_one` of one viewer."""

    def __init__(self, authentication: Authentication, most: int, most_of_one: int) -> None:
        self._authentication = authentication
        self._most = most
        self._most_of_one = most_of_one
        self._seats: dict[Seat, None] = {}
        self._of_one: Counter[Hashable] = Counter()
        # Connections that haven't authenticated yet, by their addresses.
        self._unnamed: Counter[Hashable] = Counter()

    def greet(self, client: tuple[str, int] | None) -> ExitStack:
        """Keep room for a client that hasn't authenticated yet, until the stack is closed.

        Raises ServiceUnavailableError or ThrottledError if there is none.
        """
        self._require_room()
        who = who_is(ANONYMOUS, client)
        if self._unnamed[who] >= self._most_of_one:
            told = (
                f"{self._most_of_one} connections of your address haven't authenticated yet; no more are allowed."
            )
            raise ThrottledError(told, LATER)
        self._unnamed[who] += 1
        room = ExitStack()
        room.callback(take_one, self._unnamed, who)
        return room

    def admit(
        self,
        viewer: Viewer,
        client: tuple[str, int] | None,
        headers: HeaderList,
        end: Callable[[ClientError], None],
    ) -> Seat:
        """Give a client a seat; raises ServiceUnavailableError or ThrottledError if there is none."""
        self._require_room()
        seat = Seat(who_is(viewer, client), viewer, headers, end)
        if self._of_one[seat.who] >= self._most_of_one:
            raise ThrottledError(f"{self._most_of_one} connections of yours are open; no more are allowed.", LATER)
        self._of_one[seat.who] += 1
        self._seats[seat] = None
        LISTENERS.inc()
        return seat

    def _require_room(self) -> None:
        """Raise ServiceUnavailableError if there is no room for one more."""
        if len(self._seats) + self._unnamed.total() >= self._most:
            raise ServiceUnavailableError("This server has no room for more open connections.", LATER)

    def leave(self, seat: Seat) -> None:
        """Note that a connection has ended."""
        del self._seats[seat]
        LISTENERS.dec()
        take_one(self._of_one, seat.who)

    async def watch(self) -> NoReturn:
        """Check the tokens of all connections again and again, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            for seat in list(self._seats):
                # Verifying a token takes time: let other tasks run between two of them.
                await asyncio.sleep(0)
                if seat in self._seats and not seat.viewer.is_anonymous:
                    await self._look_at(seat)

    async def authenticate(self, headers: HeaderList) -> Viewer:
        """Return the viewer of these headers; raises UnauthenticatedError or ServiceUnavailableError."""
        return await self._authentication.authenticate(headers)

    async def _look_at(self, seat: Seat) -> None:
        """End a connection whose token isn't valid any more, or gives other roles now."""
        headers = seat.headers
        try:
            viewer = await self.authenticate(headers)
        except UnauthenticatedError as error:
            # Unless a newer one came meanwhile.
            if seat.headers is headers:
                seat.end(error)
        except ServiceUnavailableError:
            # It can't be verified now: what was known still holds.
            return
        except Exception:
            # Whatever it is, the others and the next round must still be checked.
            log.exception("a listener's token can't be checked again")
        else:
            if seat.headers is headers and viewer.roles != seat.viewer.roles:
                seat.end(ForbiddenError("Your roles have changed; connect again."))


def who_is(viewer: Viewer, client: tuple[str, int] | None) -> Hashable:
    """The key under which connections are counted together: a subject, or an address."""
    if viewer.is_anonymous:
        return client_of(client[0] if client else "")
    return (viewer.issuer, viewer.subject)


def take_one(counted: Counter[Hashable], who: Hashable) -> None:
    """Count one less for somebody, and drop the count when it is 0."""
    counted[who] -= 1
    if not counted[who]:
        del counted[who]
