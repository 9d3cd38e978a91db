"""Takes the pictures in the docs anew, in Chromium, of a new server with a sample of its own: `make pictures`."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from deploy.pictures.scenes import SCENES, Scene
from graph.settings import Settings
from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError
from graph.site.graphiql.sources import source_for

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "pictures"
# The words that stood on each page when its picture was taken.
WORDS: Final = Path(__file__).with_name("words.json")

# Where the pictures say that the server is, as all pages do.
ORIGIN: Final = "http://127.0.0.1:8000"
# Of WebP, of 100: letters stay sharp, and a picture of GraphiQL has a third of the bytes of a PNG.
QUALITY: Final = 82
# Seconds that a server may take to make a PostgreSQL and fill it with the sample.
STARTING: Final = 120


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as WebP, and the words on its page."""

    picture: bytes
    words: str


def main() -> int:
    """Take all pictures, and remove those that are no longer of anything; return the status of the program."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("Pictures take Chromium; on Debian: apt-get install chromium")
        return 1
    folder = npm.folder_in(Settings().data_dir)
    try:
        if not npm.is_complete(folder):
            npm.fetch(source_for(Settings().npm_registry), folder)
    except NpmError as error:
        print(error)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with serving(folder) as port:
        shots = dict(take(port, browser))
    for name, shot in shots.items():
        file = FOLDER / f"{name}.webp"
        file.write_bytes(shot.picture)
        print(f"{file.relative_to(ROOT)}  {len(shot.picture):,} bytes")
    for path in FOLDER.glob("*.webp"):
        if path.stem not in shots:
            path.unlink()
    words = {name: shot.words for name, shot in sorted(shots.items())}
    WORDS.write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


@contextmanager
def serving(graphiql: Path) -> Iterator[int]:
    """Serve a new sample for the life of the block, on the port that is given; `graphiql` has GraphiQL's files."""
    with TemporaryDirectory(prefix="ariesone-") as empty:
        folder = Path(empty)
        shutil.copytree(graphiql, npm.folder_in(folder))
        port = free_port()
        environment = {"PATH": os.environ["PATH"], "HOME": empty, "DATA_DIR": empty, "PORT": str(port)}
        command = [sys.executable, "-m", "graph", "serve"]
        environment["PYTHONPATH"] = str(ROOT)
        with (folder / "output").open("wb") as output:
            server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", server, folder / "output")
            yield port
        finally:
            server.terminate()
            server.wait(60)


def wait_for(address: str, server: subprocess.Popen[bytes], output: Path) -> None:
    """Return once a server is ready; raises RuntimeError with what it printed if it ends before, or takes long."""
    deadline = time.monotonic() + STARTING
    while True:
        try:
            with urlopen(address, timeout=10):  # noqa: S310 - this machine's
                return
        except URLError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(output.read_text("utf-8", "replace")) from error
            time.sleep(0.2)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def take(port: int, browser: str) -> Iterator[tuple[str, Shot]]:
    """Yield each picture by its name; raises Playwright's Error for a page on which something isn't there."""
    known = f"--host-resolver-rules=MAP {ORIGIN.removeprefix('http://')} 127.0.0.1:{port}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=[known])
        for scene in SCENES:
            yield scene.name, shoot(chromium, scene)
        chromium.close()


def shoot(chromium: Browser, scene: Scene) -> Shot:
    """Return one picture, in the light."""
    width, height = scene.size
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{ORIGIN}{scene.path}")
    scene.act(page)
    # What fades in is there by then.
    page.wait_for_timeout(500)
    options = {"format": "webp", "quality": QUALITY}
    found = context.new_cdp_session(page).send("Page.captureScreenshot", options)
    words = " ".join(page.locator("body").inner_text().split())
    context.close()
    return Shot(base64.b64decode(found["data"]), words)


def likeness(one: str, other: str) -> float:
    """Return which part of the words of two texts is the same, in the same order."""
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


if __name__ == "__main__":
    sys.exit(main())
