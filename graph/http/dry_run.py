"""The header that asks what an operation would cost, whatever it is, in place of running it."""

from typing import Final

from graph.errors import BadRequestError
from graph.http.exchange import Exchange

HEADER: Final = b"cost-dry-run"
_ANSWERS: Final = {b"true": True, b"false": False}


def is_asked(exchange: Exchange) -> bool:
    """Whether a request asks for that; raises BadRequestError where it is neither said nor denied."""
    given = exchange.headers.get(HEADER)
    if given is None:
        return False
    found = _ANSWERS.get(given.strip().lower())
    if found is None:
        raise BadRequestError("Cost-Dry-Run is true or false.")
    return found
