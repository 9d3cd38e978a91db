"""Why a token isn't taken: the class that its bearer is told, and the detail that the log is."""

import json
from typing import Any, NoReturn

from graph.errors import UnauthenticatedError

# Characters of a claim that are shown of it.
MAX_SHOWN = 80

MESSAGES = {
    "MISSING": "A token is needed; send `Authorization: Bearer <JWT>`.",
    "MALFORMED": "The Authorization header is not `Bearer <JWT>`, or a claim is missing or of a wrong type.",
    "INVALID": "The token's signature, its algorithm or its key is not one that this server takes.",
    "EXPIRED": "The token has expired.",
    "NOT_YET_VALID": "The token is not valid yet.",
    "TOO_LONG_LIVED": "The token is valid for longer than this server takes.",
    "WRONG_AUDIENCE": "The token is meant for another audience.",
    "WRONG_ISSUER": "The token is from another issuer.",
    "REVOKED": "The token has been revoked.",
}

# By Python's types, of which bool is an int.
KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


def refuse(reason: str, detail: str = "") -> NoReturn:
    """Refuse a token; raises UnauthenticatedError. `detail` names what is wrong, and never a key or a secret."""
    raise UnauthenticatedError(MESSAGES[reason], reason, detail)


def kind_of(value: Any) -> str:  # noqa: ANN401 - a claim may be anything
    """Return what a claim is in JSON, and not which: it may be somebody's name or address."""
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    return next((words for kind, words in KINDS.items() if isinstance(value, kind)), "null")


def shown(value: Any) -> str:  # noqa: ANN401 - a claim may be anything
    """Return a claim or a header as JSON in printable ASCII, cut where it is long: it is anybody's text."""
    text = json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
