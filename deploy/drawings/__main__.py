"""Draws the Mermaid blocks of the pages into docs/drawings, by Mermaid itself in Chromium: `make drawings`."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from graph.settings import Settings
from graph.site.drawings import drawings_of, sign
from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError, Package, PinnedFile
from graph.site.graphiql.sources import source_for
from graph.site.pages import places

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "drawings"
SCRIPT = Path(__file__).with_name("draw.js")

# All of Mermaid but what draws mindmaps, architectures and formulas.
MERMAID = Package(
    "@mermaid-js/tiny",
    "11.17.2",
    (
        PinnedFile(
            "mermaid.tiny.js",
            "dist/mermaid.tiny.js",
            "9B8YWD/IPrknv5yKu8e7WjIYwPxZgPEXwPSYqFeVs9i/r1imWp3pfAkHyY3suBu54Uc+wm7dJf4LY0ByEEFzIg==",
        ),
    ),
)


def main() -> int:
    """Draw all blocks, and remove what is no longer in any page; return the status of the program."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("Drawing takes Chromium; on Debian: apt-get install chromium")
        return 1
    try:
        library = fetch(Settings().data_dir)
    except NpmError as error:
        print(error)
        return 1
    texts = dict(texts_of_pages())
    try:
        drawn = draw(texts, library, browser)
    except Error as error:
        print(error.message)
        return 1
    keep(drawn, FOLDER)
    return 0


def keep(drawn: Mapping[str, str], folder: Path) -> None:
    """Write the SVG of each drawing into a folder, and remove what is no longer in any page."""
    folder.mkdir(exist_ok=True)
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"docs/drawings/{name}.svg")
    for path in folder.glob("*.svg"):
        if path.stem not in drawn:
            path.unlink()


def fetch(data_dir: Path) -> Path:
    """Return where Mermaid is, which is fetched once; raises NpmError."""
    folder = data_dir / f"mermaid-{MERMAID.version}"
    library = folder / MERMAID.files[0].name
    if not library.is_file():
        npm.fetch(source_for(Settings().npm_registry), folder, (MERMAID,))
    return library


def texts_of_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each drawing in any page."""
    for place in places().values():
        if place.is_page:
            yield from drawings_of(place.text())


def draw(texts: Mapping[str, str], library: Path, browser: str) -> dict[str, str]:
    """Return the SVG of each text by its name; raises Playwright's Error for a text that Mermaid can't read."""
    script = SCRIPT.read_text("utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser)
        page = chromium.new_page()
        page.add_script_tag(path=library)
        drawn = {
            name: sign(page.evaluate(script, {"name": name, "text": text}), text) for name, text in texts.items()
        }
        chromium.close()
    return drawn


if __name__ == "__main__":
    sys.exit(main())
