"""An eighth of the memory that there is, of a container's where it has less, within bounds."""

import os
from pathlib import Path

import pytest

from db.embedded import memory

GIB = 1024**3


@pytest.mark.parametrize(
    ("limit", "buffers"),
    [("max", 2048), ("9223372036854771712", 2048), (str(8 * GIB), 1024), (str(GIB // 2), 128), ("", 2048)],
)
def test_eighth_of_what_a_container_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, buffers: int
) -> None:
    (tmp_path / "limit").write_text(f"{limit}\n")
    monkeypatch.setattr(memory, "LIMITS", (tmp_path / "limit", tmp_path / "nowhere"))
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 32 * GIB // 4096}.__getitem__)
    assert memory.for_buffers() == buffers
