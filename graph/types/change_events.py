"""Changes as they come: read from the log after a cursor, and then whenever it goes on, each of them once."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated, Final

import strawberry

from db import changes
from db.changes import Filter, Scan
from db.failures import DatabaseUnavailableError, words_of
from graph.cache.reading import Reading
from graph.context import Context
from graph.execution.sources import Event
from graph.resolvers import told
from graph.types.change_feed import ChangesLike, change_id, telling_of_expiry
from graph.types.change_filter import change_filter

# Changes that are read at once.
PAGE: Final = 100
# Seconds between two attempts to read while the database is away.
RETRY: Final = 1.0

log = logging.getLogger("ariesone.events")

FromNowOn = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "The cursor of a change, or that of `dataset`; 0 for all from the very first one on, and if left out, "
            "those that are made from now on. Where changes after it are no longer kept, the error is "
            "CURSOR_EXPIRED."
        )
    ),
]


class ChangeEvents:
    """The changes that pass a filter, the oldest first and without an end.

    The log itself is what waits for a slow listener: no more of it is read than is taken.
    """

    def __init__(self, context: Context, log: Reading, only: Filter, page: Scan, after: int) -> None:
        self._context = context
        self._log = log
        self._only = only
        self._page: Scan | None = page
        # All before it, and itself, was told.
        self._told = after
        self._is_away = False

    @property
    def cursor(self) -> str:
        """After which change to go on."""
        return str(self._told)

    async def events(self, pause: float) -> AsyncGenerator[Event | None]:
        """Yield each change; None where there was none for so many seconds. Raises CursorExpiredError."""
        while True:
            page = self._page or await self._read_on()
            self._page = None
            if page is None:
                yield None
                await asyncio.sleep(RETRY)
                continue
            for row in page.rows:
                yield Event(str(row["id"]), row)
                self._told = row["id"]
            self._told = page.read_to
            if not page.has_next:
                while not await self._goes_on(pause):
                    yield None

    async def _read_on(self) -> Scan | None:
        """The page after what was told; None where the database is away."""
        try:
            page = await page_after(self._context, self._log, self._told, self._only)
        except DatabaseUnavailableError as error:
            if not self._is_away:
                log.warning("changes can't be read, and a listener waits for them: %s", words_of(error))
            self._is_away = True
            return None
        self._is_away = False
        return page

    async def _goes_on(self, seconds: float) -> bool:
        """Whether the log goes on within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._log.goes_on(self._told)
                return True
        return False


@told
async def change_events(
    context: Context,
    after: FromNowOn = None,
    filter: ChangesLike = None,  # noqa: A002 - the argument's name in the schema
) -> ChangeEvents:
    """The changes after one; raises CursorExpiredError where they can't be followed."""
    if context.log is None:
        raise TypeError("Nobody here reads the log.")
    only = await change_filter(context.database, filter)
    given = change_id(after)
    begin = await changes.last(context.database) if given is None else given
    page = await page_after(context, context.log, begin, only)
    return ChangeEvents(context, context.log, only, page, begin)


async def page_after(context: Context, log: Reading, cursor: int, only: Filter) -> Scan:
    """The changes that came after one; raises CursorExpiredError."""
    with telling_of_expiry(str(cursor)):
        return await log.page(context.database, cursor, PAGE, only)
