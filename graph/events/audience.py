"""Who listens: so many at a time and no more, each looked at again whether its token is still good."""

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

# Seconds between two looks at all tokens, and between two attempts of somebody who finds no room.
INTERVAL: Final = 1.0
LATER: Final = 5

log = logging.getLogger("ariesone.events")

HeaderList = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True, eq=False)
class Seat:
    """A connection that stays open: for whom, by what it said who it is, and what ends it with a reason."""

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
        # Those who haven't said yet who they are, by their addresses.
        self._unnamed: Counter[Hashable] = Counter()

    def greet(self, client: tuple[str, int] | None) -> ExitStack:
        """Keep room for somebody who hasn't said yet who they are, until it is closed.

        Raises ServiceUnavailableError or ThrottledError where there is none.
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
        """Give somebody a seat; raises ServiceUnavailableError or ThrottledError where there is none."""
        self._require_room()
        seat = Seat(who_is(viewer, client), viewer, headers, end)
        if self._of_one[seat.who] >= self._most_of_one:
            raise ThrottledError(f"{self._most_of_one} connections of yours are open; no more are allowed.", LATER)
        self._of_one[seat.who] += 1
        self._seats[seat] = None
        LISTENERS.inc()
        return seat

    def _require_room(self) -> None:
        """Raise ServiceUnavailableError where one more would be one too many."""
        if len(self._seats) + self._unnamed.total() >= self._most:
            raise ServiceUnavailableError("This server has no room for more open connections.", LATER)

    def leave(self, seat: Seat) -> None:
        """Note that a connection has ended."""
        del self._seats[seat]
        LISTENERS.dec()
        take_one(self._of_one, seat.who)

    async def watch(self) -> NoReturn:
        """Look at the tokens of all who listen again and again, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            for seat in list(self._seats):
                # A token that has to be verified again takes its time, which others have between two of them.
                await asyncio.sleep(0)
                if seat in self._seats and not seat.viewer.is_anonymous:
                    await self._look_at(seat)

    async def authenticate(self, headers: HeaderList) -> Viewer:
        """Return who comes with these headers; raises UnauthenticatedError or ServiceUnavailableError."""
        return await self._authentication.authenticate(headers)

    async def _look_at(self, seat: Seat) -> None:
        """End a connection whose token isn't good any more, or doesn't say the same any more."""
        headers = seat.headers
        try:
            viewer = await self.authenticate(headers)
        except UnauthenticatedError as error:
            # Unless a newer one came meanwhile.
            if seat.headers is headers:
                seat.end(error)
        except ServiceUnavailableError:
            # Nobody can tell now: what was known stands.
            return
        except Exception:
            # Whatever it is, the next look must come, and that at the others.
            log.exception("a listener's token can't be checked again")
        else:
            if seat.headers is headers and viewer.roles != seat.viewer.roles:
                seat.end(ForbiddenError("Your roles have changed; connect again."))


def who_is(viewer: Viewer, client: tuple[str, int] | None) -> Hashable:
    """Whose connections are counted together: those of a subject, or of an address."""
    if viewer.is_anonymous:
        return client_of(client[0] if client else "")
    return (viewer.issuer, viewer.subject)


def take_one(counted: Counter[Hashable], who: Hashable) -> None:
    """Count one less of somebody, who isn't remembered without any."""
    counted[who] -= 1
    if not counted[who]:
        del counted[who]
