"""How a file becomes pieces, whatever is in it."""

import sys
from pathlib import Path

import pytest

from db.nppes.layout import FileKind
from db.nppes.numbers import NO_NUMBERS
from db.nppes.pieces import opened
from db.nppes.source import discover
from db.nppes.writer import csv_bytes, file_name
from tests.db.nppes.cms import npi, other_name

NAMES = [other_name(npi(number), f"NAME {number}") for number in range(1, 40)]


async def test_threads_let_each_other_run_sooner_while_a_file_is_read_and_not_after(tmp_path: Path) -> None:
    path = tmp_path / file_name(FileKind.NAMES)
    path.write_bytes(csv_bytes(FileKind.NAMES, NAMES))
    [source] = discover([path])
    before = sys.getswitchinterval()
    async with opened(source, NO_NUMBERS, lambda tables: tables, 0) as pieces:
        assert sys.getswitchinterval() < before
        [piece] = [piece async for piece in pieces.iterate]
    assert piece.read == len(NAMES)
    assert sys.getswitchinterval() == before


async def test_the_pieces_of_a_file_come_in_its_order_however_many_are_made_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.nppes.blocks.BLOCK_BYTES", 100)
    path = tmp_path / file_name(FileKind.NAMES)
    path.write_bytes(csv_bytes(FileKind.NAMES, NAMES))
    [source] = discover([path])
    async with opened(source, NO_NUMBERS, lambda tables: tables, 0) as pieces:
        made = [piece async for piece in pieces.iterate]
    lines = [row for piece in made for rows in piece.rows for row in rows.data.decode().splitlines()]
    assert len(made) > len(NAMES) / 4
    assert [row.split("\t")[2] for row in lines] == [f"NAME {number}" for number in range(1, 40)]
