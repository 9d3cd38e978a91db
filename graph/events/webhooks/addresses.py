"""Where messages may be sent: to addresses of the public internet, and where one develops to this machine."""

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from db.failures import QuotingError

# Characters of a URL.
MAX_URL: Final = 2048

# All that is routed on the internet (RFC 4291, 2.4); and what a network translates to IPv4 (RFC 6052).
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
TRANSLATED: Final = IPv6Network("64:ff9b::/96")
# The service that a cloud's machines ask for their settings, at an address that looks public (Azure).
OF_CLOUDS: Final = frozenset({IPv4Address("168.63.129.16")})
# Multicast, which Python's `is_global` lets through, and what is reserved.
MULTICAST: Final = IPv4Network("224.0.0.0/3")

# This machine alone, where one develops. All else that isn't public stays closed: clouds have secrets there.
LOOPBACK: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

# Names that no server of the internet has (RFC 6761, 6762 and what ICANN keeps for private use).
LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa")


class UrlError(QuotingError):
    """Why nothing can be sent to a URL, in a sentence."""


def require_allowed(url: str, *, is_open: bool) -> None:
    """Raise UrlError for a URL that nothing may be sent to, whatever its name resolves to.

    If it `is_open`, as in development, the URL may be plain HTTP and lead to this machine.
    """
    fault = next(faults_of(url, is_open=is_open), None)
    if fault is not None:
        raise UrlError(fault)


def faults_of(url: str, *, is_open: bool) -> Iterator[str]:
    """Yield what is wrong with a URL, the gravest first."""
    if len(url) > MAX_URL:
        yield f"The URL has {len(url):,} characters; at most {MAX_URL:,} are taken."
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        yield "The URL has characters that none may have; write its host in Punycode, and percent-encode others."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield "This is no URL."
        return
    schemes = ("https", "http") if is_open else ("https",)
    if parts.scheme not in schemes:
        yield f"The URL must begin with {' or '.join(f'{each}://' for each in schemes)}."
    if not host:
        yield "The URL names no host."
        return
    if "@" in parts.netloc:
        yield "The URL has a user or a password in it; verify the signature of each message instead."
    if "#" in url:
        yield "The URL has a fragment, which is never sent."
    yield from faults_of_host(parts, is_open=is_open)


def faults_of_host(parts: SplitResult, *, is_open: bool) -> Iterator[str]:
    """Yield why nothing may be sent to a host, as far as its name shows."""
    host = (parts.hostname or "").rstrip(".")
    address = address_in(host)
    if address is not None:
        if not is_allowed(host, is_open=is_open):
            but = " and isn't this machine's (127.0.0.0/8 or ::1)" if is_open else ""
            yield f"The URL's address is outside the public internet{but}."
    elif host.rpartition(".")[2].startswith(tuple("0123456789")):
        yield "The URL's host must be a name or a complete IP address."
    elif not is_open and ("." not in host or host.endswith(LOCAL_NAMES)):
        yield "The URL's host isn't a public name."


def is_allowed(address: str, *, is_open: bool) -> bool:
    """Whether messages may be sent to an IP address: a public one, or this machine's loopback if it `is_open`."""
    found = address_in(address)
    is_own = found is not None and any(found in each for each in LOOPBACK)
    return (is_open and is_own) or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet.

    Private, loopback, link-local (with the metadata services of clouds), shared, reserved and multicast addresses
    aren't, nor is an IPv6 address that leads to such an IPv4 address.
    """
    found = address_in(address)
    if isinstance(found, IPv6Address):
        inner = inner_of(found)
        return found in GLOBAL_UNICAST and found.is_global if inner is None else is_public(str(inner))
    return found is not None and found.is_global and found not in MULTICAST and found not in OF_CLOUDS


def address_in(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, without the zone of a link-local one; None if it isn't one."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def inner_of(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, of 6to4 or translated."""
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
