"""The messages of graphql-transport-ws: what a client may send, read strictly, and what it is answered.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from graph.errors import BadRequestError
from graph.http.exchange import CLIENT_NAME, LOOKED_AT
from graph.http.strict_json import read_json
from graph.http.usage import CLIENT_VERSION

PROTOCOL: Final = "graphql-transport-ws"

INIT, ACK, PING, PONG = "connection_init", "connection_ack", "ping", "pong"
SUBSCRIBE, NEXT, ERROR, COMPLETE = "subscribe", "next", "error", "complete"

# What a client that can't send headers may say in the payload of its first message.
NAMES: Final = {name.decode(): name for name in (CLIENT_NAME, CLIENT_VERSION)}

# Characters of an operation's id.
MAX_ID: Final = 255

# Why a socket is closed; 1012 and 1013 ask its client to come again.
RESTART: Final = 1012
LATER: Final = 1013
INVALID: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
NOT_ACCEPTABLE: Final = 4406
INIT_TIMEOUT: Final = 4408
DUPLICATE: Final = 4409
TWO_INITS: Final = 4429


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a client's; `id` is empty where it is about no operation."""

    type: str
    id: str
    payload: Mapping[str, Any]


def read_message(text: str | None) -> Message:
    """Return a message; raises BadRequestError for what is none."""
    if text is None:
        raise BadRequestError("A message must be text, not bytes.")
    found = read_json(text.encode(), "The message")
    if not isinstance(found, dict):
        raise BadRequestError("A message must be a JSON object.")
    type_, id_, payload = found.get("type"), found.get("id", ""), found.get("payload")
    # Compared, not hashed: it may be a list.
    if type_ not in (INIT, PING, PONG, SUBSCRIBE, COMPLETE):
        raise BadRequestError("A message must be connection_init, ping, pong, subscribe or complete.")
    if type_ in (SUBSCRIBE, COMPLETE) and not (isinstance(id_, str) and 0 < len(id_) <= MAX_ID):
        raise BadRequestError(f"An id must be a text of 1 to {MAX_ID} characters.")
    if not isinstance(payload, dict) and (payload is not None or type_ == SUBSCRIBE):
        raise BadRequestError("A payload must be a JSON object.")
    return Message(type_, id_ if isinstance(id_, str) else "", payload or {})


def token_in(payload: Mapping[str, Any]) -> str | None:
    """Return what a payload has as the header Authorization, in any case; raises BadRequestError for no text."""
    headers = payload.get("headers")
    for members in (payload, headers if isinstance(headers, dict) else {}):
        for name, value in members.items():
            if name.lower() == "authorization" and value is not None:
                if not isinstance(value, str) or not value.isascii():
                    raise BadRequestError("Authorization must be a text of ASCII.")
                return value
    return None


def names_in(payload: Mapping[str, Any]) -> Mapping[bytes, bytes]:
    """Return what a payload says of its client as headers, in any case; what can't be one is passed over."""
    headers = payload.get("headers")
    said = {**(headers if isinstance(headers, dict) else {}), **payload}
    return {
        NAMES[name.lower()]: value.encode()[:LOOKED_AT]
        for name, value in said.items()
        if name.lower() in NAMES and isinstance(value, str) and value.isascii()
    }


def pong(payload: Mapping[str, Any]) -> str:
    """Return the answer to a ping, which has its payload; raises BadRequestError for what can't be written."""
    try:
        return written(PONG, payload=orjson.dumps(payload) if payload else None)
    except orjson.JSONEncodeError:
        raise BadRequestError("A payload is nested too deeply.") from None


def written(type_: str, id_: str | None = None, payload: bytes | None = None) -> str:
    """Return a message as text; `payload` is JSON."""
    parts: dict[str, object] = {"type": type_}
    if id_ is not None:
        parts["id"] = id_
    if payload is not None:
        parts["payload"] = orjson.Fragment(payload)
    return orjson.dumps(parts).decode()
