"""The key that a mutation comes with, by which it isn't done twice when it is sent twice."""

import asyncio
import logging
import re
from typing import NoReturn

from db import idempotency
from db.engine import Database
from graph.errors import BadRequestError
from graph.http.exchange import Exchange
from graph.http.request import GraphQLRequest

HEADER = b"idempotency-key"
EXTENSION = "idempotencyKey"

# Visible characters of ASCII; the header's form as a quoted text is one of these too.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


# Seconds between two looks for keys that have expired.
INTERVAL = 600

log = logging.getLogger("ariesone.idempotency")


async def watch(database: Database) -> NoReturn:
    """Remove expired keys until cancelled; of several processes any may."""
    while True:
        await asyncio.sleep(INTERVAL)
        try:
            await idempotency.forget_expired(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            log.warning("expired idempotency keys can't be removed: %s", error)


def key_of(exchange: Exchange, asked: GraphQLRequest) -> str | None:
    """The key in the header `Idempotency-Key` or in `extensions.idempotencyKey`; raises BadRequestError."""
    header = exchange.headers.get(HEADER)
    key = asked.extensions.get(EXTENSION) if header is None else header.decode("latin-1").strip()
    if key is None:
        return None
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.")
    return key
