"""Files for browsers: held in memory, compressed, and named by their hash, so that they can be kept for ever."""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from graph.http.encoding import ACCEPT_ENCODING, takes_gzip
from graph.http.exchange import exchange_of
from graph.http.reply import NO_HEADERS

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
}

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's bytes, plain and compressed, what they are, and the start of their SHA-256."""

    content: bytes
    compressed: bytes
    media_type: str
    version: str


class Assets:
    """The files of these names in some folders, each read when it is first asked for."""

    def __init__(self, folders: Iterable[Path], names: Iterable[str]) -> None:
        self._folders = tuple(folders)
        self._names = frozenset(names)
        self._read: dict[str, Asset] = {}

    def get(self, name: str) -> Asset | None:
        """Return a file; None where there is none, which may change. Reads and compresses: up to 0.1 s."""
        if name not in self._names:
            return None
        if name not in self._read:
            path = next((path for folder in self._folders if (path := folder / name).is_file()), None)
            if path is None:
                return None
            self._read[name] = asset_of(path)
        return self._read[name]

    def versions(self) -> dict[str, str] | None:
        """Return the version of each file; None where one isn't there."""
        found = {name: self.get(name) for name in sorted(self._names)}
        versions = {name: asset.version for name, asset in found.items() if asset is not None}
        return versions if len(versions) == len(found) else None


def asset_of(path: Path) -> Asset:
    """Return a file as it will be served."""
    return made(path.read_bytes(), MEDIA_TYPES[path.suffix])


def made(content: bytes, media_type: str) -> Asset:
    """Return bytes as they will be served; compresses them: up to 0.1 s."""
    version = hashlib.sha256(content).hexdigest()[:16]
    return Asset(content, gzip.compress(content, mtime=0), media_type, version)


def served(request: Request, asset: Asset, others: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return the answer with a file: to be kept for ever where it was asked for by its version."""
    tag = f'"{asset.version}"'
    is_versioned = request.query_params.get("v") == asset.version
    headers = {
        "cache-control": _FOR_EVER if is_versioned else _ASK_FIRST,
        "etag": tag,
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
        **others,
    }
    given = exchange_of(request.scope).headers
    known = given.get(b"if-none-match", b"").strip()
    if known == b"*" or tag.encode() in known:
        return Response(status_code=304, headers=headers)
    if not takes_gzip(given.get(ACCEPT_ENCODING, b"")):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(asset.compressed, media_type=asset.media_type, headers=headers)
