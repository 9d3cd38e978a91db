"""Documents that clients name instead of sending: stored on the way (APQ), or trusted from a manifest."""

import hashlib
import logging
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from cachetools import LRUCache

from graph.cache.shared import SharedCache
from graph.environment.groups import DocumentsMode
from graph.errors import BadRequestError, PersistedQueryNotFoundError, PersistedQueryNotSupportedError
from graph.http.manifests import is_sha256, key_of, name_in, sha256, shown
from graph.http.request import GraphQLRequest
from graph.http.trusted import TrustedDocuments
from graph.telemetry.metrics import UNTRUSTED_DOCUMENTS

# Seconds that a stored document is kept without being asked for.
TIME_TO_LIVE = 24 * 60 * 60
# Bytes of texts kept in this process, with or without a shared store: 40 of the longest, thousands of usual ones.
MAX_KEPT = 16 * 1024 * 1024
# Bytes of a text from the shared store; none that was valid is longer.
LONGEST = 512 * 1024

# Documents that aren't trusted and are remembered as told.
MAX_TOLD = 1_000

_PREFIX = "ariesone:document:"
_SHA256_HEX = 64

log = logging.getLogger("ariesone.documents")


class PersistedDocuments:
    """The documents that clients name: trusted ones, and those that clients have registered (APQ v1).

    `mode` says what becomes of other documents: they run ("off"), run and are told in the log ("report"), or are
    refused ("only").
    """

    def __init__(
        self, shared: SharedCache | None, trusted: TrustedDocuments | None = None, mode: DocumentsMode = "off"
    ) -> None:
        self._shared = shared
        self._trusted = trusted or TrustedDocuments()
        self._mode = mode
        self._report = Untrusted()
        self._kept: LRUCache[str, str] = LRUCache(MAX_KEPT, getsizeof=sys.getsizeof)

    async def text_of(self, request: GraphQLRequest) -> str:
        """Return the document to run; others are asked for one that this process doesn't know.

        Raises PersistedQueryNotFoundError for a hash that nobody has registered, and what `text_here` raises.
        """
        return self.text_here(request) or self._noted(await self._registered(request))

    def text_here(self, request: GraphQLRequest) -> str | None:
        """Return the document to run; None where others have to be asked for it.

        Raises PersistedQueryNotSupportedError where only trusted documents run, BadRequestError for a request that
        names no document or a wrong one.
        """
        if request.document_id is not None:
            return self._trusted.find(request.document_id) or refuse_id(request.document_id)
        named = hash_in(request.extensions)
        found = None if named is None else self._trusted.find(named)
        if found is not None:
            require_fit(named, request.query)
            return found
        if self._mode == "only":
            if request.query and self._trusted.has(request.query):
                return request.query
            raise PersistedQueryNotSupportedError("This server runs trusted documents only; send a documentId.")
        text = self._sent(request, named)
        return None if text is None else self._noted(text)

    async def keep(self, request: GraphQLRequest) -> None:
        """Register the document of a request that came with its hash; call it once the document is valid."""
        named = hash_in(request.extensions)
        if named is None or not request.query or self._mode == "only" or self._trusted.find(named) is not None:
            return
        hash_ = registered_hash(named)
        self._kept[hash_] = request.query
        if self._shared is not None:
            # Where that fails, this process knows it; others will ask the client for it once more.
            name, text = _PREFIX + hash_, request.query
            await self._shared.ask(lambda redis: redis.set(name, text, ex=TIME_TO_LIVE), name, "SET")

    def _noted(self, text: str) -> str:
        """Return a document, told of where it isn't trusted and that is to be told."""
        if self._mode == "report" and not self._trusted.has(text):
            self._report.note(text)
        return text

    def _sent(self, request: GraphQLRequest, named: str | None) -> str | None:
        """Return the text that was sent, or was registered with this process under a hash."""
        hash_ = None if named is None else registered_hash(named)
        if request.query:
            require_fit(named, request.query)
            return request.query
        if hash_ is None:
            raise BadRequestError("query must be the text of a GraphQL document.")
        return self._kept.get(hash_)

    async def _registered(self, request: GraphQLRequest) -> str:
        """Return the text that was registered with another process."""
        found, hash_ = None, registered_hash(hash_in(request.extensions) or "")
        if self._shared is not None:
            name = _PREFIX + hash_
            found = stored_text(await self._shared.ask(lambda redis: redis.get(name), name, "GET"), hash_)
        if found is None:
            raise PersistedQueryNotFoundError("PersistedQueryNotFound")
        self._kept[hash_] = found
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


def hash_in(extensions: Mapping[str, Any]) -> str | None:
    """Return what `extensions.persistedQuery` names a document by, or None; raises BadRequestError."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise BadRequestError("persistedQuery must have version 1.")
    named = persisted.get("sha256Hash")
    if not isinstance(named, str):
        raise BadRequestError("sha256Hash must be a text.")
    return named


def registered_hash(named: str) -> str:
    """Return the hash that a document may be registered under; raises BadRequestError where it can't be one."""
    hash_ = named.removeprefix("sha256:")
    if len(hash_) != _SHA256_HEX or set(hash_) - set("0123456789abcdef"):
        raise BadRequestError("sha256Hash must be 64 lower-case hexadecimal digits.")
    return hash_


def require_fit(named: str | None, query: str | None) -> None:
    """Raise BadRequestError where a text comes with a SHA-256 that isn't its own."""
    if named is not None and query and is_sha256(named) and key_of(named) != sha256(query):
        raise BadRequestError("The hash in persistedQuery is not that of the query.")


def refuse_id(id_: str) -> NoReturn:
    """Refuse an id that no manifest has; raises BadRequestError."""
    raise BadRequestError(f"{shown(id_)} is not the id of one of the trusted documents.")


class Untrusted:
    """Tells of documents that were run and that no manifest has: counts each run, logs each document once."""

    def __init__(self) -> None:
        self._told: LRUCache[str, None] = LRUCache(MAX_TOLD)

    def note(self, text: str) -> None:
        """Take note of a run."""
        UNTRUSTED_DOCUMENTS.inc()
        hash_ = sha256(text)
        if hash_ not in self._told:
            log.warning("a document was run that isn't trusted: sha256:%s %s", hash_, name_in(text))
        self._told[hash_] = None
