"""Every check, in the order in which it is told of: to add one is to add its line."""

from collections.abc import Collection

from graph.doctor import (
    cache,
    database,
    dataset,
    disks,
    events,
    indexes,
    probe,
    rabbitmq,
    replicas,
    servers,
    sessions,
    settings,
    tables,
    tokens,
)
from graph.doctor.check import Check

CHECKS: tuple[Check, ...] = (
    settings.valid,
    settings.unknown,
    settings.dangerous,
    settings.compose,
    database.reachable,
    database.version,
    database.migrated,
    database.connections,
    database.pool,
    database.timeouts,
    database.log,
    sessions.long,
    sessions.blocked,
    sessions.idle,
    indexes.missing,
    indexes.invalid,
    indexes.double,
    indexes.unused,
    indexes.bloat,
    tables.statistics,
    tables.vacuum,
    tables.slow,
    disks.disk,
    replicas.reachable,
    replicas.recovery,
    replicas.lag,
    replicas.migrated,
    tokens.configuration,
    tokens.keys,
    tokens.clock,
    tokens.token,
    cache.reachable,
    cache.memory,
    cache.policy,
    cache.evictions,
    cache.hits,
    cache.audit,
    rabbitmq.reachable,
    rabbitmq.exchange,
    rabbitmq.bindings,
    rabbitmq.delivery,
    events.feed,
    events.webhooks,
    events.jobs,
    events.log,
    dataset.age,
    dataset.gaps,
    dataset.lists,
    servers.ready,
    servers.health,
    probe.queries,
    probe.mutations,
    probe.subscriptions,
)


def chosen(only: Collection[str], skipped: Collection[str]) -> list[Check]:
    """Return the checks of some categories, or with some ids (all where none are named), but for others.

    Raises ValueError for what is the name of none.
    """
    known = {name for each in CHECKS for name in (each.id, each.category)}
    if unknown := next((name for name in (*only, *skipped) if name not in known), None):
        categories = ", ".join(dict.fromkeys(each.category for each in CHECKS))
        raise ValueError(f"There is no check {unknown}; there are the categories {categories}, and their checks.")
    return [
        each
        for each in CHECKS
        if (not only or {each.id, each.category} & set(only)) and not {each.id, each.category} & set(skipped)
    ]
