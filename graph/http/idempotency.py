"""The key that a mutation comes with, by which it isn't done twice when it is sent twice."""

import re

from graph.errors import BadRequestError
from graph.http.exchange import Exchange
from graph.http.request import GraphQLRequest

HEADER = b"idempotency-key"
EXTENSION = "idempotencyKey"

# Visible characters of ASCII; the header's form as a quoted text is one of these too.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(exchange: Exchange, asked: GraphQLRequest) -> str | None:
    """The key in the header `Idempotency-Key` or in `extensions.idempotencyKey`; raises BadRequestError."""
    header = exchange.headers.get(HEADER)
    key = asked.extensions.get(EXTENSION) if header is None else header.decode("latin-1").strip()
    if key is None:
        return None
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.")
    # Of several sets of variables each has its own, which nobody can send, since it has a blank.
    return key if asked.place is None else f"{key} {asked.place}"
