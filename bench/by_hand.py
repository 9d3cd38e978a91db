"""The change that bench/writes.py measures, written by hand: its transaction, and an application for it alone."""

from collections.abc import Mapping

import asyncpg
import jwt
import orjson
from asyncpg.pool import PoolConnectionProxy
from starlette.types import Receive, Scope, Send

from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems

Connection = asyncpg.Connection | PoolConnectionProxy

_FIND = (
    "SELECT fingerprint, answer FROM idempotency_keys WHERE (issuer, subject, key, place) = ('', 'hand', $1, 0)"
)
_FACETS = "(SELECT facets FROM company_facets WHERE npi = $1)"
_LOCK = f"SELECT website, version, {_FACETS} AS facets FROM companies WHERE npi = $1 FOR NO KEY UPDATE"
_WRITE = """
    UPDATE companies SET website = $2, version = version + 1, updated_at = now() WHERE npi = $1 RETURNING version
"""
_RECORD = f"""
    INSERT INTO changes (npi, kind, fields, old, new, facets_before, facets_after, issuer, subject, version)
    VALUES ($1, 'COMPANY_UPDATED', ARRAY['website'], $2, $3, $4, {_FACETS}, '', 'hand', $5) RETURNING id
"""
_KEEP = """
    INSERT INTO idempotency_keys (issuer, subject, key, place, fingerprint, answer, cursor)
    VALUES ('', 'hand', $1, 0, $2, $3, $4)
"""


async def change(connection: Connection, npi: str, website: str, key: str) -> bytes:
    """Write a company's web site, its change and a key; the answer, in JSON."""
    checked = Texts(Problems()).website(website, "website")
    async with connection.transaction():
        if kept := await connection.fetchrow(_FIND, key):
            return str(kept["answer"]).encode()
        row = await connection.fetchrow(_LOCK, npi)
        if row is None or checked is None:
            raise ValueError(npi, website)
        version = await connection.fetchval(_WRITE, npi, checked)
        old, new = _json(row["website"]), _json(checked)
        cursor = await connection.fetchval(_RECORD, npi, old, new, row["facets"], version)
        answer = orjson.dumps({"npi": npi, "website": checked, "version": version})
        await connection.execute(_KEEP, key, bytes(32), answer.decode(), cursor)
    return answer


def _json(website: str | None) -> str:
    return orjson.dumps({"website": website}).decode()


class Handler:
    """An ASGI application for this change alone: it verifies the token, reads the JSON, and takes a connection."""

    def __init__(self, pool: asyncpg.Pool, secret: str) -> None:
        self._pool = pool
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose body has `npi` and `website`."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        token = headers[b"authorization"].removeprefix(b"Bearer ")
        claims = jwt.decode(token, self._secret, ["HS256"])
        if not {"EDITOR", "ADMIN"} & set(claims["roles"]):
            raise PermissionError
        given = orjson.loads((await receive())["body"])
        async with self._pool.acquire() as connection:
            key = headers[b"idempotency-key"].decode()
            answer = await change(connection, given["npi"], given["website"], key)
        told = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": answer})
