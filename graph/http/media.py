"""The two media types of GraphQL answers, and which of them a client accepts."""

from functools import lru_cache

from graph.errors import NotAcceptableError

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"


@lru_cache(maxsize=256)
def negotiated(accept: str) -> str:
    """Return the media type to answer with; the newer one wherever both will do.

    Raises NotAcceptableError where an Accept header names neither (RFC 9110, section 12.5.1).
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return GRAPHQL_RESPONSE
    quality = {media: _quality(media, ranges) for media in (GRAPHQL_RESPONSE, JSON)}
    best = max(quality, key=lambda media: quality[media])
    if quality[best] == 0:
        raise NotAcceptableError(f"Answers are {GRAPHQL_RESPONSE} or {JSON}; Accept names neither.")
    return best


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return media, 0.0
        if parameter.startswith("charset=") and parameter.strip('"') not in {
            "charset=utf-8",
            'charset="utf-8',
        }:
            return media, 0.0
    return media, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that takes a media type."""
    found = dict(ranges)
    for candidate in (media, "application/*", "*/*"):
        if candidate in found:
            return found[candidate]
    return 0.0
