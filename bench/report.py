"""The results as tables in Markdown: for a terminal, and for the page of the documentation."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.contestants import OURS, PEERS
from bench.goals import Best, Goal, goals
from bench.results import Results
from bench.rounds import Sample
from bench.warmup import WarmUp
from bench.workloads import WORKLOADS

_COLUMNS = ("server", "CPU", "Redis", "PostgreSQL", "all", "a second", "p50 ms", "p99 ms", "MB")
_GOAL_COLUMNS = ("goal", "limit", "measured", "met")


def report(results: Results) -> str:
    """Return all tables: CPU is in microseconds a request."""
    best = results.best()
    tables = [
        f"{workload}:\n\n{table(_COLUMNS, [row(best[key]) for key in best if key[1] == workload])}"
        for workload in dict.fromkeys(workload for _, workload in best)
    ]
    aims = table(_GOAL_COLUMNS, [goal_row(each) for each in goals(results)])
    return "\n\n".join(
        [_context(results), _overview(results), *_not_asked(results), aims, _warm_ups(results), *tables]
    )


def _overview(results: Results) -> str:
    """Return the CPU of all together: a line for each server, a column for each workload."""
    best = results.best()
    asked = {workload for _, workload in best}
    columns = [each.name for each in WORKLOADS if each.name in asked]
    servers = dict.fromkeys(server for server, _ in best)
    return table(("server", *columns), [[server, *_totals(best, server, columns)] for server in servers])


def _totals(best: Best, server: str, workloads: Sequence[str]) -> list[str]:
    return [f"{best[server, each].total:,.0f}" if (server, each) in best else "" for each in workloads]


def _not_asked(results: Results) -> Iterator[str]:
    """Yield a sentence for each peer that can't answer a workload in the form in which it is asked."""
    best = results.best()
    measured = [each.name for each in WORKLOADS if (OURS, each.name) in best]
    for server in dict.fromkeys(server for server, _ in best if server in PEERS):
        missing = [workload for workload in measured if (server, workload) not in best]
        if missing:
            yield f"{server} can't be asked {' and '.join(missing)} in this form."


def _warm_ups(results: Results) -> str:
    """Return how the servers were warmed: the last window's cost beside the first one's."""
    columns = ("warmed", "windows", "seconds", "first window", "last window", "steady")
    return table(columns, [warm_up_row(each) for each in results.warm_ups])


def warm_up_row(warm_up: WarmUp) -> list[str]:
    """Return a warm-up's cells."""
    first, last = (f"{warm_up.windows[place]:,.0f}" for place in (0, -1))
    steady = "yes" if warm_up.is_steady else "no"
    return [warm_up.server, str(len(warm_up.windows)), f"{warm_up.seconds:.0f}", first, last, steady]


def _context(results: Results) -> str:
    machine, versions = results.machine, results.versions
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured on {results.date} on {machine['cores']} cores of {machine['processor']}, {results.companies:,} "
        f"companies with five locations each, 16 connections, the best of {results.rounds} rounds of "
        f"{results.seconds:g} s. CPU is in microseconds a request. Versions: {listed}."
    )


def row(sample: Sample) -> list[str]:
    """Return a sample's cells."""
    database = "" if sample.database_cpu is None else f"{sample.database_cpu:,.0f}"
    cpu = [sample.cpu, sample.cache_cpu, database, sample.total]
    figures = [*cpu, sample.per_second, sample.p50, sample.p99, sample.memory_mb]
    formats = ["{:,.0f}", "{:,.0f}", "{}", "{:,.0f}", "{:,.0f}", "{:.1f}", "{:.1f}", "{:.0f}"]
    return [sample.server, *(form.format(figure) for form, figure in zip(formats, figures, strict=True))]


def goal_row(goal: Goal) -> list[str]:
    """Return a goal's cells."""
    sign = ">=" if goal.at_least else "<="
    measured = "" if goal.measured is None else f"{goal.measured:.2f}{goal.unit}"
    met = {True: "yes", False: "no", None: "not measured"}[goal.is_met]
    return [goal.name, f"{sign} {goal.limit:g}{goal.unit}", measured, met]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns line up, the first one to the left."""
    widths = [max(len(line[place]) for line in (columns, *rows)) for place in range(len(columns))]
    rule = [f"{'-' * (width - 1)}{':' if place else '-'}" for place, width in enumerate(widths)]
    return "\n".join(_line(cells, widths) for cells in (columns, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join((first, *others))} |"


def publish(text: str, page: Path, name: str) -> None:
    """Put a text between the two comments of a page that are called by its name."""
    marked = re.compile(rf"(<!-- {name} -->\n).*(\n<!-- /{name} -->)", re.DOTALL)
    page.write_text(marked.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page.read_text()))
