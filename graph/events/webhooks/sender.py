"""Sends events to webhooks: many at a time, each for a turn, so that a slow one doesn't hold up others.

Several processes may do so: a webhook is worked on by the one that holds its lease.
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
from graph.events.webhooks.holds import BROKEN, BUSY, LOCKED
from graph.events.webhooks.leases import LeaseLostError, Leases
from graph.events.webhooks.subscriptions import HopelessError, NotNowError, Subscriptions
from graph.events.webhooks.turn import Tools, Turn
from graph.telemetry.metrics import WEBHOOKS_DISABLED
from graph.vault import LostKeyError, Vault

# Webhooks that a process works on at a time; and how many of these may have been slow the last time.
TURNS: Final = 64
SLOW_TURNS: Final = 48
# Seconds of an attempt from which on a webhook counts as slow.
SLOW: Final = 1.0
# Seconds between two looks for something to send: while nothing new is known of, and at least.
INTERVAL: Final = 0.25
GAP: Final = 0.02
# Seconds that turns have to end when the process stops, and seconds for recording that.
STOPPING: Final = 5.0
LEAVING: Final = 1.0

log = logging.getLogger("ariesone.webhooks")


class Sender:
    """Sends events to the webhooks that this process has a lease on."""

    def __init__(self, subscriptions: Subscriptions, courier: Courier, vault: Vault, log: Follower) -> None:
        self._leases = Leases(subscriptions.database)
        self._vault = vault
        self._log = log
        self._tools = Tools(subscriptions.database, self._leases, subscriptions, courier)
        self._under_way: dict[UUID, tuple[Turn, asyncio.Task[None]]] = {}
        self._slow: set[UUID] = set()
        # Those whose turns have ended, until their leases are released.
        self._ended: set[UUID] = set()
        self._is_failing = False

    async def run(self) -> NoReturn:
        """Send until cancelled; deliveries under way then may end, if that doesn't take too long."""
        try:
            while True:
                await self._look()
                await self._rest()
        finally:
            await self._stop()

    async def _look(self) -> None:
        """Begin turns for webhooks that have something to send."""
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
        """Release webhooks whose turns have ended, for others and for this process."""
        if ended := list(self._ended):
            await self._leases.release(ended)
            self._ended.difference_update(ended)

    async def _take(self, free: int) -> Sequence[Taken]:
        """Take webhooks that have something to send: first those that aren't slow, then a few that are."""
        found = await self._leases.take(Choice(free, but=[*self._under_way, *self._slow]))
        room = min(SLOW_TURNS - len(self._slow & self._under_way.keys()), free - len(found))
        if self._slow and room > 0:
            found += await self._leases.take(Choice(room, list(self._slow), list(self._under_way)))
        return found

    async def _rest(self) -> None:
        """Wait until there is a new change, or until a retry may be due."""
        await asyncio.sleep(GAP)
        with suppress(TimeoutError):
            async with asyncio.timeout(INTERVAL):
                await self._log.goes_on(self._log.known)

    def _begin(self, webhook: Taken) -> None:
        """Begin the turn of a webhook."""
        turn = Turn(self._tools, webhook)
        self._under_way[webhook["id"]] = turn, asyncio.create_task(self._work(webhook, turn))

    async def _work(self, webhook: Taken, turn: Turn) -> None:
        """Work on a webhook, and survive any error."""
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
        """Send what there is; a problem is recorded for the webhook's owner."""
        id_ = webhook["id"]
        try:
            await turn.run(self._secrets_of(webhook))
        except HopelessError as error:
            await self._disable(id_, str(error))
        except LostKeyError:
            log.warning("webhook %s: no key in WEBHOOK_KEY decrypts its secret", id_)
            await turn.hold(LOCKED)
        except NotNowError:
            await turn.hold(BUSY)
        except (LeaseLostError, DatabaseUnavailableError):
            raise
        except Exception:
            log.exception("sending to webhook %s failed", id_)
            await turn.hold(BROKEN)

    def _secrets_of(self, webhook: Taken) -> Sequence[bytes]:
        """The secrets that its messages are signed with; raises LostKeyError."""
        sealed = [webhook["secret"]] + ([webhook["old_secret"]] if webhook["has_old_secret"] else [])
        return [self._vault.open(each) for each in sealed]

    async def _disable(self, id_: UUID, reason: str) -> None:
        await self._leases.disable(id_, reason)
        log.warning("webhook %s is disabled: %s", id_, reason)
        WEBHOOKS_DISABLED.inc()

    async def _stop(self) -> None:
        """Let turns end, and cancel those that don't in time."""
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
                await self._leases.release()
        await self._tools.courier.close()
