"""The pictures in the docs: each is one that `make pictures` takes, stands in a page, and is light to load."""

import json
import re
from pathlib import Path

import pytest

from deploy.pictures.__main__ import FOLDER, ROOT, WORDS, likeness
from deploy.pictures.scenes import SCENES

NAMES = [scene.name for scene in SCENES]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def named_in(page: Path) -> set[Path]:
    """The files of pixels that a page shows or leads to."""
    found = re.findall(r"\]\(([^)\s]+\.(?:png|jpe?g|gif|webp|avif))\)", page.read_text("utf-8"))
    return {(page.parent / each).resolve() for each in found}


def test_every_picture_in_a_page_is_taken_by_the_command_and_none_is_left_over() -> None:
    named = set().union(*map(named_in, PAGES))
    assert named == {FOLDER / f"{name}.webp" for name in NAMES} == set(FOLDER.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_webp_and_takes_less_than_100_kb(name: str) -> None:
    content = (FOLDER / f"{name}.webp").read_bytes()
    assert (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
    assert 10_000 < len(content) < 100_000


def test_the_words_are_kept_of_every_picture() -> None:
    words = json.loads(WORDS.read_text("utf-8"))
    assert set(words) == set(NAMES)
    assert all(len(text.split()) > 100 for text in words.values())


def test_likeness_is_the_part_of_the_words_that_is_the_same() -> None:
    assert likeness("a b c d", "a b c d") == 1
    assert likeness("a b c d", "a b x d") == 0.75
    assert likeness("a b", "c d") == 0
