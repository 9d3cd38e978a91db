"""Each line of the original guide is on its page, with a test that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| `([\w/.]+)::(\w+)` \|$", re.MULTILINE)

LINES = ROW.findall((ROOT / "docs" / "guide.md").read_text("utf-8"))


def test_all_56_lines_are_there_in_their_order() -> None:
    assert [int(number) for number, *_ in LINES] == list(range(1, 57))


@pytest.mark.parametrize(("file", "name"), sorted({(file, name) for *_, file, name in LINES}))
def test_the_test_of_a_line_is_there(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
