"""Sends partners what happens: each webhook in turn, several at a time, none in the way of others.

Several processes may: at each webhook one works, and another once its time is over.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn
from uuid import UUID

from db.failures import DatabaseUnavailableError, words_of
from db.webhook_sending import Choice, Taken
from graph.cache.follower import Follower
from graph.events.webhooks.courier import Courier
from graph.events.webhooks.notes import LeaseLostError, Notes
from graph.events.webhooks.subscriptions import HopelessError, NotNowError, Subscriptions
from graph.events.webhooks.turn import Tools, Turn
from graph.telemetry.metrics import WEBHOOKS_DISABLED
from graph.vault import LostKeyError, Vault

# Webhooks that a process works at, at a time; and of these, such as were slow the last time.
TURNS: Final = 64
SLOW_TURNS: Final = 48
# Seconds of an attempt from which on a webhook counts as slow.
SLOW: Final = 1.0
# Seconds between two looks for something to do where nothing new is known of, and between any two.
INTERVAL: Final = 0.25
GAP: Final = 0.02
# Seconds that turns have to end when the process is to, and for noting that.
STOPPING: Final = 5.0
LEAVING: Final = 1.0
# Seconds for which nothing is sent where answers take too long; where a secret can't be opened; where something is
# wrong here.
BUSY: Final = 5.0
LOCKED: Final = 300.0
BROKEN: Final = 60.0

log = logging.getLogger("ariesone.webhooks")


class Sender:
    """What one process knows of the webhooks that it works at."""

    def __init__(self, subscriptions: Subscriptions, courier: Courier, vault: Vault, log: Follower) -> None:
        self._notes = Notes(subscriptions.database)
        self._vault = vault
        self._log = log
        self._tools = Tools(subscriptions.database, self._notes, subscriptions, courier)
        self._under_way: dict[UUID, tuple[Turn, asyncio.Task[None]]] = {}
        self._slow: set[UUID] = set()
        # Those whose turns have ended, until others are let work at them.
        self._ended: set[UUID] = set()
        self._is_failing = False

    async def run(self) -> NoReturn:
        """Send until cancelled; what is under way then is sent to its end, where that doesn't take too long."""
        try:
            while True:
                await self._look()
                await self._rest()
        finally:
            await self._stop()

    async def _look(self) -> None:
        """Begin the turns of webhooks that have something to be sent."""
        free = TURNS - len(self._under_way)
        try:
            await self._let_go()
            for each in await self._take(free) if free else ():
                self._begin(each)
            self._is_failing = False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            if not self._is_failing:
                log.warning("no webhook can be sent to: %s", words_of(error))
            self._is_failing = True

    async def _let_go(self) -> None:
        """Let others work at webhooks whose turns have ended, and this process again."""
        if ended := list(self._ended):
            await self._notes.leave(ended)
            self._ended.difference_update(ended)

    async def _take(self, free: int) -> Sequence[Taken]:
        """Take what has something to be sent: first those that aren't slow, and not too many that are."""
        found = await self._notes.take(Choice(free, but=[*self._under_way, *self._slow]))
        room = min(SLOW_TURNS - len(self._slow & self._under_way.keys()), free - len(found))
        if self._slow and room > 0:
            found += await self._notes.take(Choice(room, list(self._slow), list(self._under_way)))
        return found

    async def _rest(self) -> None:
        """Wait until the log goes on, or something that waits may be due."""
        await asyncio.sleep(GAP)
        with suppress(TimeoutError):
            async with asyncio.timeout(INTERVAL):
                await self._log.goes_on(self._log.known)

    def _begin(self, webhook: Taken) -> None:
        """Begin the turn of a webhook."""
        turn = Turn(self._tools, webhook)
        self._under_way[webhook["id"]] = turn, asyncio.create_task(self._work(webhook, turn))

    async def _work(self, webhook: Taken, turn: Turn) -> None:
        """Work at a webhook, whatever comes of it."""
        id_ = webhook["id"]
        try:
            await self._send(webhook, turn)
        except LeaseLostError:
            pass
        except Exception as error:  # noqa: BLE001 - the database is away: its lease will end
            log.debug("webhook %s: its progress can't be recorded: %s", id_, words_of(error))
        finally:
            (self._slow.add if turn.slowest >= SLOW else self._slow.discard)(id_)
            self._ended.add(id_)
            del self._under_way[id_]

    async def _send(self, webhook: Taken, turn: Turn) -> None:
        """Send what there is; what hinders that is noted."""
        id_ = webhook["id"]
        try:
            await turn.run(self._secrets_of(webhook))
        except HopelessError as error:
            await self._disable(id_, str(error))
        except LostKeyError:
            log.warning("webhook %s: no key in WEBHOOK_KEY decrypts its secret", id_)
            await turn.hold(LOCKED, "This server can't decrypt its secret; ask whoever runs the server.")
        except (NotNowError, TimeoutError):
            await turn.hold(BUSY, "The server can't make its events at the moment.")
        except (LeaseLostError, DatabaseUnavailableError):
            raise
        except Exception:
            log.exception("sending to webhook %s failed", id_)
            await turn.hold(BROKEN, "Something went wrong on the server.")

    def _secrets_of(self, webhook: Taken) -> Sequence[bytes]:
        """What its messages are signed with; raises LostKeyError."""
        sealed = [webhook["secret"]] + ([webhook["old_secret"]] if webhook["has_old_secret"] else [])
        return [self._vault.open(each) for each in sealed]

    async def _disable(self, id_: UUID, reason: str) -> None:
        await self._notes.disable(id_, reason)
        log.warning("webhook %s is disabled: %s", id_, reason)
        WEBHOOKS_DISABLED.inc()

    async def _stop(self) -> None:
        """Let turns end, and cut those off that don't."""
        tasks = [task for _, task in self._under_way.values()]
        for turn, _ in self._under_way.values():
            turn.end()
        if tasks:
            await asyncio.wait(tasks, timeout=STOPPING)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=LEAVING)
        with suppress(Exception):
            async with asyncio.timeout(LEAVING):
                await self._notes.leave()
        await self._tools.courier.close()
