"""GraphiQL's files out of pinned npm packages: fetched into a folder once, checked, then served from there."""

import base64
import hashlib
import io
import os
import tarfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

# Seconds that the registry may be silent.
TIMEOUT = 20.0
# Bytes; the largest of the packages has 5.7 MB.
MAX_PACKAGE_BYTES = 16 * 1024 * 1024


class NpmError(Exception):
    """A package can't be had."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package: the SHA-512 of its tarball in base64, and its files by the names they get here."""

    name: str
    version: str
    sha512: str
    files: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def path(self) -> str:
        """Where the tarball lies in a registry."""
        return f"{self.name}/-/{self.name}-{self.version}.tgz"


# GraphiQL 4 is the last with one script for a page without a bundler, and React 18 the last that it takes there.
# The licences go with the copies.
PACKAGES = (
    Package(
        "graphiql",
        "4.1.2",
        "rNlzQIAzm6i2KBXmVQWBgLvt0TloxFVB2d18bukvdsvjEuFDHsKx5IVOomL1W1o5WW+tE54+ioHb2AEKzO2cUg==",
        {
            "graphiql.min.css": "graphiql.min.css",
            "graphiql.min.js": "graphiql.min.js",
            "graphiql.LICENSE.txt": "LICENSE",
        },
    ),
    Package(
        "react",
        "18.3.1",
        "wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        {"react.production.min.js": "umd/react.production.min.js", "react.LICENSE.txt": "LICENSE"},
    ),
    Package(
        "react-dom",
        "18.3.1",
        "5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        {"react-dom.production.min.js": "umd/react-dom.production.min.js", "react-dom.LICENSE.txt": "LICENSE"},
    ),
)

NAMES = tuple(name for package in PACKAGES for name in package.files)


def folder_in(data_dir: Path) -> Path:
    """Return the folder of these versions under a data directory."""
    return data_dir / f"graphiql-{PACKAGES[0].version}"


def is_complete(folder: Path) -> bool:
    """Return whether every file is there."""
    return all((folder / name).is_file() for name in NAMES)


def fetch(registry: str, folder: Path, packages: tuple[Package, ...] = PACKAGES) -> None:
    """Fetch the packages from a registry and put their files into a folder; raises NpmError.

    Nothing is written before all of them are here and are what they should be, and each file appears whole.
    """
    files: dict[str, bytes] = {}
    for package in packages:
        tarball = downloaded(registry, package)
        verify(package, tarball)
        files |= extracted(package, tarball)
    try:
        keep(files, folder)
    except OSError as error:
        raise NpmError(f"{folder} can't be written to ({error.strerror}).") from error


def downloaded(registry: str, package: Package) -> bytes:
    """Return a package's tarball as the registry has it."""
    url = f"{registry.rstrip('/')}/{package.path}"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 - settings take http(s) only
            content = bytes(answer.read(MAX_PACKAGE_BYTES))
    except (OSError, HTTPException, ValueError) as error:
        raise NpmError(f"{package} can't be had from NPM_REGISTRY ({error}).") from error
    return content


def verify(package: Package, tarball: bytes) -> None:
    """Refuse a tarball that isn't the pinned one."""
    if base64.b64encode(hashlib.sha512(tarball).digest()).decode() != package.sha512:
        raise NpmError(f"What NPM_REGISTRY gave as {package} has another SHA-512 than it should.")


def extracted(package: Package, tarball: bytes) -> dict[str, bytes]:
    """Return the files that are wanted of a tarball, by the names they get here; raises NpmError."""
    wanted = {f"package/{path}": name for name, path in package.files.items()}
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for member in archive:
            if member.name in wanted and (file := archive.extractfile(member)):
                found[wanted[member.name]] = file.read()
    if missing := ", ".join(sorted(package.files.keys() - found.keys())):
        raise NpmError(f"{package} is without {missing}.")
    return found


def keep(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, each under its name only once it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        partial = folder / f".{name}.{os.getpid()}"
        partial.write_bytes(content)
        partial.replace(folder / name)
