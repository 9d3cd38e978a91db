"""The progress line at the widths that terminals have."""

import re
from io import StringIO

import pytest
from rich.console import Console

from db.nppes.summary import Progress
from graph.commands.progress import LoadProgress

FILES = ("othername_pfile_20050523-20251012.csv", "NPPES Deactivated NPI Report 20251013.xlsx")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("file", FILES)
def test_a_line_fits_and_is_cut_nowhere(width: int, file: str) -> None:
    output = StringIO()
    with LoadProgress(Console(file=output, force_terminal=True, width=width, color_system=None)) as progress:
        progress.tell(Progress(file, "reading", 10_000_000, 20_000_000, 9_030_000))
        progress.tell(Progress(file, "indexing", 20_000_000, 20_000_000, 9_030_000))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue())
    [*_, line] = [line for line in text.replace("\r", "\n").splitlines() if "rows" in line]
    assert len(line.rstrip()) <= width
    assert "9,030,000 rows" in line
    assert "indexing" in line
    assert ("20251012" in line or "20251013.xlsx" in line) == (width >= 60)
    # Rich marks what it cuts; the one mark here is of a long name.
    assert line.count("…") == (file.endswith("xlsx") and width >= 60)
