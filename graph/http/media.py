"""The media types of GraphQL answers, which of them a client accepts, and whether it wants a page instead."""

from functools import lru_cache

from graph.errors import NotAcceptableError

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
# Answers one after the other (HTML, "Server-sent events").
EVENT_STREAM = "text/event-stream"
HTML = "text/html"

Ranges = dict[str, float]


@lru_cache(maxsize=64)
def negotiate(accept: bytes) -> str:
    """Return the media type to answer with (RFC 9110, section 12.5.1).

    A client that names the newer one at least as gladly gets it; one that takes anything, or says nothing, is
    older than it. An event stream is for who names it and would rather have it than JSON. Raises
    NotAcceptableError where none will do.
    """
    ranges = dict(_range(part) for part in accept.decode("latin-1").split(",") if part.strip())
    if not ranges:
        return JSON
    json, newer = _quality(JSON, ranges), _quality(GRAPHQL_RESPONSE, ranges)
    if ranges.get(EVENT_STREAM, 0.0) > max(json, newer):
        return EVENT_STREAM
    if not json and not newer:
        raise NotAcceptableError(f"Answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}; Accept takes none.")
    if GRAPHQL_RESPONSE in ranges and newer >= json:
        return GRAPHQL_RESPONSE
    return JSON if json else GRAPHQL_RESPONSE


@lru_cache(maxsize=64)
def takes_events(accept: bytes) -> bool:
    """Return whether a client names event streams: it may be given one where only that will do."""
    ranges = dict(_range(part) for part in accept.decode("latin-1").split(",") if part.strip())
    return ranges.get(EVENT_STREAM, 0.0) > 0


@lru_cache(maxsize=64)
def without_result(accept: bytes) -> str:
    """Return the media type of an answer to a request that wasn't looked at, and may be sent again later.

    Clients take each answer in the newer one for a result, whatever its status: they would not try again. Where
    they don't take JSON at all, it is the newer one.
    """
    ranges = dict(_range(part) for part in accept.decode("latin-1").split(",") if part.strip())
    return GRAPHQL_RESPONSE if _quality(GRAPHQL_RESPONSE, ranges) and not _quality(JSON, ranges) else JSON


@lru_cache(maxsize=64)
def prefers_html(accept: str) -> bool:
    """Return whether a client names HTML and would rather have it than JSON: a browser that opens an address."""
    ranges = dict(_range(part) for part in accept.split(",") if part.strip())
    return ranges.get(HTML, 0.0) > max(_quality(JSON, ranges), _quality(GRAPHQL_RESPONSE, ranges))


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
