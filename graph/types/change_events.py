"""Changes as they come: read from the log after a cursor, and then whenever it goes on, each of them once."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing, suppress
from typing import Annotated, Final, Self, TypeVar

import strawberry

from db import changes
from db.changes import Scan
from db.failures import DatabaseUnavailableError, words_of
from db.reads import Reads
from graph.cache.reading import Reading
from graph.context import Context
from graph.execution.sources import Event
from graph.resolvers import told
from graph.types.change_feed import ChangesLike, change_id, telling_of_expiry
from graph.types.examples import A_CHANGE
from graph.types.wanted_changes import OfList, WantedChanges, wanted_changes

# Changes that are read at once.
PAGE: Final = 100
# Seconds between two attempts to read while the database is away.
RETRY: Final = 1.0

log = logging.getLogger("ariesone.events")

T = TypeVar("T")

FromNowOn = Annotated[
    str | None,
    strawberry.argument(
        directives=[A_CHANGE],
        description=(
            "The cursor of a change, or that of `dataset`; 0 means from the very first change, left out means "
            "from now on. If changes after it are no longer kept, the error is CURSOR_EXPIRED."
        ),
    ),
]


class ChangeEvents:
    """The changes that are wanted, the oldest first and without an end.

    The log itself is what waits for a slow listener: no more of it is read than is taken.
    """

    def __init__(self, database: Reads, log: Reading, wanted: WantedChanges, after: int) -> None:
        self._log = log
        self._database = database
        self._wanted = wanted
        # All before it, and itself, was told.
        self._told = after
        self._page: Scan | None = None
        self._is_away = False

    @classmethod
    async def after(cls, cursor: str | None, context: Context, wanted: WantedChanges) -> Self:
        """Those that come after one, or from now on; raises what they can't be listened to for."""
        if context.log is None:
            raise TypeError("Nobody here reads the log.")
        given = change_id(cursor)
        start = await changes.last(context.database) if given is None else given
        found = cls(context.database, context.log, wanted, start)
        found._page = await found._read()
        return found

    @property
    def cursor(self) -> str:
        """After which change to go on."""
        return str(self._told)

    @property
    def first(self) -> Event | None:
        """The first change of the page that was read when it began, before any is told."""
        rows = self._page.rows if self._page else ()
        return Event(str(rows[0]["id"]), rows[0]) if rows else None

    @property
    def key(self) -> Hashable:
        """The filter; None if a watch list decides, which is its owner's."""
        return (type(self), self._wanted.only.key) if self._wanted.watch_list is None else None

    def copy(self) -> Self:
        """The same changes, from where these are."""
        return type(self)(self._database, self._log, self._wanted, self._told)

    def move_to(self, cursor: str) -> None:
        """Continue after a change."""
        self._told, self._page = int(cursor), None

    async def read(self) -> AsyncGenerator[Event | None]:
        """Yield each change that there is by now; None, now and then, while the database can't be reached.

        Raises CursorExpiredError, and NotFoundError once the watch list is gone.
        """
        has_next = True
        while has_next:
            page = self._page or await self._read_on()
            self._page = None
            if page is None:
                yield None
                await asyncio.sleep(RETRY)
                continue
            for left, row in enumerate(page.rows, 1 - len(page.rows)):
                yield Event(str(row["id"]), row, has_next=left < 0)
                self._told = row["id"]
            self._told, has_next = page.read_to, page.has_next

    async def goes_on(self, seconds: float) -> bool:
        """Whether the log goes on within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._log.goes_on(self._told)
                return True
        return False

    async def events(self, pause: float) -> AsyncGenerator[Event | None]:
        """Yield each change, without an end; None where there was none for so many seconds. Raises as `read`."""
        while True:
            async with aclosing(self.read()) as found:
                async for event in found:
                    yield event
            while not await self.goes_on(pause):
                yield None

    async def answer(self, event: Event, run: Callable[[Reads], Awaitable[T]]) -> T:  # noqa: ARG002 - as a Feed has it
        """What `run` makes of an event, of the directory as it is by then."""
        return await run(self._database)

    async def _read_on(self) -> Scan | None:
        """The page after what was told; None where the database is away."""
        try:
            page = await self._read()
        except DatabaseUnavailableError as error:
            if not self._is_away:
                log.warning("changes can't be read, and a listener waits for them: %s", words_of(error))
            self._is_away = True
            return None
        self._is_away = False
        return page

    async def _read(self) -> Scan:
        """The page after what was told; raises CursorExpiredError or NotFoundError."""
        only = await self._wanted.now()
        with telling_of_expiry(self.cursor):
            return await self._log.page(self._database, self._told, PAGE, only)


@told
async def change_events(
    context: Context,
    after: FromNowOn = None,
    filter: ChangesLike = None,  # noqa: A002 - the argument's name in the schema
    watch_list: OfList = None,
) -> ChangeEvents:
    """The changes after one; raises CursorExpiredError where they can't be followed."""
    return await ChangeEvents.after(after, context, await wanted_changes(context, filter, watch_list=watch_list))
