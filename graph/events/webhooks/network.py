"""Connects to the address that was checked, and to no name that has an address to which nothing may be sent."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import httpcore2

from graph.events.webhooks.addresses import is_allowed

# Addresses of a name that are tried, and seconds for each.
TRIED: Final = 3
CONNECTING: Final = 5.0

Look = Callable[[str, int], Awaitable[Sequence[str]]]


class PrivateAddressError(Exception):
    """A name resolves to an address to which nothing may be sent."""


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens the connections of a pool; TLS and the header Host still use the host's name.

    A name is resolved once for a connection, so that it can't resolve to another address after it was checked. If
    it `is_open`, as in development, this machine's own addresses are allowed too.
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
        if not all(is_allowed(each, is_open=self._is_open) for each in addresses):
            raise PrivateAddressError
        *others, last = addresses[:TRIED]
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, CONNECTING, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, None, local_address, socket_options)
