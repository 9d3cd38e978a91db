"""Every statement about revoked tokens."""

from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from db.engine import Database
from db.failures import DatabaseUnavailableError
from db.statement import compiled
from db.viewer_tables import jobs, revoked_tokens


async def current(database: Database) -> frozenset[tuple[str, str] | None]:
    """Return the issuer and the id of each revoked token that hasn't expired.

    Where every connection of the pool is busy it takes one of its own: who is shut out must be so under load too.
    """
    try:
        rows = await database.read(_CURRENT)
    except DatabaseUnavailableError:
        rows = await database.read_apart(_CURRENT)
    return frozenset((row["issuer"], row["jti"]) for row in rows)


async def revoke(database: Database, issuer: str, jti: str, expires_at: datetime) -> None:
    """Revoke a token until it expires; those that have expired and started no unfinished job are forgotten."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET)
        await transaction.read(_REVOKE, {"issuer": issuer, "jti": jti, "expires_at": expires_at})


# An hour more than any leeway between clocks.
_PAST = func.now() - literal_column("interval '1 hour'")

_FORGET = compiled(
    delete(revoked_tokens).where(
        revoked_tokens.c.expires_at < _PAST,
        ~exists().where(
            jobs.c.issuer == revoked_tokens.c.issuer,
            jobs.c.jti == revoked_tokens.c.jti,
            jobs.c.finished_at.is_(None),
        ),
    )
)

_REVOKE = compiled(
    insert(revoked_tokens)
    .values({name: bindparam(name) for name in ("issuer", "jti", "expires_at")})
    .on_conflict_do_nothing()
)

_CURRENT = compiled(
    select(revoked_tokens.c.issuer, revoked_tokens.c.jti).where(revoked_tokens.c.expires_at > _PAST)
)
