"""What has ended as spans: a request or an operation of one, and its statements, once it has been answered."""

import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from db.tally import Tally
from graph.telemetry import attributes
from graph.telemetry.logs import SERVER_ERROR, EndedRequest
from graph.telemetry.operations import OTHER
from graph.telemetry.traces import Place
from graph.telemetry.tracing import Kind, Span, Values, tracing

# Characters of a statement that are told.
MOST_TEXT: Final = 4_096
# What a request is called that is none for GraphQL, where its method isn't one of HTTP's (HTTP's convention).
UNKNOWN_METHOD: Final = "HTTP"

_WORD: Final = re.compile(r"\s*(?:/\*.*?\*/\s*)*(\w+)", re.DOTALL)
_ACTION: Final = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+\w")
_TABLE: Final = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?!unnest\b|ROWS\b|SKIP\b|SET\b)(?:past\.)?([a-z_]+)\b(?!\s*\()"
)
# What a statement calls what it reads itself.
_ALIAS: Final = re.compile(r"\b(\w+)\s+AS\s+(?:MATERIALIZED\s+)?\(|\)\s+AS\s+(\w+)")
# Tables that are named in a summary.
MOST_TABLES: Final = 3


def tell_ended(ended: Sequence[EndedRequest]) -> None:
    """Tell of those that are sampled, and of their statements."""
    for each in ended:
        if each.place is not None and each.place.is_sampled:
            until = int(each.moment * 1e9)
            began = until - int(each.seconds * 1e9)
            # One of several operations of a request is a part of that; one of a WebSocket isn't.
            kind: Kind = "internal" if each.endpoint is None and each.place.parent_id else "server"
            tracing.tell(Span(name_of(each), kind, each.place, began, until, values_of(each), error_of(each)))
            # Those of its operations have been told, where there are several.
            if each.sql is not None and not each.parts:
                tell_statements(each.place, each.sql)


def tell_statements(place: Place, tally: Tally) -> None:
    """Tell of statements as spans below a place, as far as there is room."""
    # From the clock that statements are timed by to that of spans.
    behind = time.time() - time.perf_counter()
    for text, rows, sent, seconds in tally.ran[: place.room]:
        began, (operation, summary) = int((behind + sent) * 1e9), summary_of(text)
        values = {
            attributes.SYSTEM: "postgresql",
            attributes.OPERATION: operation,
            attributes.SUMMARY: summary,
            attributes.QUERY: text[:MOST_TEXT],
            attributes.ROWS: rows,
        }
        tracing.tell(Span(summary, "client", place.below(), began, began + int(seconds * 1e9), values))
    place.room -= min(place.room, len(tally.ran))


def name_of(ended: EndedRequest) -> str:
    """Return what a span is called: of GraphQL its operation's type, and its name where that is one of a few."""
    operation = ended.operation
    if operation is not None:
        return operation.kind if operation.label == OTHER else f"{operation.kind} {operation.label}"
    return f"{UNKNOWN_METHOD if ended.method == OTHER else ended.method} {ended.endpoint}"


def error_of(ended: EndedRequest) -> str | None:
    """Return what kind of error it ended with: the code of the gravest, or a status from 500 on."""
    return ended.code or (str(ended.status) if ended.status >= SERVER_ERROR else None)


def values_of(ended: EndedRequest) -> Values:
    """Return the attributes of a request or an operation."""
    found: dict[str, object] = {
        attributes.OUTCOME: ended.outcome,
        attributes.CACHE: ended.cached,
        attributes.COST: ended.cost or None,
        attributes.CLIENT: ended.client,
    }
    if ended.endpoint is not None:
        found |= {
            attributes.METHOD: ended.method,
            attributes.ROUTE: ended.endpoint,
            attributes.PATH: ended.endpoint,
            attributes.SCHEME: "http",
            attributes.STATUS: ended.status or None,
        }
    if ended.operation is not None:
        found |= {
            attributes.DOCUMENT_HASH: f"sha256:{ended.operation.document}",
            attributes.DOCUMENT_ID: ended.place and ended.place.document,
            attributes.OPERATION_TYPE: ended.operation.kind,
            attributes.OPERATION_NAME: ended.operation.name,
        }
    return present(found)


def present(values: Mapping[str, object]) -> Values:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}


@lru_cache(maxsize=1024)
def summary_of(text: str) -> tuple[str, str]:
    """Return what a statement does, such as SELECT, and that with the tables it names."""
    word = _WORD.match(text)
    operation = word[1].upper() if word else "SQL"
    if operation == "WITH":
        action = _ACTION.search(text)
        operation = action[1].split()[0] if action else "SELECT"
    aliases = {name for found in _ALIAS.findall(text) for name in found}
    tables = [name for name in dict.fromkeys(_TABLE.findall(text)) if name not in aliases]
    return operation, " ".join([operation, *tables[:MOST_TABLES]])
