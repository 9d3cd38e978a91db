"""The results drawn: for each workload, CPU per request, requests a second and latency of each server."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.contestants import CONSTANT, HANDWRITTEN, OURS, OURS_AT, OURS_KEPT, OURS_SMALL
from bench.results import Results
from bench.rounds import Sample
from bench.workloads import WORKLOADS

_OWN, _OWN_BEFORE, _LIMIT, _PEER, _DATABASE = "#1f6feb", "#8ab4f8", "#57606a", "#a8b3bf", "#e8a33d"
# Bars longer than this many times the shortest are cut, so that the others can be told apart.
_LONGEST = 5

Draw = Callable[[Axes, Sequence[Sample]], None]


def plot(results: Results, path: Path) -> None:
    """Write the plot as SVG; without anything in it where nothing was measured that is drawn."""
    mpl.rcParams.update({"font.family": "sans-serif", "font.size": 8, "svg.fonttype": "none"})
    columns: tuple[tuple[str, Draw], ...] = (
        ("CPU, µs a request (server, PostgreSQL)", _cpu),
        ("requests a second", _throughput),
        ("latency, ms: p50 to p99", _latency),
        ("memory of the server, MB", _memory),
    )
    drawn = [(each.name, found) for each in WORKLOADS if (found := _samples(results, each.name))]
    figure = Figure(figsize=(4 * len(columns), 2.4 * max(len(drawn), 1)), layout="constrained")
    axes = figure.subplots(len(drawn), len(columns), squeeze=False) if drawn else ()
    for line, (workload, samples) in enumerate(drawn):
        for place, (title, draw) in enumerate(columns):
            axis = axes[line][place]
            draw(axis, samples)
            axis.set_title(f"{workload}: {title}" if place == 0 else title, loc="left")
            axis.set_yticks(range(len(samples)), [sample.server for sample in samples] if place == 0 else [])
            axis.invert_yaxis()
            axis.set_xticks([], minor=False)
            axis.spines[["top", "right", "bottom"]].set_visible(False)
    # Without a date and random ids, the same results make the same file.
    mpl.rcParams["svg.hashsalt"] = "ariesone"
    figure.savefig(path, metadata={"Date": None})


def _samples(results: Results, workload: str) -> list[Sample]:
    """Return each server's best round; only those that run the same operations on the same directory."""
    found = {server: each for (server, name), each in results.best().items() if name == workload}
    return [sample for server, sample in found.items() if server not in {CONSTANT, OURS_KEPT, OURS_SMALL}]


def _colours(samples: Sequence[Sample]) -> list[str]:
    return [_colour(sample.server) for sample in samples]


def _colour(server: str) -> str:
    return _OWN_BEFORE if server.startswith(OURS_AT) else {OURS: _OWN, HANDWRITTEN: _LIMIT}.get(server, _PEER)


def _cpu(axis: Axes, samples: Sequence[Sample]) -> None:
    totals = [each.total for each in samples]
    longest = min(max(totals), _LONGEST * min(totals))
    own = [min(each.cpu, longest) for each in samples]
    both = [min(total, longest) for total in totals]
    axis.barh(range(len(samples)), both, color=_DATABASE)
    axis.barh(range(len(samples)), own, color=_colours(samples))
    axis.set_xlim(0, longest * 1.25)
    for place, total in enumerate(totals):
        cut = "… " if total > longest else ""
        axis.text(both[place] + longest * 0.02, place, f"{cut}{total:,.0f}", va="center")


def _throughput(axis: Axes, samples: Sequence[Sample]) -> None:
    _bars(axis, samples, [each.per_second for each in samples])


def _memory(axis: Axes, samples: Sequence[Sample]) -> None:
    _bars(axis, samples, [each.memory_mb for each in samples])


def _bars(axis: Axes, samples: Sequence[Sample], values: Sequence[float]) -> None:
    axis.barh(range(len(samples)), values, color=_colours(samples))
    axis.set_xlim(0, max(values) * 1.25)
    for place, value in enumerate(values):
        axis.text(value + max(values) * 0.02, place, f"{value:,.0f}", va="center")


def _three(value: float) -> str:
    """Return a number with one digit after the point where it is short."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - of two digits


def _latency(axis: Axes, samples: Sequence[Sample]) -> None:
    for place, (each, colour) in enumerate(zip(samples, _colours(samples), strict=True)):
        axis.plot([each.p50, each.p99], [place, place], color=colour, linewidth=3, solid_capstyle="butt")
        axis.plot([each.p50], [place], "o", color=colour, markersize=5)
        axis.text(each.p99 * 1.15, place, f"{_three(each.p50)} to {_three(each.p99)}", va="center")
    axis.set_xscale("log")
    axis.set_xlim(min(each.p50 for each in samples) / 1.5, max(each.p99 for each in samples) * 4)
    axis.set_ylim(-0.6, len(samples) - 0.4)
    axis.minorticks_off()
