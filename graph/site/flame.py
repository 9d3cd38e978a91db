"""A flame graph: stacks drawn as boxes below what called them, each as wide as the time in it."""

from collections.abc import Iterator, Sequence
from html import escape

from graph.telemetry.profiles import Box, is_own

# Pixels from one row to the next, and of a box in it.
ROW = 18
HEIGHT = 17
# Per cent of the width below which a box isn't drawn: no screen would show it.
NARROWEST = 0.08


def draw(boxes: Sequence[Box]) -> str:
    """Return the SVG of boxes, which fills the width that there is; its x and width are per cent.

    Each box is an SVG of its own, which cuts off the text that doesn't fit.
    """
    total = sum(box.seconds for box in boxes)
    root = Box("everything that the event loop called", "", total, boxes)
    drawn = list(_boxes(root, 0.0, 100 / total if total else 0.0, 0))
    rows = 1 + max((row for row, _ in drawn), default=0)
    inside = "".join(svg for _, svg in drawn)
    return f'<svg id="flame" role="img" aria-label="Flame graph" width="100%" height="{rows * ROW}">{inside}</svg>'


def _boxes(box: Box, left: float, scale: float, row: int) -> Iterator[tuple[int, str]]:
    """Yield the row and the SVG of a box and of what is below it; `scale` is per cent a second."""
    width = box.seconds * scale
    if width < NARROWEST:
        return
    yield row, _drawn(box, left, width, row)
    for each in box.inside:
        yield from _boxes(each, left, scale, row + 1)
        left += each.seconds * scale


def _drawn(box: Box, left: float, width: float, row: int) -> str:
    kind = "own" if is_own(box.place) else "other" if row else "all"
    told = escape(f"{box.name}  {box.place}\n{box.seconds * 1000:,.0f} ms, {width:.1f} %")
    return (
        f'<svg class="{kind}" x="{left:.3f}%" y="{row * ROW}" width="{width:.3f}%" height="{HEIGHT}">'
        f"<title>{told}</title>"
        f'<rect width="100%" height="100%" rx="2"/><text x="3" y="12.5">{escape(box.name)}</text></svg>'
    )
