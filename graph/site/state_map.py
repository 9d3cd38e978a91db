"""The drawing on the front page: the states as tiles, and three companies with lines to their locations."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

# Where each state stands; nothing at two dots.
GRID: Final = """
AK .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. WI .. .. .. VT NH
WA ID MT ND MN IL MI .. NY MA ..
OR NV WY SD IA IN OH PA NJ CT RI
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. ..
"""

# Where a company is at home, and where its other locations are.
COMPANIES: Final[Mapping[str, Sequence[str]]] = {
    "CA": ("WA", "MT", "NM"),
    "TX": ("CO", "MO", "AL", "LA"),
    "NY": ("WI", "ME", "OH", "NC"),
}

# From one tile to the next, and a tile's side.
STEP: Final = 40
SIDE: Final = 34

Place = tuple[float, float]


@cache
def state_map() -> str:
    """Return the drawing as SVG to stand in a page; it says nothing that the page doesn't, so readers skip it."""
    places = dict(_places())
    width = STEP * (max(x for x, _ in places.values()) + 1)
    height = STEP * (max(y for _, y in places.values()) + 1)
    centres = {state: (x * STEP + SIDE / 2, y * STEP + SIDE / 2) for state, (x, y) in places.items()}
    lines = "".join(_line(centres[home], centres[other]) for home, others in COMPANIES.items() for other in others)
    # The lines end below the tiles that they lead to.
    tiles = {state: _tile(state, x * STEP, y * STEP) for state, (x, y) in places.items()}
    above = {*COMPANIES, *(other for others in COMPANIES.values() for other in others)}
    ground = "".join(tile for state, tile in tiles.items() if state not in above)
    drawn = f"{ground}{lines}{''.join(tiles[state] for state in sorted(above))}"
    size = f"0 0 {width - STEP + SIDE} {height - STEP + SIDE}"
    return f'<svg class="map" viewBox="{size}" aria-hidden="true" focusable="false">{drawn}</svg>'


def _places() -> Iterator[tuple[str, tuple[int, int]]]:
    for y, row in enumerate(GRID.strip().splitlines()):
        for x, state in enumerate(row.split()):
            if state != "..":
                yield state, (x, y)


def _tile(state: str, x: int, y: int) -> str:
    located = {other for others in COMPANIES.values() for other in others}
    kind = ' class="home"' if state in COMPANIES else ' class="located"' if state in located else ""
    middle = SIDE // 2
    return (
        f'<g{kind}><rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" rx="7"/>'
        f'<text x="{x + middle}" y="{y + middle + 4}">{state}</text></g>'
    )


def _line(begin: Place, end: Place) -> str:
    """Return a line that bends a little, so that those of one company don't lie on each other."""
    (x, y), (to_x, to_y) = begin, end
    bend_x, bend_y = (x + to_x) / 2 + (to_y - y) / 6, (y + to_y) / 2 - (to_x - x) / 6
    return f'<path d="M{x:g} {y:g}Q{bend_x:g} {bend_y:g} {to_x:g} {to_y:g}"/>'
