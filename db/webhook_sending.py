"""The statements for sending to webhooks: leases, progress, and the outcomes of events."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.engine import Database
from db.lag import seconds_after
from db.reads import Reads
from db.statement import compiled
from db.webhook_disabling import disabling
from db.webhook_skipping import skip

# The most events of a webhook that wait (a few more when several fail at once): until some are accepted, nothing
# new is read from the log.
MOST_WAITING = 1_000
# Old deliveries that one transaction removes.
BATCH = 5_000


class Taken(asyncpg.Record):
    """A row of webhooks on which a process has a lease: what to send to whom, and its progress.

    Besides its columns, `waiting` is how many events wait, counted up to MOST_WAITING; `has_old_secret` whether
    its old secret still signs, and `silence` for how many seconds it has accepted nothing.
    """


class Waiting(asyncpg.Record):
    """A row of webhook_waiting: cursor, npi, attempts."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt to send the event of a change; `attempt` counts from 1."""

    cursor: int
    message_id: str
    type: str
    npi: str
    attempt: int
    status: int | None
    outcome: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class SetBack:
    """An event that waits: how many attempts have failed, and seconds until the next one.

    `seconds` is None if it waits behind an earlier event of its company.
    """

    cursor: int
    npi: str
    attempts: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The progress of a webhook: up to which change, and the outcomes of the events on the way.

    `passed` are events that wait no longer. Nothing is sent for `rest` seconds, nor, if it `is_slowed`, before the
    first waiting event is due; if it `is_back`, all waiting events are due at once. `failures` and `problem` are
    as the table has them; `has_taken` is whether anything was accepted.
    """

    cursor: int
    failures: int = 0
    has_taken: bool = False
    problem: str | None = None
    rest: float = 0.0
    is_slowed: bool = False
    is_back: bool = False
    tried: Sequence[Tried] = ()
    set_back: Sequence[SetBack] = ()
    passed: Sequence[int] = ()
    # The companies of the events in `set_back` and `passed`.
    npis: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Status:
    """The status of all webhooks: how many are enabled, slowed, held back by this server, and disabled.

    `lag` is the seconds since the oldest change that an enabled webhook hasn't reached, of those that neither are
    slowed nor pause for their addresses' sake; or since a retry was due, of those held back. `waiting` is how many
    events wait, counted up to 100,000.
    """

    enabled: int
    slowed: int
    held: int
    disabled: int
    lag: float
    waiting: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The webhooks that may be taken: at most so many, of `only` these if any are named, and none of `but`."""

    most: int
    only: Sequence[UUID] | None = None
    but: Sequence[UUID] = ()


async def take(database: Database, holder: str, seconds: float, many: int, choice: Choice) -> list[Taken]:
    """Take a lease for so many seconds on webhooks that have something to send, those that waited longest first.

    Those with `many` failures are sent nothing new. Before, changes are skipped that aren't for them.
    """
    values = {
        "holder": holder,
        "seconds": seconds,
        "many": many,
        "full": MOST_WAITING,
        "most": choice.most,
        "only": None if choice.only is None else list(choice.only),
        "but": list(choice.but),
    }
    async with database.transaction() as transaction:
        newest = await skip(transaction)
        return await transaction.read(_TAKE, {**values, "newest": newest})


async def release(database: Database, holder: str, ids: Sequence[UUID] | None) -> None:
    """Release the leases that a holder has on webhooks, or all that it has."""
    async with database.transaction() as transaction:
        await transaction.read(_RELEASE, {"holder": holder, "ids": None if ids is None else list(ids)})


async def due(database: Reads, id_: UUID, size: int) -> list[Waiting]:
    """The events of a webhook that are due for a retry, the earliest change first."""
    return await database.read(_DUE, {"id": id_, "size": size})


async def waiting_npis(database: Reads, id_: UUID) -> frozenset[str]:
    """The companies that have an event waiting."""
    return frozenset(row["npi"] for row in await database.read(_WAITING_NPIS, {"id": id_}))


async def advance(database: Database, id_: UUID, holder: str, step: Step) -> bool:
    """Record the progress of a webhook; False, and nothing is recorded, if its holder has lost the lease."""
    values = {
        "id": id_,
        "holder": holder,
        "cursor": step.cursor,
        "failures": step.failures,
        "has_taken": step.has_taken,
        "problem": step.problem,
        "rest": step.rest,
    }
    async with database.transaction() as transaction:
        if not await transaction.read(_ADVANCE, values):
            return False
        if step.tried:
            await transaction.read(_LOG, {"id": id_, "tried": in_json(step.tried)})
        if step.set_back or step.passed:
            waiting = {"set_back": in_json(step.set_back), "passed": list(step.passed)}
            await transaction.read(_WAIT, {"id": id_, **waiting})
            await transaction.read(_LET_NEXT, {"id": id_, "npis": list(step.npis)})
        if step.is_back:
            await transaction.read(_HURRY, {"id": id_})
        if step.is_slowed:
            await transaction.read(_SLOW, {"id": id_})
        return True


async def disable(database: Database, id_: UUID, holder: str, reason: str) -> bool:
    """Disable a webhook, for a reason that its owner reads; waiting events are retried once it is enabled.

    False if its holder has lost the lease.
    """
    async with database.transaction() as transaction:
        return bool(await transaction.read(_DISABLE, {"id": id_, "holder": holder, "reason": reason}))


async def status(database: Reads, many: int, holds: Sequence[str]) -> Status:
    """The status of all webhooks; those with `many` failures are slowed, those with one of these problems held."""
    [row] = await database.read(_STATUS, {"many": many, "holds": list(holds)})
    return Status(**dict(row))


async def forget_old(database: Database, days: int) -> None:
    """Remove the deliveries of more than so many days ago. Any process may do it."""
    while True:
        async with database.transaction() as transaction:
            if len(await transaction.read(_FORGET_OLD, {"days": days, "batch": BATCH})) < BATCH:
                return


def in_json(rows: Sequence[Tried] | Sequence[SetBack]) -> str:
    """Rows for jsonb_to_recordset."""
    found: list[Mapping[str, object]] = [asdict(each) for each in rows]
    return orjson.dumps(found).decode()


# Until its time is over others leave it alone; by the database's clock, which all of them share.
_TAKE = compiled(
    text("""
    WITH chosen AS MATERIALIZED (
      SELECT w.id, waiting.number FROM webhooks w
      CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
          SELECT FROM webhook_waiting e WHERE e.webhook_id = w.id LIMIT CAST(:full AS bigint)
        ) AS counted
      ) AS waiting
      WHERE w.is_enabled AND w.held_until <= now() AND coalesce(w.next_attempt_at <= now(), true)
        AND coalesce(w.id = ANY (CAST(:only AS uuid[])), true) AND w.id <> ALL (CAST(:but AS uuid[]))
        AND (
          (w.cursor < CAST(:newest AS bigint) AND w.failures < CAST(:many AS integer)
            AND waiting.number < CAST(:full AS bigint))
          OR EXISTS (SELECT FROM webhook_waiting e WHERE e.webhook_id = w.id AND e.next_attempt_at <= now())
        )
      ORDER BY w.held_until LIMIT CAST(:most AS bigint) FOR NO KEY UPDATE OF w SKIP LOCKED
    )
    UPDATE webhooks w SET holder = CAST(:holder AS text),
      held_until = now() + make_interval(secs => CAST(:seconds AS double precision))
    FROM chosen WHERE w.id = chosen.id
    RETURNING w.id, w.issuer, w.subject, w.roles, w.companies, w.url, w.document, w.operation_name, w.variables,
      w.secret, w.old_secret, w.cursor, w.failures, w.problem, chosen.number AS waiting,
      coalesce(w.old_secret_until > now(), false) AS has_old_secret,
      extract(epoch FROM now() - coalesce(w.delivered_at, w.created_at))::double precision AS silence
    """),
    Taken,
)

# From now on it waits as long as any.
_RELEASE = compiled(
    text("""
    UPDATE webhooks SET holder = NULL, held_until = now()
    WHERE coalesce(id = ANY (CAST(:ids AS uuid[])), true) AND holder = CAST(:holder AS text)
    """)
)

_DUE = compiled(
    text("""
    SELECT cursor, npi, attempts FROM webhook_waiting
    WHERE webhook_id = CAST(:id AS uuid) AND next_attempt_at <= now()
    ORDER BY cursor LIMIT CAST(:size AS bigint)
    """),
    Waiting,
)
_WAITING_NPIS = compiled(text("SELECT DISTINCT npi FROM webhook_waiting WHERE webhook_id = CAST(:id AS uuid)"))

_ADVANCE = compiled(
    text("""
    UPDATE webhooks SET cursor = CAST(:cursor AS bigint), failures = CAST(:failures AS integer),
      problem = CAST(:problem AS text),
      delivered_at = CASE WHEN CAST(:has_taken AS boolean) THEN now() ELSE delivered_at END,
      next_attempt_at = CASE WHEN CAST(:rest AS double precision) > 0
        THEN now() + make_interval(secs => CAST(:rest AS double precision)) END
    WHERE id = CAST(:id AS uuid) AND holder = CAST(:holder AS text)
    RETURNING id
    """)
)
_LOG = compiled(
    text("""
    INSERT INTO webhook_deliveries (
      webhook_id, cursor, message_id, type, npi, attempt, status, outcome, duration_ms
    )
    SELECT CAST(:id AS uuid), cursor, message_id, type, npi, attempt, status, outcome, duration_ms
    FROM jsonb_to_recordset(CAST(:tried AS jsonb)) AS each (
      cursor bigint, message_id text, type text, npi text, attempt integer, status integer, outcome text,
      duration_ms integer
    )
    """)
)
_WAIT = compiled(
    text("""
    WITH passed AS (
      DELETE FROM webhook_waiting
      WHERE webhook_id = CAST(:id AS uuid) AND cursor = ANY (CAST(:passed AS bigint[]))
    )
    INSERT INTO webhook_waiting (webhook_id, cursor, npi, attempts, next_attempt_at)
    SELECT CAST(:id AS uuid), cursor, npi, attempts, now() + make_interval(secs => seconds)
    FROM jsonb_to_recordset(CAST(:set_back AS jsonb)) AS each (
      cursor bigint, npi text, attempts integer, seconds double precision
    )
    ON CONFLICT (webhook_id, cursor) DO UPDATE
      SET attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at
    """)
)
# Those before which no other of their company waits any more.
_LET_NEXT = compiled(
    text("""
    UPDATE webhook_waiting w SET next_attempt_at = now()
    WHERE w.webhook_id = CAST(:id AS uuid) AND w.next_attempt_at IS NULL AND w.npi = ANY (CAST(:npis AS text[]))
      AND NOT EXISTS (
        SELECT FROM webhook_waiting e WHERE e.webhook_id = w.webhook_id AND e.npi = w.npi AND e.cursor < w.cursor
      )
    """)
)
_HURRY = compiled(
    text("""
    UPDATE webhook_waiting SET next_attempt_at = now()
    WHERE webhook_id = CAST(:id AS uuid) AND next_attempt_at > now()
    """)
)
_SLOW = compiled(
    text("""
    UPDATE webhooks SET next_attempt_at = greatest(next_attempt_at, (
      SELECT min(w.next_attempt_at) FROM webhook_waiting w WHERE w.webhook_id = webhooks.id
    ))
    WHERE id = CAST(:id AS uuid)
    """)
)

_DISABLE = disabling("id = CAST(:id AS uuid) AND holder = CAST(:holder AS text)")

_STATUS = compiled(
    text(f"""
    WITH each AS (
      SELECT id, cursor, next_attempt_at, is_enabled,
        is_enabled AND coalesce(problem = ANY (CAST(:holds AS text[])), false) AS is_held,
        is_enabled AND failures >= CAST(:many AS integer) AS is_slowed
      FROM webhooks
    )
    SELECT w.enabled, w.slowed, w.held, w.disabled,
      greatest(
        {seconds_after("w.cursor")}, extract(epoch FROM clock_timestamp() - w.due_at)::double precision
      ) AS lag,
      (SELECT count(*) FROM (SELECT FROM webhook_waiting LIMIT 100000) AS counted) AS waiting
    FROM (
      SELECT count(*) FILTER (WHERE is_enabled AND NOT is_slowed AND NOT is_held) AS enabled,
        count(*) FILTER (WHERE is_slowed AND NOT is_held) AS slowed,
        count(*) FILTER (WHERE is_held) AS held,
        count(*) FILTER (WHERE NOT is_enabled) AS disabled,
        min(cursor) FILTER (WHERE is_enabled AND NOT is_slowed
          AND (is_held OR coalesce(next_attempt_at <= now(), true))) AS cursor,
        min((SELECT min(e.next_attempt_at) FROM webhook_waiting e WHERE e.webhook_id = each.id))
          FILTER (WHERE is_held) AS due_at
      FROM each
    ) AS w
    """)  # noqa: S608 - ours
)

_FORGET_OLD = compiled(
    text("""
    DELETE FROM webhook_deliveries WHERE id IN (
      SELECT id FROM webhook_deliveries
      WHERE attempted_at < now() - make_interval(days => CAST(:days AS integer))
      ORDER BY attempted_at LIMIT CAST(:batch AS bigint) FOR UPDATE SKIP LOCKED
    )
    RETURNING id
    """)
)
