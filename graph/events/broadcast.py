"""A subscription that many clients have alike: each event is answered once, and sent to all of them at once."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

# Members to whom an answer is sent before others have their turn: some two milliseconds.
AT_ONCE: Final = 100

log = logging.getLogger("ariesone.events")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Source(Protocol[T_co]):
    """Where the answers come from."""

    @property
    def position(self) -> int:
        """The cursor up to which events were read."""

    async def goes_on(self) -> bool:
        """Whether there is more to read; waits for that for a while."""

    def answered(self) -> AsyncGenerator[tuple[int, T_co | None]]:
        """Yield the cursor of each event there is by now, with its answer; None if each client has its own."""


class Member(Protocol[T_contra]):
    """A client of a broadcast."""

    @property
    def position(self) -> int:
        """The cursor up to which it has all events."""

    def try_take(self, cursor: int, answer: T_contra) -> bool:
        """Send it the answer to an event; False if it can't be sent without waiting."""

    def release(self) -> None:
        """Have it go on by itself from its position."""


class Broadcast(Generic[T]):
    """Sends the answers of a source to its members, for as long as there are any.

    Whoever can't take an answer at once is released, and so are all if each has its own, or none can be made.
    """

    def __init__(self, source: Source[T], on_end: Callable[["Broadcast[T]"], object]) -> None:
        self._source = source
        self._on_end = on_end
        self._members: dict[Member[T], None] = {}
        # The event that was sent last, or is being sent; and the one up to which each member has all of them.
        self.position = self.settled = source.position
        self._task = asyncio.ensure_future(self._run())

    def try_join(self, member: Member[T]) -> bool:
        """Add a member, unless it lacks events that the others have."""
        if member.position < self.position or self._task.done():
            return False
        self._members[member] = None
        return True

    def leave(self, member: Member[T]) -> None:
        """Remove a member; the broadcast ends with the last one."""
        self._members.pop(member, None)
        if not self._members:
            self._on_end(self)
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._members:
                if await self._source.goes_on():
                    await self._send_all()
        except Exception:
            log.debug("a broadcast has ended", exc_info=True)
        finally:
            self._on_end(self)
            for member in list(self._members):
                self._release(member)

    async def _send_all(self) -> None:
        async with aclosing(self._source.answered()) as answered:
            async for cursor, answer in answered:
                await self._send(cursor, answer)
        self.position = self.settled = self._source.position

    async def _send(self, cursor: int, answer: T | None) -> None:
        self.position = cursor
        for number, member in enumerate(list(self._members), 1):
            # Some have left meanwhile, and some had joined with later events.
            is_due = member in self._members and member.position < cursor
            if is_due and (answer is None or not member.try_take(cursor, answer)):
                self._release(member)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        self.settled = cursor

    def _release(self, member: Member[T]) -> None:
        del self._members[member]
        member.release()


class Broadcasts(Generic[T]):
    """The broadcasts of a process, by what their answers depend on."""

    def __init__(self) -> None:
        self._by_key: dict[Hashable, Broadcast[T]] = {}

    def try_join(self, key: Hashable, member: Member[T], source: Callable[[], Source[T]]) -> Broadcast[T] | None:
        """Return the broadcast that a member has joined; None if it lacks events that were sent there."""
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = Broadcast(source(), partial(self._forget, key))
        return found if found.try_join(member) else None

    def _forget(self, key: Hashable, ended: Broadcast[T]) -> None:
        if self._by_key.get(key) is ended:
            del self._by_key[key]
