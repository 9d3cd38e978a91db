"""Whether a request is this machine's own, as far as its headers tell: no proxy or foreign name is between."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

# What proxies, tunnels and load balancers put in, each of them some of these; so does what stands before them.
FORWARDING: Final = frozenset(
    {
        b"cdn-loop",
        b"cf-connecting-ip",
        b"client-ip",
        b"fastly-client-ip",
        b"fly-client-ip",
        b"forwarded",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-original-host",
        b"x-real-ip",
    }
)
_FORWARDED = b"x-forwarded"


def is_own(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a request was sent to a name of this machine's own, and nobody passed it on."""
    return is_loopback(host_in(headers)) and not is_forwarded(headers)


def is_forwarded(names: Iterable[bytes]) -> bool:
    """Return whether one of a request's headers, by their names in lower case, was put in on its way."""
    return any(name in FORWARDING or name.startswith(_FORWARDED) for name in names)


def host_in(headers: Mapping[bytes, bytes]) -> str:
    """Return the name that a request was sent to, without its port."""
    try:
        return urlsplit(f"//{headers.get(b'host', b'').decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Return whether a name or an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
