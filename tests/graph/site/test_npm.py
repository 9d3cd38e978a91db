"""GraphiQL's files are those of the pinned packages wherever they are had, or nothing is written at all."""

import dataclasses
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError, Package, PinnedFile, Source
from graph.site.graphiql.sources import CDN, Cdn, Registry, source_for

PUBLISHED = {"a.js": b"let a;", "b/c.css": b"c{}"}
PINNED = Package(
    "thing",
    "1.2.3",
    (
        PinnedFile("thing.js", "a.js", npm.sha512(PUBLISHED["a.js"])),
        PinnedFile("thing.css", "b/c.css", npm.sha512(PUBLISHED["b/c.css"])),
    ),
)
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"
ADVICE = r"NPM_REGISTRY=https://\.\.\. names a registry"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def tarball(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def written(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server that has a package as registries do, and as the CDN does."""
    folder = tmp_path / "web"
    published = {f"package/{path}": content for path, content in PUBLISHED.items()}
    packed = tarball(published | {"package/../../evil": b"!"})
    written(folder / "thing" / "-" / "thing-1.2.3.tgz", packed)
    written(folder / "thing" / "-" / "thing-0.0.1.tgz", packed[: len(packed) // 2])
    written(folder / "thing" / "-" / "thing-0.0.2.tgz", b"<html>Please log in.</html>")
    for path, content in PUBLISHED.items():
        written(folder / "thing@1.2.3" / path, content)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["registry", "CDN"])
def source(web: str, request: pytest.FixtureRequest) -> Source:
    """Either of the sources that there are."""
    return Cdn(web) if request.param == "CDN" else Registry(f"{web}/", "NPM_REGISTRY")


def with_file(**changed: str) -> Package:
    """The package with another first file than it has."""
    first, *others = PINNED.files
    return dataclasses.replace(PINNED, files=(dataclasses.replace(first, **changed), *others))


def test_the_wanted_files_are_kept_and_nothing_else(source: Source, tmp_path: Path) -> None:
    npm.fetch(source, tmp_path / "kept", (PINNED,))
    found = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert found == {"thing.js": b"let a;", "thing.css": b"c{}"}
    # Another start may do the same at the same time.
    npm.fetch(source, tmp_path / "kept", (PINNED,))


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (with_file(sha512=PINNED.files[1].sha512), f"as a.js of thing 1.2.3 has another SHA-512.*{ADVICE}"),
        (dataclasses.replace(PINNED, version="9.9.9"), rf"thing 9.9.9 can't be had from .*404.*{ADVICE}"),
        (with_file(path="missing.js"), f"(is without missing.js|can't be had from .*404).*{ADVICE}"),
    ],
)
def test_what_is_not_the_pinned_package_leaves_nothing_behind(
    source: Source, tmp_path: Path, package: Package, said: str
) -> None:
    with pytest.raises(NpmError, match=said):
        npm.fetch(source, tmp_path / "kept", (PINNED, package))
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("version", ["0.0.1", "0.0.2"])
def test_what_is_no_whole_tarball_is_one_clear_error(web: str, tmp_path: Path, version: str) -> None:
    package = dataclasses.replace(PINNED, version=version)
    with pytest.raises(NpmError, match=f"What NPM_REGISTRY gave as thing {version} is no package.*{ADVICE}"):
        npm.fetch(Registry(web, "NPM_REGISTRY"), tmp_path / "kept", (package,))
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("source", "known"), [(Registry(NOWHERE, "NPM_REGISTRY"), "NPM_REGISTRY"), (Cdn(NOWHERE), "127.0.0.1:9")]
)
def test_a_source_that_is_not_there_is_one_clear_error(source: Source, known: str, tmp_path: Path) -> None:
    with pytest.raises(NpmError, match=rf"thing 1\.2\.3 can't be had from {known} \(.*refused.*{ADVICE}"):
        npm.fetch(source, tmp_path, (PINNED,))


@pytest.mark.parametrize("place", ["sesame@127.0.0.1:9", "sesame@127.0.0.1", "sesame/open@127.0.0.1:9"])
def test_the_password_of_a_registry_is_not_told(place: str, tmp_path: Path) -> None:
    with pytest.raises(NpmError, match=ADVICE) as told:
        npm.fetch(Registry(f"http://reader:{place}", "NPM_REGISTRY"), tmp_path, (PINNED,))
    assert "sesame" not in str(told.value)


def test_a_folder_that_cannot_be_written_is_one_clear_error(source: Source, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NpmError, match="can't be written"):
        npm.fetch(source, tmp_path / "file" / "kept", (PINNED,))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of its own, and an environment that says nothing of npm; returns the home."""
    for name in os.environ:
        if name.lower().startswith("npm_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_setting_goes_before_what_npm_says(alone: Path) -> None:
    (alone / ".npmrc").write_text("registry=https://npm.example/\n")
    assert source_for("https://ours.example") == Registry("https://ours.example", "NPM_REGISTRY")


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm isn't installed")
def test_npm_names_its_registry_by_its_own_configuration(alone: Path) -> None:
    (alone / ".npmrc").write_text("registry=https://npm.example/\n")
    assert source_for(None) == Registry("https://npm.example/", "the registry that npm is set to")


@pytest.mark.parametrize("program", ["", "exit 1", "echo undefined", "echo file:///etc"])
def test_the_cdn_is_for_those_without_an_npm_that_names_a_registry(
    alone: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setenv("PATH", str(alone))
    if program:
        (alone / "npm").write_text(f"#!/bin/sh\n{program}\n")
        (alone / "npm").chmod(0o755)
    assert source_for(None) == Cdn(CDN)


def test_the_real_packages_are_what_they_should_be(graphiql_data: Path) -> None:
    folder = npm.folder_in(graphiql_data)
    assert npm.is_complete(folder)
    assert sum((folder / name).stat().st_size for name in npm.NAMES) > 1_600_000
    assert "GraphQL Contributors" in (folder / "graphiql.LICENSE.txt").read_text()
