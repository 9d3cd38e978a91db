"""Checks of PostgreSQL as a server: whether it answers, in which version, with what settings, for how many."""

from db import migrations
from db.failures import DatabaseUnavailableError
from db.oversight import server
from db.revision import state
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject, database_url
from graph.settings import Settings

REACHABLE = "database-reachable"
MIGRATED = "database-migrations"

# Seconds that a statement's way there and back may take before requests are slow for it.
FAR = 0.02
# The shares of all connections from which few, and next to none, are left.
MANY, ALL_BUT_NONE = 0.8, 0.95
# Connections of a process of `serve` besides its pools: what health checks, tokens and silence ask over their own.
APART = 4
# What decides whether slow statements are logged, and whether values are.
SLOW = "log_min_duration_statement"
VALUES = ("log_parameter_max_length", "log_parameter_max_length_on_error")


@check(REACHABLE, "whether PostgreSQL answers, and how fast")
async def reachable(subject: Subject) -> Finding:
    """Connect, and ask it something."""
    url = database_url(subject.settings)
    if url is None:
        place = subject.settings.data_dir.absolute()
        return failed(
            f"DATABASE_URL isn't set, and no `ariesone serve` runs on {place}",
            "Start `ariesone serve`, set DATABASE_URL, or run this in the folder (DATA_DIR) of the server.",
        )
    try:
        words, seconds = await server.reach(url, pgbouncer=subject.settings.database_pgbouncer)
    except DatabaseUnavailableError as error:
        if subject.settings.database_url is None:
            return failed(str(error), "Restart `ariesone serve`, which runs it.")
        return failed(
            str(error),
            "Start it, or mend DATABASE_URL, its password or the network; `ariesone db connect` prints how psql "
            "gets there.",
        )
    told = f"PostgreSQL {words} answers in {seconds * 1000:.1f} ms"
    if seconds > FAR:
        return warning(told, "Each request waits so long several times: run the server nearer to its database.")
    return ok(told)


@check("database-version", "PostgreSQL's version, and whether it can be written to", needs=REACHABLE)
async def version(subject: Subject) -> Finding:
    """Look at the version, and whether it is a standby."""
    found = await server.version(subject.require_database())
    if found.number < server.OLDEST:
        return failed(f"PostgreSQL {found.words} is too old", "Use PostgreSQL 15 or newer.")
    if found.is_standby:
        return failed(
            f"PostgreSQL {found.words} is a standby, which takes no changes",
            "Let DATABASE_URL lead to the primary, or add target_session_attrs=read-write to it.",
        )
    return ok(f"PostgreSQL {found.words}")


@check(MIGRATED, "whether the database is as this version needs it", needs=REACHABLE)
async def migrated(subject: Subject) -> Finding:
    """Look at the revision, and for columns that are missing."""
    lacks, found = await state(subject.require_database())
    head = migrations.head()
    if found is None:
        return failed("the database is empty", "Run `ariesone db upgrade`.")
    if found != head and found in migrations.known():
        return failed(f"it is at {found}, behind {head}", "Run `ariesone db upgrade`.")
    if lacks:
        told = ", ".join(map(".".join, lacks))
        return failed(f"it lacks {told}", "Somebody removed that: `ariesone db check` says what else differs.")
    if found != head:
        return warning(f"it is at {found}, which this version doesn't know", "Bring this server up to date.")
    return ok(f"it is at {head}")


@check("database-connections", "connections in use against the most there may be", needs=REACHABLE)
async def connections(subject: Subject) -> Finding:
    """Look at what is fullest: the server, the database or the role."""
    limits = await server.limits(subject.require_database())
    fullest = max(limits, key=lambda each: each.used / max(each.most, 1))
    told = f"{fullest.used} of {fullest.most} connections of {fullest.what} are in use"
    share = fullest.used / max(fullest.most, 1)
    advice = "`SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1` says whose they are."
    if share >= ALL_BUT_NONE:
        return failed(told, f"{advice} End some, or raise max_connections.")
    if share >= MANY:
        return warning(told, advice)
    return ok(told)


@check("database-pool", "whether the pools of all workers fit into the server", needs=REACHABLE)
async def pool(subject: Subject) -> Finding:
    """Hold what `serve` opens at most against what is there."""
    if subject.settings.database_pgbouncer:
        raise NotRunError("a PgBouncer shares the connections out")
    most = min(each.most for each in await server.limits(subject.require_database()))
    workers, each = subject.settings.workers, connections_of(subject.settings)
    told = f"{workers} x {each} connections at most, of {most}"
    if workers * each > most:
        return warning(
            told,
            "Under load some are refused: lower WORKERS, DATABASE_POOL_SIZE or DATABASE_MAX_OVERFLOW, raise "
            "max_connections, or put a PgBouncer between.",
        )
    return ok(told)


def connections_of(settings: Settings) -> int:
    """Return how many connections one process of `serve` opens at most."""
    return settings.database_pool_size + settings.database_max_overflow + APART


@check("database-timeouts", "whether PostgreSQL ends what nobody waits for any more", needs=REACHABLE)
async def timeouts(subject: Subject) -> Finding:
    """Look for the limits that aren't set by the sessions of `serve` themselves."""
    if subject.is_embedded:
        raise NotRunError("the embedded PostgreSQL is reached by this project's sessions alone, which set theirs")
    wanted = ["idle_in_transaction_session_timeout"]
    # Through a PgBouncer no session can ask for any.
    wanted += ["statement_timeout", "lock_timeout"] if subject.settings.database_pgbouncer else []
    found = await server.settings(subject.require_database(), *wanted)
    if unset := [name for name in wanted if found.get(name) == "0"]:
        line = f"ALTER ROLE CURRENT_USER SET {unset[0]} = '{ADVISED[unset[0]]}'"
        return warning(f"{', '.join(unset)}: not set", f"A client that hangs holds its locks for ever: {line}.")
    return ok(", ".join(f"{name} {int(value) / 1000:g} s" for name, value in found.items()))


# A load is idle within its transaction while it parses.
ADVISED = {"idle_in_transaction_session_timeout": "10min", "statement_timeout": "12s", "lock_timeout": "5s"}


@check("database-log", "whether PostgreSQL logs slow statements, and no values of theirs", needs=REACHABLE)
async def log(subject: Subject) -> Finding:
    """Look at what it logs of statements."""
    found = await server.settings(subject.require_database(), SLOW, *VALUES)
    milliseconds = int(found[SLOW])
    if milliseconds < 0:
        return warning(
            f"{SLOW} is off: nothing tells why an operation was slow",
            f"ALTER SYSTEM SET {SLOW} = '1s', ALTER SYSTEM SET {VALUES[0]} = 0 and SELECT pg_reload_conf(), or as "
            "your provider has it.",
        )
    if names := [name for name in VALUES if found[name] != "0"]:
        return warning(
            f"{' and '.join(names)}: values of statements, such as names, are logged with them",
            f"ALTER SYSTEM SET {names[0]} = 0 and SELECT pg_reload_conf(), or as your provider has it.",
        )
    return ok(f"statements of more than {milliseconds / 1000:g} s are logged, without their values")
