"""Manifests of trusted documents: their files, the forms that tools write them in, and what is wrong in them."""

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

from graph.errors import BadRequestError, ClientError
from graph.execution.document import Documents, RequestErrors
from graph.http.request import OWN_NAMES
from graph.http.strict_json import read_json

# What Apollo's manifests say of themselves.
FORMAT = "apollo-persisted-query-manifest"
VERSION = 1

# Faults that one message tells.
MAX_TOLD = 20

_SHA256 = re.compile(r"(sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_NAME = re.compile(r"\b(?:query|mutation|subscription)\s+([A-Za-z_]\w*)")


class ManifestError(ValueError):
    """A manifest of trusted documents can't be used."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a manifest: its id as it stands there, its operation's name for people, and its text."""

    place: Path
    id: str
    name: str
    text: str

    def __str__(self) -> str:
        """Return what a person finds it by."""
        label = f"{self.name} (id {self.id[:80]})" if self.name else f"id {self.id[:80]}"
        return f"{self.place}: {label}"


def files_of(patterns: str) -> Sequence[Path]:
    """Return the files that are meant, each once; raises ManifestError where a name or a pattern means none."""
    found: dict[Path, None] = {}
    for pattern in filter(None, map(str.strip, patterns.split(","))):
        # A file whose own name looks like a pattern is that file.
        names = [pattern] if Path(pattern).is_file() else sorted(glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
        files = [path for path in map(Path, names) if path.is_file()]
        if not files:
            raise ManifestError(f"TRUSTED_DOCUMENTS: there is no file {pattern}")
        found |= dict.fromkeys(files)
    return list(found)


def read_manifest(path: Path) -> Sequence[Document]:
    """Return the documents of a file; raises ManifestError where it is no manifest.

    The file is a JSON object: {"<id>": "<document>"} as GraphQL Code Generator and Relay write it, or Apollo's,
    {"format": ..., "version": 1, "operations": [{"id", "name", "type", "body"}]}, or the same with an object of
    operations by id. An id is any text.
    """
    try:
        content = read_json(path.read_bytes().removeprefix(BOM_UTF8), "it")
        return [Document(path, id_, name or name_in(text), text) for id_, name, text in entries_of(content)]
    except BadRequestError as error:
        raise ManifestError(f"{path} can't be read as a manifest of documents: {error.message}") from error
    except OSError as error:
        raise ManifestError(f"{path} can't be read as a manifest of documents: {error.strerror}") from error
    except ManifestError as error:
        raise ManifestError(f"{path} is no manifest of documents: {error}") from error


def entries_of(content: object) -> Iterator[tuple[str, str, str]]:
    """Yield the id, the name where one is given, and the text of each document; raises ManifestError."""
    if not isinstance(content, dict):
        raise ManifestError("it must be a JSON object")
    if all(isinstance(text, str) for text in content.values()):
        yield from ((id_, "", text) for id_, text in content.items())
        return
    if "operations" not in content and "format" not in content:
        wrong = next(id_ for id_, text in content.items() if not isinstance(text, str))
        raise ManifestError(f"{shown(wrong)} is not the text of a document")
    for name, right in {"format": FORMAT, "version": VERSION}.items():
        given = content.get(name)
        if type(given) is not type(right) or given != right:
            raise ManifestError(f"its {name} is {shown(given)}; {shown(right)} is taken")
    operations = content.get("operations")
    if isinstance(operations, dict):
        yield from (entry_of(number, id_, each) for number, (id_, each) in enumerate(operations.items(), 1))
    elif isinstance(operations, list):
        yield from (entry_of(number, None, each) for number, each in enumerate(operations, 1))
    else:
        raise ManifestError("its operations are neither a list nor an object")


def entry_of(number: int, key: str | None, entry: object) -> tuple[str, str, str]:
    """Return the id, the name and the text of one of the operations; `key` is what it stands under, if it does."""
    if not isinstance(entry, dict):
        raise ManifestError(f"operation {number} is no object")
    id_, name, text = entry.get("id", key), entry.get("name"), entry.get("body")
    label = f"operation {number}" + (f" ({name})" if isinstance(name, str) else "")
    if not isinstance(id_, str):
        raise ManifestError(f"{label} has no id")
    if key is not None and id_ != key:
        raise ManifestError(f"{label} has the id {shown(id_)} under {shown(key)}")
    if not isinstance(text, str):
        raise ManifestError(f"{label} has no body")
    return id_, name if isinstance(name, str) else "", text


def name_in(text: str) -> str:
    """Return the name of a document's first operation, valid or not; nothing where it has none."""
    found = _NAME.search(text)
    return found[1] if found else ""


def is_sha256(id_: str) -> bool:
    """Return whether an id looks like a SHA-256, so that it must be that of its text."""
    return _SHA256.fullmatch(id_) is not None


def key_of(id_: str) -> str:
    """Return what an id is looked up by: a SHA-256 in lower case and without its prefix, others as they are."""
    match = _SHA256.fullmatch(id_)
    return match[2].lower() if match else id_


def faults_of(document: Document, found: Mapping[str, Document], valid: Documents | None) -> Iterator[str]:
    """Yield what is wrong with a document, beside those that were `found` before it, by their keys.

    Without `valid` its text is known to be valid.
    """
    other = found.get(key_of(document.id))
    if not document.id:
        yield f"{document}: the id is empty"
    elif document.id in OWN_NAMES:
        yield f"{document}: /graphql/{document.id} is an address of the server's own; choose another id"
    elif document.id.lower().startswith("sha256:") and not is_sha256(document.id):
        yield f"{document}: what stands after sha256: is no SHA-256"
    elif is_sha256(document.id) and sha256(document.text) != key_of(document.id):
        yield f"{document}: the id is not the SHA-256 of its text, which is {sha256(document.text)}"
    elif other is not None and other.text != document.text:
        yield f"{document}: {other.place} has another document under this id"
    if valid is not None and (fault := fault_in(document.text, valid)):
        yield f"{document}: {fault.rstrip('.')}"


def fault_in(text: str, valid: Documents) -> str:
    """Return why a document can't be run, whatever its variables; nothing where it can."""
    try:
        valid.operations(text)
    except RequestErrors as refused:
        return " ".join(error.message for error in refused.errors)
    except ClientError as error:
        return error.message
    return ""


def refuse_all(faults: Sequence[str]) -> None:
    """Raise ManifestError with what is wrong, where anything is."""
    if faults:
        more = f"; and {len(faults) - MAX_TOLD} more" if len(faults) > MAX_TOLD else ""
        raise ManifestError(f"TRUSTED_DOCUMENTS can't be used: {'; '.join(faults[:MAX_TOLD])}{more}")


def shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a value as JSON, cut where it is long."""
    return json.dumps(value)[:80]


def sha256(text: str) -> str:
    """Return the hash by which a document is known."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
