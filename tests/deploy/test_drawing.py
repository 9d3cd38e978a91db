"""The command that draws: Mermaid's own drawing, in Chromium, without what the pages refuse."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Error

from deploy.drawings.__main__ import draw, fetch, keep
from graph.site.drawings import is_of
from graph.site.graphiql.npm import NpmError

pytestmark = pytest.mark.slow

TEXT = 'flowchart TD\n  accTitle: Two things\n  a["`**first**\n  of all`"] -->|"then"| b{"second?"}\n'


@pytest.fixture(scope="module")
def library(pytestconfig: pytest.Config) -> Path:
    try:
        return fetch(Path(pytestconfig.cache.mkdir("mermaid")))
    except NpmError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser() -> str:
    return shutil.which("chromium") or pytest.skip("Chromium isn't installed; on Debian: apt-get install chromium")


def test_a_text_is_drawn_as_places_and_words_alone(library: Path, browser: str) -> None:
    drawn = draw({"two-things": TEXT}, library, browser)["two-things"]
    assert is_of(drawn, TEXT)
    assert "<title>Two things</title>" in drawn
    assert all(f">{word}<" in drawn for word in ("of all", "then", "second?"))
    assert 'font-weight="bold">first<' in drawn
    assert "style" not in drawn
    assert 'marker-end="url(#two-things_flowchart-v2-pointEnd)"' in drawn


def test_a_text_that_is_none_is_an_error(library: Path, browser: str) -> None:
    with pytest.raises(Error):
        draw({"broken": "flowchart TD\n  a --> "}, library, browser)


def test_what_is_in_no_page_any_more_is_removed(tmp_path: Path) -> None:
    (tmp_path / "old.svg").write_text("<svg></svg>")
    keep({"new": "<svg></svg>\n"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.svg"]
