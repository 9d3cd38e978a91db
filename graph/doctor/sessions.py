"""Checks of the database's sessions: what runs for long, waits for others, or holds locks and does nothing."""

from collections.abc import Sequence

from db.oversight import sessions
from db.oversight.sessions import Session
from graph.doctor.check import check
from graph.doctor.database import REACHABLE
from graph.doctor.finding import Finding, PreventedError, ok, warning
from graph.doctor.subject import Subject

# Seconds after which somebody should look.
LONG, BLOCKED, IDLE = 60.0, 5.0, 60.0


@check("database-long", "statements that have been running for more than a minute", needs=REACHABLE)
async def long(subject: Subject) -> Finding:
    """Look for statements that run for long."""
    found = await sessions.long_running(subject.require_database(), LONG)
    if not found:
        return await well(subject, f"no statement has been running for more than {LONG:g} s")
    return warning(
        told(found, "has been running for"), f"Unless it is a load: SELECT pg_cancel_backend({found[0]['pid']})."
    )


@check("database-blocked", "sessions that wait for locks of others", needs=REACHABLE)
async def blocked(subject: Subject) -> Finding:
    """Look for sessions that wait for a lock."""
    found = await sessions.blocked(subject.require_database(), BLOCKED)
    if not found:
        return await well(subject, f"none has waited for a lock for more than {BLOCKED:g} s")
    blocker = found[0]["blocker"]
    return warning(
        f"{told(found, 'has waited for')}; {blocker} holds the lock",
        f"See what {blocker} does (pg_stat_activity), and end it: SELECT pg_terminate_backend({blocker}).",
    )


@check("database-idle", "sessions that do nothing in an open transaction", needs=REACHABLE)
async def idle(subject: Subject) -> Finding:
    """Look for transactions that nobody goes on with."""
    found = await sessions.idle_in_transaction(subject.require_database(), IDLE)
    if not found:
        return await well(subject, f"no transaction has been open for more than {IDLE:g} s with nothing done")
    return warning(
        told(found, "has been idle in a transaction for"),
        f"It holds locks and keeps dead rows: SELECT pg_terminate_backend({found[0]['pid']}).",
    )


async def well(subject: Subject, seen: str) -> Finding:
    """Return that all is well; raises PreventedError where there are sessions that this role can't see into."""
    if number := await sessions.hidden(subject.require_database()):
        raise PreventedError(
            f"{number} sessions are of other roles: GRANT pg_read_all_stats TO this one to see them"
        )
    return ok(seen)


def told(found: Sequence[Session], does: str) -> str:
    """Return the first of them, and how many more there are."""
    first = found[0]
    program = f" ({first['program']})" if first["program"] else ""
    more = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return f"session {first['pid']}{program} {does} {first['seconds']:,.0f} s{more}"
