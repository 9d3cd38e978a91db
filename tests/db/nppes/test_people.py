"""Individuals are known by their lines: nothing else becomes of a file than if each row were parsed."""

from collections import Counter
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from db.nppes import layout
from db.nppes.blocks import Block
from db.nppes.layout import HEADERS, FileKind
from db.nppes.numbers import Numbers
from db.nppes.pieces import opened
from db.nppes.sample import Row
from db.nppes.source import discover
from db.nppes.table import Table
from tests.db.nppes.cms import Directory, deactivation, npi, organisation, person

NUMBERS = [npi(number) for number in range(300, 306)]
KNOWN = Numbers(pl.Series("npi", [int(NUMBERS[0]), int(NUMBERS[1])], pl.UInt32).sort())
HEADER = HEADERS[FileKind.COMPANIES]
HEADER_LINE = ",".join(f'"{column}"' for column in HEADER).encode()
BACK = {layout.DEACTIVATED: "01/15/2020", layout.REACTIVATED: "01/22/2020"}

ROWS: dict[str, Callable[[str], Row]] = {
    "person": person,
    "person out of force": lambda number: person(number) | {layout.DEACTIVATED: "01/15/2020"},
    "person back in force": lambda number: person(number) | BACK,
    "person with a wrong day": lambda number: person(number) | {layout.DEACTIVATED: "02/30/2020"},
    "organisation": organisation,
    "deactivation": deactivation,
}
# At the end of a value: what ends values and lines, what isn't plain, what isn't UTF-8, and what is nothing much.
ODD = (
    b'"', b'""', b",", b'","', b";", b"\n", b"\r", b"\r\n", b'"\n"', b"\0", b"\t", b"\x07", b"\x7f", b" ",
    "Ñ".encode(), "Ñ".encode("latin-1"), b"\x85", "\u2028".encode(), b"<UNAVAIL>", b"'", b"\\",
)  # fmt: skip
COLUMNS = [0, 1, 2, 5, HEADER.index(layout.DEACTIVATED), HEADER.index(layout.REACTIVATED), len(HEADER) - 1]
# Of a line, by how it ends, how it begins, and what it says in between.
ODD_LINES: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line,
    lambda line: line + b',""',
    lambda line: line.rpartition(b",")[0],
    lambda line: line[:-1],
    lambda line: line + b" ",
    lambda line: line + b"\r",
    lambda line: line + b"\r\r",
    lambda _: b"",
    lambda line: line[1:],
    lambda line: b" " + line,
    lambda line: line.replace(b"1", b"3", 1),
    lambda line: line.replace(b"0", b"7", 1),
    lambda line: line.replace(b'"1"', b'" 1"', 1),
    lambda line: line.replace(b'"1"', b'"01"', 1),
    lambda line: line + b"\n" + line,
    lambda line: line[: len(line) // 2] + b"\n" + line,
)


def line_of(row: Row, column: int, odd: bytes, bare: Container[int] = ()) -> bytes:
    """A row's line without its end: something odd at the end of one value, and some values without quotes."""
    values = [row.get(each, "").encode() for each in HEADER]
    values[column] += odd
    return b",".join(value if place in bare else b'"%b"' % value for place, value in enumerate(values))


def odd_line(row: Row, place: tuple[int, bytes], bare: Container[int], odd: Callable[[bytes], bytes]) -> bytes:
    return odd(line_of(row, *place, bare))


ROW = st.builds(lambda kind, number: ROWS[kind](number), st.sampled_from(sorted(ROWS)), st.sampled_from(NUMBERS))
PLACE = st.tuples(st.sampled_from(COLUMNS), st.sampled_from((b"", *ODD)))
BARE = st.sampled_from(((), range(len(HEADER)), COLUMNS[:1], COLUMNS[1:2], COLUMNS[-1:]))
LINE = st.builds(odd_line, ROW, PLACE, BARE | st.just(()), st.sampled_from(ODD_LINES) | st.just(ODD_LINES[0]))
END = st.sampled_from((b"\n", b"\r\n"))
MARK = st.sampled_from((b"", b"\xef\xbb\xbf"))
LINES = st.lists(st.tuples(LINE, END).map(b"".join), max_size=9).map(b"".join)
FILES = st.tuples(MARK, st.just(HEADER_LINE), END, LINES).map(b"".join)
# An individual with everything odd everywhere.
PERSON = person(NUMBERS[-1])
EVERYTHING = [line_of(PERSON, column, odd) for column in COLUMNS for odd in ODD]
EVERYTHING += [odd(line_of(PERSON, 0, b"")) for odd in ODD_LINES]


async def outcome(path: Path) -> tuple[Counter[str], dict[str, bytes], list[Any]]:
    """What is counted in a file, what is copied of it into which table, and what is rejected."""
    [source] = discover([path])
    counts: Counter[str] = Counter()
    texts: dict[str, bytes] = {}
    rejects: list[Any] = []
    async with opened(source, KNOWN, lambda tables: tables, 1_000) as pieces:
        async for piece in pieces.iterate:
            for name in ("read", "individuals", "recoded", "lost_zeros"):
                counts[name] += getattr(piece, name)
            counts["consumed"] = piece.consumed
            for rows in piece.rows:
                texts[rows.table] = texts.get(rows.table, b"") + rows.data
            rejects += piece.rejects
    return counts, {table: text for table, text in texts.items() if text}, sorted(rejects)


@given(FILES)
@example(b"\n".join([HEADER_LINE, *EVERYTHING]))
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
async def test_a_file_says_the_same_whether_individuals_are_known_by_their_lines_or_parsed(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("people") / "npidata_pfile_20050523-20250112.csv"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("db.nppes.blocks.BLOCK_BYTES", 3_000)
        found = await outcome(path)
        patch.setattr("db.nppes.people.People.are", lambda _, lines: lines.is_null())
        assert found == await outcome(path)


async def test_individuals_are_not_parsed_but_where_something_may_be_wrong_or_matters(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []

    def frame(_: Table, block: Block, most_rejects: int) -> NoReturn:
        parsed.append(block.numbers.len())
        raise ArithmeticError(most_rejects)

    monkeypatch.setattr(Table, "frame", frame)
    rows = [person(number) for number in NUMBERS] + [organisation(npi(1))]
    path = directory.write(FileKind.COMPANIES, rows)
    with pytest.raises(ArithmeticError):
        await outcome(path)
    assert parsed == [3]
