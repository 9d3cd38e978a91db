"""Connects to the very address that was looked at, and to no name of which any address isn't public."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import httpcore2

from graph.events.webhooks.addresses import is_public

# Addresses of a name that are tried, and seconds for each.
TRIED: Final = 3
CONNECTING: Final = 5.0

Look = Callable[[str, int], Awaitable[Sequence[str]]]


class PrivateAddressError(Exception):
    """A name leads to an address that isn't one of the internet's."""


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens the connections of a pool, which goes on to speak of the host by its name (in TLS, and as Host).

    A name is looked up once for a connection, so that it can't lead elsewhere after it was looked at. Where it
    `is_open`, every address is fine.
    """

    def __init__(self, look: Look, *, is_open: bool) -> None:
        self._look = look
        self._is_open = is_open
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's; whoever sends has a deadline
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect; raises PrivateAddressError, OSError where the name has no address, or what httpcore does."""
        addresses = await self._look(host, port)
        if not self._is_open and not all(map(is_public, addresses)):
            raise PrivateAddressError
        *others, last = addresses[:TRIED]
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, CONNECTING, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, None, local_address, socket_options)
