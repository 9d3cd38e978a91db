"""What checks found, as a table for 80 columns or as JSON."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph.doctor.examination import Result
from graph.doctor.finding import Outcome, exit_code

# Where each check has its section; on a server.
PAGE = "/docs/troubleshooting"

STYLES = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAILED: "bold red", Outcome.NOT_RUN: "dim"}


def show_table(results: Sequence[Result]) -> None:
    """Print a line or two for each check, the commands to run, and how many came out how."""
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in results:
        finding = each.finding
        table.add_row(Text(finding.outcome, STYLES[finding.outcome]), each.check.id, told(finding.seen))
        if finding.advice:
            table.add_row("", "", Text("> ", "bold") + told(finding.advice))
    console = Console(highlight=False)
    console.print(table)
    for each in results:
        for command in each.finding.commands:
            # On a line of its own, however long: it is copied.
            console.print(told(command), soft_wrap=True)
    counts = Counter(each.finding.outcome for each in results)
    summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    if names := [each.check.id for each in results if each.finding.outcome is Outcome.FAILED]:
        console.print(f"Failed: {', '.join(names)}.", style=STYLES[Outcome.FAILED])
    console.print(f"{summary}. Each check has its section on {PAGE}.", soft_wrap=True)


def told(text: str) -> Text:
    """Return a text as a terminal prints it: what it would obey is left out."""
    return Text("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text))


def show_json(results: Sequence[Result]) -> None:
    """Print what each check found as one JSON object."""
    found = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "exitCode": exit_code(each.finding for each in results),
        "checks": [entry(each) for each in results],
    }
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


def entry(result: Result) -> dict[str, Any]:
    """Return what a check found as JSON has it."""
    check, finding = result.check, result.finding
    return {
        "id": check.id,
        "category": check.category,
        "looksAt": check.looks_at,
        "outcome": finding.outcome,
        "isPrevented": finding.is_prevented,
        "seen": finding.seen,
        "advice": finding.advice,
        "commands": finding.commands,
        "seconds": round(result.seconds, 3),
        "help": f"{PAGE}#{check.id}",
    }
