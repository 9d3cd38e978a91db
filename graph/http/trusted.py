"""The trusted documents: those of all manifests, by id and by text, read anew when a file changes."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from graph.execution.document import Documents
from graph.http.manifests import Document, ManifestError, faults_of, files_of, key_of, read_manifest, refuse_all

# Seconds between two looks at the files.
INTERVAL = 2.0

log = logging.getLogger("ariesone.documents")

# What of a file tells that it was written anew: when, how long, and which file it is.
Signature = Mapping[Path, tuple[int, int, int]]


class TrustedDocuments:
    """The documents of the manifests that some patterns mean; `valid` reads documents, and keeps none of them."""

    def __init__(self, patterns: str | None = None, valid: Documents | None = None) -> None:
        """Read the manifests; raises ManifestError with all that is wrong in them."""
        self._patterns = patterns
        self._valid = valid
        self._by_key: Mapping[str, Document] = {}
        self._texts: frozenset[str] = frozenset()
        self._signature: Signature | None = None
        self._changed: Callable[[], None] = lambda: None
        # What was said last of files that can't be read.
        self._complaint = ""
        if patterns is not None:
            self._signature = signature_of(patterns)
            reading = Reading(self._signature, self._texts, valid)
            for _ in reading:
                pass
            self._take(reading)

    def find(self, id_: str) -> str | None:
        """Return the text of the document with an id, or None."""
        found = self._by_key.get(id_) or self._by_key.get(key_of(id_))
        return None if found is None else found.text

    def has(self, text: str) -> bool:
        """Return whether this is the text of one of the documents."""
        return text in self._texts

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have something called when documents are added, changed or dropped."""
        self._changed = changed

    async def watch(self) -> None:
        """Keep the documents up to date until cancelled; where a file is wrong, all stay as they were."""
        if self._patterns is not None:
            while True:
                await asyncio.sleep(INTERVAL)
                await self._look(self._patterns)

    async def _look(self, patterns: str) -> None:
        try:
            signature = await asyncio.to_thread(signature_of, patterns)
            if signature == self._signature:
                self._complaint = ""
                return
            # Whatever comes of it: what is wrong isn't read again before it changes.
            self._signature = signature
            reading = await asyncio.to_thread(Reading, signature, self._texts, self._valid)
            for _ in reading:
                # A document may take some milliseconds; requests go on in between.
                await asyncio.sleep(0)
            self._take(reading)
        except (ManifestError, OSError) as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.warning("the trusted documents stay as they were: %s", error)
            return
        log.info("the trusted documents were read anew: %d of %d files", len(self._by_key), len(signature))
        self._changed()

    def _take(self, reading: "Reading") -> None:
        refuse_all(reading.faults)
        self._by_key = reading.found
        self._texts = frozenset(document.text for document in reading.found.values())


class Reading:
    """One look at all manifests: going through it checks their documents one by one, but for `known` texts."""

    def __init__(self, signature: Signature, known: frozenset[str], valid: Documents | None) -> None:
        self.found: dict[str, Document] = {}
        self.faults: list[str] = []
        self._known = known
        self._valid = valid
        self._documents = [document for path in signature for document in read_manifest(path)]

    def __iter__(self) -> Iterator[None]:
        for document in self._documents:
            valid = None if document.text in self._known else self._valid
            self.faults += faults_of(document, self.found, valid)
            self.found.setdefault(key_of(document.id), document)
            yield


def signature_of(patterns: str) -> Signature:
    """Return the files that are meant, with what tells a change of each; raises ManifestError, OSError."""
    found = {}
    for path in files_of(patterns):
        state = path.stat()
        found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found
