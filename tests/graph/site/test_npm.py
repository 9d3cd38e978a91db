"""GraphiQL's files are those of the pinned packages, or nothing is written at all."""

import base64
import dataclasses
import hashlib
import io
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from graph.site import npm
from graph.site.npm import NpmError, Package


def tarball(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


CONTENT = tarball({"package/a.js": b"let a;", "package/b/c.css": b"c{}", "package/../../evil": b"!"})
PINNED = Package(
    "thing",
    "1.2.3",
    base64.b64encode(hashlib.sha512(CONTENT).digest()).decode(),
    {"thing.js": "a.js", "thing.css": "b/c.css"},
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry with one package."""
    path = tmp_path / "registry" / PINNED.path
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "registry")) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_wanted_files_are_kept_and_nothing_else(registry: str, tmp_path: Path) -> None:
    npm.fetch(registry, tmp_path / "kept", (PINNED,))
    found = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert found == {"thing.js": b"let a;", "thing.css": b"c{}"}
    # Another start may do the same at the same time.
    npm.fetch(registry, tmp_path / "kept", (PINNED,))


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (dataclasses.replace(PINNED, sha512=PINNED.sha512[::-1]), "another SHA-512"),
        (dataclasses.replace(PINNED, version="9.9.9"), "can't be had"),
        (dataclasses.replace(PINNED, files={"thing.js": "missing.js"}), "is without thing.js"),
    ],
)
def test_what_is_not_the_pinned_package_leaves_nothing_behind(
    registry: str, tmp_path: Path, package: Package, said: str
) -> None:
    with pytest.raises(NpmError, match=said):
        npm.fetch(registry, tmp_path / "kept", (PINNED, package))
    assert not (tmp_path / "kept").exists()


def test_a_registry_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NpmError, match=r"thing 1\.2\.3 can't be had from NPM_REGISTRY"):
        npm.fetch("http://127.0.0.1:9", tmp_path, (PINNED,))


def test_a_folder_that_cannot_be_written_is_one_clear_error(registry: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NpmError, match="can't be written"):
        npm.fetch(registry, tmp_path / "file" / "kept", (PINNED,))


def test_the_real_packages_are_what_they_should_be(graphiql_data: Path) -> None:
    folder = npm.folder_in(graphiql_data)
    assert npm.is_complete(folder)
    assert sum((folder / name).stat().st_size for name in npm.NAMES) > 1_600_000
    assert "GraphQL Contributors" in (folder / "graphiql.LICENSE.txt").read_text()
