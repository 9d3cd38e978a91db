"""Checks of what is done beside requests: the log of changes and who reads it, webhooks, jobs."""

from db import retention
from graph.doctor.cache import REACHABLE as CACHE
from graph.doctor.cache import tallies_of
from graph.doctor.check import check
from graph.doctor.database import MIGRATED
from graph.doctor.finding import Finding, NotRunError, failed, of_condition, ok, warning
from graph.doctor.subject import Subject
from graph.events.webhooks import status as webhook_status
from graph.jobs import status as job_status

# Seconds for which a process may not have read the log of changes.
PATIENCE = 5.0


@check("events-feed", "whether each process that serves reads the log of changes", needs=CACHE)
async def feed(subject: Subject) -> Finding:
    """Look at what the processes say of themselves in Redis."""
    seconds = max(each.get("silence", 0) for each in await tallies_of(subject)) / 1000
    told = f"the one that is furthest behind read it {seconds:,.1f} s ago"
    if seconds > PATIENCE:
        return failed(
            told,
            "It gives nothing that is kept, and its subscriptions are silent: see database-reachable and its log.",
        )
    return ok(told)


@check("events-log", "whether old changes are removed", needs=MIGRATED)
async def log(subject: Subject) -> Finding:
    """Look for whom changes are kept longer than is set."""
    days = subject.settings.changes_kept_days
    if not days:
        raise NotRunError("CHANGES_KEPT_DAYS is 0: all are kept")
    holder = await retention.held_back(subject.require_database(), days)
    if holder is None:
        return ok(f"none is kept for more than {days} days")
    whose = f"webhook {holder.name}" if holder.is_webhook else f"the delivery to {holder.name}"
    return warning(
        f"those after {holder.cursor} are kept for {whose}, though they are older than {days} days",
        "`ariesone webhooks disable` or `ariesone events stop` ends that; see events-webhooks, queue-delivery.",
    )


@check("events-webhooks", "whether webhooks are sent to, and take what they are sent", needs=MIGRATED)
async def webhooks(subject: Subject) -> Finding:
    """Look at how webhooks stand, as /health does."""
    return of_condition(
        await webhook_status.check(subject.require_database()),
        "`ariesone webhooks list` names them; see that a process sends to them: `ariesone serve` or `ariesone "
        "deliver`, with WEBHOOK_KEY.",
    )


@check("events-jobs", "whether jobs are done", needs=MIGRATED)
async def jobs(subject: Subject) -> Finding:
    """Look at how jobs stand, as /health does."""
    return of_condition(
        await job_status.check(subject.require_database()),
        "See that a process does them: `ariesone serve` with JOBS_IN_SERVE, or `ariesone work`.",
    )
