"""The progress line at the widths that terminals have."""

import re
from io import StringIO

import pytest
from rich.console import Console

from db.nppes.summary import Phase, Progress
from graph.commands.progress import LoadProgress

FILES = ("othername_pfile_20050523-20251012.csv", "NPPES Deactivated NPI Report 20251013.xlsx")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("phase", ["reading", "indexing"])
def test_a_line_fits_and_is_cut_nowhere(width: int, file: str, phase: str) -> None:
    output = StringIO()
    with LoadProgress(Console(file=output, force_terminal=True, width=width, color_system=None)) as progress:
        progress.tell(Progress(file, "reading", 9_876_543_210, 10_765_432_100, 9_030_000))
        if phase == "indexing":
            progress.tell(Progress(file, "indexing", 10_765_432_100, 10_765_432_100, 9_030_000))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue())
    [*_, line] = [line for line in text.replace("\r", "\n").splitlines() if "rows" in line]
    assert len(line.rstrip()) <= width
    assert "9,030,000 rows" in line
    assert phase in line
    assert ("9.9 GB of 10.8 GB" in line) == (width >= 80 and phase == "reading")
    assert line.rstrip().endswith("-:--:--")
    assert ("20251012" in line or "20251013.xlsx" in line) == (width >= 60)
    # Rich marks what it cuts; the one mark here is of a long name.
    assert line.count("…") == (file.endswith("xlsx") and width >= 60)


@pytest.mark.parametrize(("phase", "left"), [("reading", "0:00:20"), ("merging", "-:--:--")])
def test_the_time_left_is_told_where_bytes_say_it(phase: Phase, left: str) -> None:
    output, now = StringIO(), [0.0]
    terminal = Console(file=output, force_terminal=True, width=80, color_system=None, get_time=lambda: now[0])
    with LoadProgress(terminal) as progress:
        for second in (0, 10, 20):
            now[0] = second
            progress.tell(Progress(FILES[0], "reading", second * 1_000, 40_000, second))
        progress.tell(Progress(FILES[0], phase, 20_000, 40_000, 20))
    assert output.getvalue().rstrip().removesuffix("\x1b[?25h").rstrip().endswith(left)
