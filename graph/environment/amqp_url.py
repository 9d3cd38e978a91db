"""AMQP_URL as people have it, read into what the driver takes."""

import re
from pathlib import Path

from db.urls import UrlError, account_of, encoded, read_parts

SCHEME = re.compile(r"amqps?://", re.IGNORECASE)

# What the driver reads in a URL; the files are for TLS.
_HEARTBEAT = re.compile(r"[1-9]\d{0,3}")
FILES = frozenset({"cafile", "certfile", "keyfile"})


def read_amqp_url(url: str, password: str | None = None) -> str:
    """Return a URL as the driver takes it, with a password where one is given apart.

    Raises UrlError, which names nothing of the password, for what is no such URL and for what it asks in vain.
    """
    if not SCHEME.match(url):
        raise UrlError("it must start with amqp:// or amqps://")
    scheme, _, rest = url.partition("://")
    parts = read_parts(rest)
    if len(parts.hosts) > 1:
        raise UrlError("it names several hosts; one is what is taken, such as a load balancer's")
    name, port = parts.hosts[0] if parts.hosts else ("", "")
    if not name:
        raise UrlError("it names no host; write it like amqp://user@host/vhost")
    for parameter, value in parts.parameters.items():
        check(parameter, value, scheme.lower())
    account = account_of(parts.user, parts.password if password is None else password)
    host = (f"[{name}]" if ":" in name else encoded(name)) + (f":{port}" if port else "")
    query = "&".join(f"{name}={encoded(value)}" for name, value in parts.parameters.items())
    path = f"/{encoded(parts.path)}" if parts.path else ""
    return f"{scheme.lower()}://{account}{host}{path}{'?' * bool(query)}{query}"


def check(name: str, value: str, scheme: str) -> None:
    """Refuse a parameter that the driver doesn't know, or whose value it can't read."""
    if name in FILES and scheme != "amqps":
        raise UrlError(f"its {name} needs TLS; begin it with amqps://")
    if name in FILES and not Path(value).is_file():
        raise UrlError(f"its {name} names a file that isn't there")
    if name not in FILES | {"heartbeat"}:
        raise UrlError(f"its {name[:40]!r} isn't known here; leave it out")
    if name == "heartbeat" and not _HEARTBEAT.fullmatch(value):
        raise UrlError("its heartbeat has a value that can't be right")
