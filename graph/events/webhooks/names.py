"""Resolves host names; slow name servers, which may be a webhook owner's, hold up nothing else."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Final

from graph.cache.single_flight import SingleFlight

# Names that are looked up at a time.
LOOKUPS: Final = 64


class Names:
    """Resolves names in threads of its own: slow name servers would use up the few that an event loop has.

    A name takes one thread at most: whoever asks for it while it is being resolved waits for the same result.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(LOOKUPS)
        self._under_way: SingleFlight[Sequence[str]] = SingleFlight()

    async def addresses_of(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name, each once; raises OSError."""
        # Whoever stops waiting doesn't end it for the others.
        return await self._under_way.do((host, port), partial(self._look_up, host, port))

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str] | OSError] = loop.create_future()

        def tell(outcome: Sequence[str] | OSError) -> None:
            self._free.release()
            if not found.done():
                found.set_result(outcome)

        def look() -> None:
            outcome = look_up(host, port)
            # The loop may have been closed.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, outcome)

        # The process ends without waiting for it.
        Thread(target=look, name="webhook-name", daemon=True).start()
        outcome = await found
        if isinstance(outcome, OSError):
            raise outcome
        return outcome


def look_up(host: str, port: int) -> Sequence[str] | OSError:
    """The addresses of a name, or why there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "no name")
    return list(dict.fromkeys(str(each[4][0]) for each in found))
