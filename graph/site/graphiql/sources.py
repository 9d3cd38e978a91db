"""Where npm's packages are had: from a registry as tarballs, or from a public CDN file by file."""

import io
import shutil
import subprocess
import tarfile
import urllib.request
import zlib
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit

from graph.site.graphiql.npm import ADVICE, NpmError, Package, Source

CDN = "https://cdn.jsdelivr.net/npm"
# Seconds that a server may be silent, and npm may take to say which registry it asks.
TIMEOUT = 20.0
# Bytes; the largest of the packages has 5.6 MB, and 18.7 MB unpacked.
MAX_BYTES = 16 * 1024 * 1024
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
GZIP = 31


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry of npm's kind, and what names it."""

    address: str
    named: str

    def __str__(self) -> str:
        return self.named

    def contents(self, package: Package) -> dict[str, bytes]:
        """Return the wanted files out of a package's tarball."""
        # The file is called without its scope.
        file = f"{package.name.rpartition('/')[2]}-{package.version}.tgz"
        path = f"{package.name}/-/{file}"
        tarball = downloaded(f"{self.address.rstrip('/')}/{path}", package, self)
        try:
            found = extracted(package, tarball)
        except (tarfile.TarError, zlib.error, ValueError) as error:
            raise NpmError(f"What {self} gave as {package} is no package. {ADVICE}") from error
        if missing := ", ".join(sorted({file.path for file in package.files} - found.keys())):
            raise NpmError(f"What {self} gave as {package} is without {missing}. {ADVICE}")
        return found


@dataclass(frozen=True, slots=True)
class Cdn:
    """A CDN that gives single files of packages as they were published."""

    address: str = CDN

    def __str__(self) -> str:
        return urlsplit(self.address).netloc

    def contents(self, package: Package) -> dict[str, bytes]:
        """Return the wanted files, each asked for by itself."""
        folder = f"{self.address}/{package.name}@{package.version}"
        return {file.path: downloaded(f"{folder}/{file.path}", package, self) for file in package.files}


def source_for(npm_registry: str | None) -> Source:
    """Return the registry that a setting names, or else npm where it is installed; the CDN where neither does."""
    if npm_registry:
        return Registry(npm_registry, "NPM_REGISTRY")
    if address := registry_of_npm():
        return Registry(address, "the registry that npm is set to")
    return Cdn()


def registry_of_npm() -> str | None:
    """Return the registry that npm asks by its own configuration; None where npm isn't there or names none."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    command = [npm, "config", "get", "registry", "--no-update-notifier"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=True)  # noqa: S603 - npm's own program
    except (OSError, subprocess.SubprocessError):
        return None
    address = answer.stdout.decode(errors="replace").strip()
    return address if address.startswith(("https://", "http://")) else None


def downloaded(url: str, package: Package, source: Source) -> bytes:
    """Return what a source has at an address; raises NpmError."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 - http(s) only, by all who name one
            return bytes(answer.read(MAX_BYTES))
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        # What isn't of the network may quote the address, and with it the password of an account there.
        reason = error if isinstance(error, OSError) else type(error).__name__
        raise NpmError(f"{package} can't be had from {source} ({reason}). {ADVICE}") from error


def extracted(package: Package, tarball: bytes) -> dict[str, bytes]:
    """Return the files that are wanted of a tarball, by their paths; raises what tarfile and zlib do."""
    wanted = {f"package/{file.path}": file.path for file in package.files}
    found: dict[str, bytes] = {}
    # Bounded before anything in it is believed.
    unpacked = zlib.decompressobj(wbits=GZIP).decompress(tarball, MAX_UNPACKED_BYTES)
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
        for member in archive:
            if member.name in wanted and (file := archive.extractfile(member)):
                found[wanted[member.name]] = file.read(MAX_BYTES)
    return found
