"""Documents that clients name instead of sending: stored on the way (APQ), or trusted from a manifest."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cachetools import LRUCache

from graph.cache.shared import SharedCache
from graph.errors import BadRequestError, PersistedQueryNotFoundError, PersistedQueryNotSupportedError
from graph.http.request import GraphQLRequest

# Seconds that a stored document is kept without being asked for.
TIME_TO_LIVE = 24 * 60 * 60
# Bytes of texts kept in this process, with or without a shared store: 40 of the longest, thousands of usual ones.
MAX_KEPT = 16 * 1024 * 1024
# Bytes of a text from the shared store; none that was valid is longer.
LONGEST = 512 * 1024

_PREFIX = "ariesone:document:"
_SHA256_HEX = 64


class PersistedDocuments:
    """The documents known by their SHA-256: trusted ones, and those that clients have registered (APQ v1)."""

    def __init__(
        self, shared: SharedCache | None, trusted: Mapping[str, str], *, trusted_only: bool = False
    ) -> None:
        self._shared = shared
        self._trusted = trusted
        self._trusted_only = trusted_only
        self._kept: LRUCache[str, str] = LRUCache(MAX_KEPT, getsizeof=sys.getsizeof)

    async def text_of(self, request: GraphQLRequest) -> str:
        """Return the document to run.

        Raises PersistedQueryNotFoundError for a hash that nobody has registered, PersistedQueryNotSupportedError
        where only trusted documents run, BadRequestError for a request that names no document or a wrong one.
        """
        if request.document_id is not None:
            return self._trusted_text(request.document_id)
        hash_ = registered_hash(request.extensions)
        if self._trusted_only:
            return self._trusted_by(hash_, request.query)
        if request.query:
            if hash_ is not None and sha256(request.query) != hash_:
                raise BadRequestError("The hash in persistedQuery is not that of the query.")
            return request.query
        if hash_ is None:
            raise BadRequestError("query must be the text of a GraphQL document.")
        return await self._registered(hash_)

    async def keep(self, request: GraphQLRequest) -> None:
        """Register the document of a request that came with its hash; call it once the document is valid."""
        hash_ = registered_hash(request.extensions)
        if hash_ is None or not request.query or self._trusted_only:
            return
        self._kept[hash_] = request.query
        if self._shared is not None:
            # Where that fails, this process knows it; others will ask the client for it once more.
            text = request.query
            await self._shared.ask(lambda redis: redis.set(_PREFIX + hash_, text, ex=TIME_TO_LIVE))

    def _trusted_text(self, document_id: str) -> str:
        text = self._trusted.get(document_id.removeprefix("sha256:"))
        if text is None:
            raise BadRequestError("documentId is not one of the trusted documents.")
        return text

    def _trusted_by(self, hash_: str | None, query: str | None) -> str:
        found = self._trusted.get(hash_ or sha256(query or ""))
        if found is None:
            raise PersistedQueryNotSupportedError("This server runs trusted documents only; send a documentId.")
        return found

    async def _registered(self, hash_: str) -> str:
        found = self._trusted.get(hash_) or self._kept.get(hash_)
        if found is None and self._shared is not None:
            found = stored_text(await self._shared.ask(lambda redis: redis.get(_PREFIX + hash_)), hash_)
            if found is not None:
                self._kept[hash_] = found
        if found is None:
            raise PersistedQueryNotFoundError("PersistedQueryNotFound")
        return found


def stored_text(stored: object, hash_: str) -> str | None:
    """Return the document that a value of the shared cache holds, or None where it is something else.

    Whoever can write there may have put anything under a hash; the hash says whether it is this document.
    """
    if not isinstance(stored, bytes) or len(stored) > LONGEST or hashlib.sha256(stored).hexdigest() != hash_:
        return None
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return None


def registered_hash(extensions: Mapping[str, Any]) -> str | None:
    """Return the hash in `extensions.persistedQuery`, or None; raises BadRequestError where it can't be one."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise BadRequestError("persistedQuery must have version 1.")
    hash_ = persisted.get("sha256Hash")
    if not isinstance(hash_, str) or len(hash_) != _SHA256_HEX or set(hash_) - set("0123456789abcdef"):
        raise BadRequestError("sha256Hash must be 64 lower-case hexadecimal digits.")
    return hash_


def sha256(text: str) -> str:
    """Return the hash by which a document is known."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class ManifestError(ValueError):
    """A manifest of trusted documents can't be used."""


def manifest(path: Path) -> Mapping[str, str]:
    """Return the trusted documents of a manifest by their hash; raises ManifestError where it can't be used.

    The file is a JSON object: {"sha256:<hex>" or "<hex>": "<document>"}, or Apollo's
    {"operations": [{"id": "<hex>", "body": "<document>"}]}.
    """
    try:
        content = orjson.loads(path.read_bytes())
        if isinstance(content.get("operations"), list):
            content = {each["id"]: each["body"] for each in content["operations"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"{path} can't be read as a manifest of documents: {error}") from error
    found = {str(key).removeprefix("sha256:"): str(text) for key, text in content.items()}
    wrong = [key for key, text in found.items() if sha256(text) != key]
    if wrong:
        raise ManifestError(f"{path} has a document under {wrong[0]}, which isn't its SHA-256.")
    return found
