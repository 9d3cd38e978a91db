"""JSON read strictly: in UTF-8, and with no key twice in one object."""

import json
from typing import Any

import orjson

from graph.errors import BadRequestError


def read_json(content: bytes, what: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON in `what`, as messages call it; raises BadRequestError.

    The parser keeps the last of two keys and says nothing, while whoever looked at the request first may have
    read the other. But each key is written with a colon, and all other colons stand in texts: where what was kept
    has fewer colons when it is written again, a key was given twice.
    """
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestError(f"{what} is not JSON in UTF-8.") from None
    try:
        is_whole = content.count(b":") == orjson.dumps(parsed).count(b":")
    except orjson.JSONEncodeError:
        # It is nested deeper than can be written.
        is_whole = False
    # A colon that is written as an escape (\u003a) isn't counted.
    if not is_whole or b"\\u003" in content:
        require_no_doubles(content, what)
    return parsed


def require_no_doubles(content: bytes, what: str) -> None:
    """Raise BadRequestError where valid JSON gives a key twice in one object, however it is written."""

    def distinct(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadRequestError(f'{what} gives the key "{key[:100]}" twice.')
            seen.add(key)

    try:
        json.loads(content, object_pairs_hook=distinct, parse_int=str, parse_float=str)
    except RecursionError:
        raise BadRequestError(f"{what} is nested too deeply.") from None
