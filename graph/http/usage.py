"""Notes what of the schema a request uses: for its answer's headers, and for those who ask who still uses what."""

from functools import lru_cache
from typing import Final

from graph.http.exchange import CLIENT_NAME, LOOKED_AT, Exchange, client_name_in
from graph.telemetry.pseudonyms import pseudonyms
from graph.telemetry.usage import Client, usage_counts
from graph.use import Use

# Beside its name; see graph/http/exchange.py.
CLIENT_VERSION: Final = b"apollographql-client-version"

ANONYMOUS: Final = Client("ANONYMOUS")


def note_use(exchange: Exchange, use: Use) -> None:
    """Note what an operation of a request uses."""
    if exchange.use is None:
        exchange.use = use
    elif exchange.use is not use:
        exchange.use = exchange.use.joined(use)
    if not exchange.is_apart:
        usage_counts.count(client_of(exchange), use.coordinates)


def client_of(exchange: Exchange) -> Client:
    """Return what the client of a request is known by: what it says, else its token's subject, else nothing."""
    viewer, headers = exchange.viewer, exchange.headers
    name, version = headers.get(CLIENT_NAME, b"")[:LOOKED_AT], headers.get(CLIENT_VERSION, b"")[:LOOKED_AT]
    return _known_by(name, version, viewer.issuer, viewer.subject)


@lru_cache(maxsize=4096)
def _known_by(name: bytes, version: bytes, issuer: str, subject: str | None) -> Client:
    if said := client_name_in(name):
        return Client("CLAIMED" if subject is None else "NAMED", said, client_name_in(version) or "")
    return ANONYMOUS if subject is None else Client("VIEWER", pseudonyms.of(subject, issuer))
