"""The page that shows a profile: whole in one file, so that one that was saved looks the same."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from graph.site.flame import draw
from graph.telemetry.profiler import KINDS
from graph.telemetry.profiles import Line, Profile

# Rows of the table of functions.
SHOWN: Final = 40

_STATIC = Path(__file__).with_name("static")
_STYLE = (_STATIC / "profile.css").read_text("utf-8")
_SCRIPT = (_STATIC / "flame.js").read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS: Final = {
    "content-security-policy": f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}

_WAYS = {
    "sampling": """<p>A box is a function below what called it, as wide as the CPU time in it; the longest are on
the left. Waiting isn't drawn, nor is the work of other threads.
<span class="key own">This project's code</span> <span class="key other">other code</span>
Click a box to widen it, and one above it to go back; point at it to read its figures.</p>""",
    "calls": """<p>Every call was counted, which made each of them slower, short ones most: compare functions with
each other. Time is the clock's: where the process waited for a CPU, that is in it too.</p>""",
}


def write_profile(profile: Profile, pid: int, pids: Sequence[int]) -> str:
    """The HTML of a profile of the process `pid`, one of `pids`."""
    title = f"Profile of process {pid}"
    flame = f"<h2>Stacks</h2>{draw(profile.boxes)}<script>{_SCRIPT}</script>" if profile.boxes else ""
    table = f"<h2>Functions</h2>{_table(profile)}"
    body = f"<h1>{title}</h1>{_facts(profile)}{_WAYS[profile.kind]}{flame}{table}{_others(profile, pids)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>AriesOne: {title.lower()}</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )


def _facts(profile: Profile) -> str:
    used = f"{profile.cpu_seconds:.2f} s of CPU ({profile.busy:.0%} of one)"
    return f"<p>{profile.seconds:.1f} s watched, in which the process used {used}.</p>"


def _table(profile: Profile) -> str:
    has_calls = profile.kind == "calls"
    heads = ("calls",) if has_calls else ()
    head = "".join(f'<th class="figure">{each}</th>' for each in ("own ms", "with callees ms", *heads))
    rows = "".join(f"<tr>{''.join(_cells(line))}</tr>" for line in profile.lines[:SHOWN])
    cut = f"<p>{min(SHOWN, len(profile.lines))} of {len(profile.lines)} functions, by their own time.</p>"
    return f"<table><tr>{head}<th>function</th><th>where</th></tr>{rows}</table>{cut}"


def _cells(line: Line) -> Iterator[str]:
    figures = (line.own_seconds * 1000, line.seconds * 1000)
    yield from (f'<td class="figure">{figure:,.1f}</td>' for figure in figures)
    if line.calls is not None:
        yield f'<td class="figure">{line.calls:,}</td>'
    yield f"<td>{escape(line.name)}</td><td>{escape(line.place)}</td>"


def _others(profile: Profile, pids: Sequence[int]) -> str:
    """Links to profiles of the other kind, in a form for other programs, and of each process."""
    kinds = "".join(f'<li><a href="?kind={kind}">kind={kind}</a></li>' for kind in KINDS)
    program = "speedscope" if profile.kind == "sampling" else "python -m pstats"
    file = f'<li><a href="?kind={profile.kind}&amp;form=file">form=file</a>, for {program}</li>'
    each = "".join(f'<li><a href="?kind={profile.kind}&amp;pid={pid}">pid={pid}</a></li>' for pid in pids)
    return f"<h2>Others</h2><ul>{kinds}{file}{each}<li>seconds=5, or up to 60</li></ul>"
