"""Checks of tables and statements: what the planner knows, what is left of old rows, what takes long."""

from db.oversight import server, statements, tables
from graph.doctor.check import check
from graph.doctor.database import MIGRATED, REACHABLE
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject

# Autovacuum looks at a tenth (statistics) and a fifth (dead rows) of a table: this much is left when it doesn't.
STALE, DEAD = 0.3, 0.5
# Rows from which a table is worth a word.
LEAST = 10_000
# The share of all transaction numbers from which somebody should look; autovacuum begins at a tenth.
USED, NEARLY_ALL = 0.3, 0.8
# Milliseconds that a statement takes on average, and its calls, to be told of.
SLOW, CALLS = 500.0, 5


@check("database-statistics", "whether the planner knows what the tables hold", needs=MIGRATED)
async def statistics(subject: Subject) -> Finding:
    """Look for tables that have changed much since they were analyzed."""
    found = await tables.stale(subject.require_database(), STALE, LEAST)
    if found:
        told = ", ".join(f"{each['name']} ({each['changed']:,} rows)" for each in found)
        return warning(f"changed much since they were analyzed: {told}", f"ANALYZE {found[0]['name']}.")
    return ok("no table has changed much since it was analyzed")


@check("database-vacuum", "whether old rows are cleared away", needs=REACHABLE)
async def vacuum(subject: Subject) -> Finding:
    """Look at autovacuum, dead rows, and how far transaction numbers are used up."""
    database = subject.require_database()
    used = await tables.transactions_used(database)
    if used >= NEARLY_ALL:
        return failed(
            f"{used:.0%} of the transaction numbers are used up; at the end PostgreSQL takes no more changes",
            "VACUUM as a superuser, and end what is idle in a transaction.",
        )
    if (await server.settings(database, "autovacuum")).get("autovacuum") == "off":
        return warning(
            "autovacuum is off: tables and indexes grow without end", "ALTER SYSTEM SET autovacuum = on."
        )
    found = await tables.full_of_dead_rows(database, DEAD, LEAST)
    if found:
        told = ", ".join(f"{each['name']} ({each['dead']:,} dead of {each['rows']:,})" for each in found)
        return warning(f"full of dead rows: {told}", f"VACUUM ANALYZE {found[0]['name']}; see database-idle.")
    if used >= USED:
        return warning(f"{used:.0%} of the transaction numbers are used up", "VACUUM; see database-idle.")
    return ok("autovacuum keeps up")


@check("database-statements", "statements that take long on average", needs=REACHABLE)
async def slow(subject: Subject) -> Finding:
    """Look into pg_stat_statements."""
    database = subject.require_database()
    if not await statements.are_counted(database):
        raise NotRunError("the extension pg_stat_statements isn't there")
    found = await statements.slow(database, SLOW, CALLS)
    if found:
        first = found[0]
        return warning(
            f"{len(found)} take {SLOW:g} ms or more; one of them {first['milliseconds']:,.0f} ms, "
            f"{first['calls']:,} times",
            f"pg_stat_statements has it under the queryid {first['id']}: EXPLAIN it, and report it.",
        )
    return ok(f"none that was called {CALLS} times takes {SLOW:g} ms on average")
