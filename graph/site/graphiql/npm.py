"""GraphiQL's files out of pinned npm packages: fetched into a folder once, checked, then served from there."""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Where a wheel has the files; a checkout has none there.
PACKAGED = Path(__file__).with_name("files")

ADVICE = "NPM_REGISTRY=https://... names a registry to take it from."


class NpmError(Exception):
    """A package can't be had."""


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file of a package: the name that it gets here, its path there, and its SHA-512 in base64."""

    name: str
    path: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package, and the files that are wanted of it."""

    name: str
    version: str
    files: tuple[PinnedFile, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Source(Protocol):
    """What has packages; as a text, what people know it by."""

    def contents(self, package: Package) -> Mapping[str, bytes]:
        """Return the wanted files of a package as they are there, by their paths; raises NpmError."""


# GraphiQL 4 is the last with one script for a page without a bundler, and React 18 the last that it takes there.
# The licences go with the copies.
PACKAGES = (
    Package(
        "graphiql",
        "4.1.2",
        (
            PinnedFile(
                "graphiql.min.css",
                "graphiql.min.css",
                "/XJTgsof87+iGGFrCDoXnueZI1ZuOMfUGlwwF0212zMuxl9yrzpl76KwVqz59mDkugR10gxHRUIPOCTdp9RTlw==",
            ),
            PinnedFile(
                "graphiql.min.js",
                "graphiql.min.js",
                "0Ba/euTPBw3QSgdWxMQ2Zit1c/F2UuWAJPmu+sC7L4E+OGpn3VaQx9StqSdKmziANt5JIXyfEqDG0ptfqNzYTg==",
            ),
            PinnedFile(
                "graphiql.LICENSE.txt",
                "LICENSE",
                "eImwOyt+KjTBD4XGAidXQZ75KcBXURuHJ6xDpru39S4BXfYuM9J39TqBELhXdWAAVmdfiraoRV/0XOzWSeqXYw==",
            ),
        ),
    ),
    Package(
        "react",
        "18.3.1",
        (
            PinnedFile(
                "react.production.min.js",
                "umd/react.production.min.js",
                "QVs8Lo43F9lSuBykadDb0oSXDL/BbZ588urWVCRwSIoewQv/Ewg1f84mK3U790bZ0FfhFa1YSQUmIhG+pIRKeg==",
            ),
            PinnedFile(
                "react.LICENSE.txt",
                "LICENSE",
                "VHYnY2M5ol17+BG5gUMDKrLEPgzMX+I2ZWqYuYoAkxKpq/LwWreomGlbvw0J5ydkA4XD1zaNFUXxNiUhVpYBmw==",
            ),
        ),
    ),
    Package(
        "react-dom",
        "18.3.1",
        (
            PinnedFile(
                "react-dom.production.min.js",
                "umd/react-dom.production.min.js",
                "6a1107rTlA4gYpgHAqbwLAtxmWipBdJFcq8y5S/aTge3Bp+VAklABm2LO+Kg51vOWR9JMZq1Ovjl5tpluNpTeQ==",
            ),
            PinnedFile(
                "react-dom.LICENSE.txt",
                "LICENSE",
                "VHYnY2M5ol17+BG5gUMDKrLEPgzMX+I2ZWqYuYoAkxKpq/LwWreomGlbvw0J5ydkA4XD1zaNFUXxNiUhVpYBmw==",
            ),
        ),
    ),
)

NAMES = tuple(file.name for package in PACKAGES for file in package.files)


def folder_in(data_dir: Path) -> Path:
    """Return the folder of these versions: that of a wheel, or else one under a data directory."""
    return PACKAGED if is_complete(PACKAGED) else data_dir / f"graphiql-{PACKAGES[0].version}"


def is_complete(folder: Path) -> bool:
    """Return whether every file is there."""
    return all((folder / name).is_file() for name in NAMES)


def fetch(source: Source, folder: Path, packages: tuple[Package, ...] = PACKAGES) -> None:
    """Fetch the packages' files from a source and put them into a folder; raises NpmError.

    Nothing is written before all of them are here and are what they should be, and each file appears whole.
    """
    files: dict[str, bytes] = {}
    for package in packages:
        contents = source.contents(package)
        for file in package.files:
            if sha512(contents[file.path]) != file.sha512:
                given = f"What {source} gave as {file.path} of {package}"
                raise NpmError(f"{given} has another SHA-512 than it should. {ADVICE}")
            files[file.name] = contents[file.path]
    try:
        keep(files, folder)
    except OSError as error:
        raise NpmError(f"{folder} can't be written to ({error.strerror}).") from error


def sha512(content: bytes) -> str:
    """Return a content's SHA-512 in base64."""
    return base64.b64encode(hashlib.sha512(content).digest()).decode()


def keep(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, each under its name only once it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        partial = folder / f".{name}.{os.getpid()}"
        partial.write_bytes(content)
        partial.replace(folder / name)
