"""The media types of GraphQL answers, and which of them a client accepts: its Accept header, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
# Answers one after the other (HTML, "Server-sent events").
EVENT_STREAM: Final = "text/event-stream"
# A JSON object on each line: the rows of a list, or the answers of a batch (GraphQL over HTTP, "Batching").
JSON_LINES: Final = "application/jsonl"
# The rows of a list as a table (RFC 4180).
CSV: Final = "text/csv"
HTML: Final = "text/html"

# What is for those alone who name it and would rather have it than JSON.
NAMED: Final = (EVENT_STREAM, JSON_LINES, CSV)
# All that answers can be.
ALL: Final = (GRAPHQL_RESPONSE, JSON, *NAMED)
# What an answer that is a list can be, without the rest of a GraphQL answer.
TABLES: Final = frozenset({JSON_LINES, CSV})

# Media types, or ranges of them, with how gladly a client takes each.
Ranges = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client accepts; `answer` is the media type to answer with, None where none will do."""

    answer: str | None
    # That of an answer to a request that wasn't looked at, and may be sent again later.
    later: str
    # Whether it names event streams, and lines of JSON: it may be given these where they alone will do.
    events: bool
    lines: bool
    # Whether it names HTML and would rather have it than JSON: a browser that opens an address.
    prefers_html: bool


@lru_cache(maxsize=256)
def read_accept(accept: bytes) -> Accepted:
    """Return what an Accept header says (RFC 9110, 12.5.1)."""
    ranges = dict(_range(part) for part in accept.decode("latin-1").split(",") if part.strip())
    json, newer = _quality(JSON, ranges), _quality(GRAPHQL_RESPONSE, ranges)
    return Accepted(
        answer=_answer(ranges, json, newer),
        # Clients take each answer in the newer one for a result, whatever its status: they would not try again.
        later=GRAPHQL_RESPONSE if newer and not json else JSON,
        events=ranges.get(EVENT_STREAM, 0.0) > 0,
        lines=ranges.get(JSON_LINES, 0.0) > 0,
        prefers_html=ranges.get(HTML, 0.0) > max(json, newer),
    )


def _answer(ranges: Ranges, json: float, newer: float) -> str | None:
    """Return the media type to answer with.

    A client that names the newer one at least as gladly gets it; one that takes anything, or says nothing, is
    older than it.
    """
    if not ranges:
        return JSON
    named = max(NAMED, key=lambda each: ranges.get(each, 0.0))
    if ranges.get(named, 0.0) > max(json, newer):
        return named
    if not json and not newer:
        return None
    if GRAPHQL_RESPONSE in ranges and newer >= json:
        return GRAPHQL_RESPONSE
    return JSON if json else GRAPHQL_RESPONSE


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return media, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _quality(media: str, ranges: Ranges) -> float:
    """Return the quality of the most specific range that takes a media type."""
    return next((ranges[each] for each in (media, "application/*", "*/*") if each in ranges), 0.0)
