"""The results as tables in Markdown: for a terminal, and for the page of the documentation."""

import re
from collections.abc import Sequence
from pathlib import Path

from bench.goals import Goal, goals
from bench.results import Results
from bench.rounds import Sample

_COLUMNS = ("server", "CPU", "PostgreSQL", "both", "a second", "p50 ms", "p99 ms", "MB")
_GOAL_COLUMNS = ("goal", "limit", "measured", "met")


def report(results: Results) -> str:
    """Return all tables: CPU is in microseconds a request."""
    best = results.best()
    workloads = dict.fromkeys(workload for _, workload in best)
    tables = [
        f"{workload}:\n\n{table(_COLUMNS, [row(best[key]) for key in best if key[1] == workload])}"
        for workload in workloads
    ]
    return "\n\n".join(
        [_context(results), *tables, table(_GOAL_COLUMNS, [goal_row(each) for each in goals(results)])]
    )


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
    figures = [sample.cpu, database, sample.total, sample.per_second, sample.p50, sample.p99, sample.memory_mb]
    formats = ["{:,.0f}", "{}", "{:,.0f}", "{:,.0f}", "{:.1f}", "{:.1f}", "{:.0f}"]
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
