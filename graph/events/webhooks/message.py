"""What a webhook is sent: an event with the answer to its subscription."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from graph.telemetry.traces import Place

# Bytes that a body stays below, as Standard Webhooks recommends.
MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Occasion:
    """The change that a message is about: its place in the log, its kind, and when it was made."""

    cursor: int
    kind: str
    occurred_at: datetime
    # Where in a trace it was made, if that was told of.
    place: Place | None = None

    @property
    def type(self) -> str:
        """The kind as messages have it: company.updated."""
        return self.kind.lower().replace("_", ".", 1)


@dataclass(frozen=True, slots=True)
class Message:
    """A body with its id, which is the same however often it is sent."""

    id: str
    type: str
    body: bytes
    place: Place | None = None


def message_of(webhook: UUID, occasion: Occasion, answer: bytes) -> Message:
    """The message of a change; `answer` is a GraphQL answer in JSON, whose members are put into the body."""
    about = {
        "type": occasion.type,
        "timestamp": occasion.occurred_at.isoformat(),
        "cursor": str(occasion.cursor),
    }
    head = orjson.dumps(about).removesuffix(b"}")
    body = head + b"," + answer.removeprefix(b"{")
    if len(body) >= MOST:
        body = head + b',"data":' + orjson.dumps(notice_of(occasion, len(body))) + b"}"
    return Message(id_of(webhook, occasion), occasion.type, body, occasion.place)


def unmade(webhook: UUID, occasion: Occasion) -> Message:
    """What stands for the message of a change that couldn't be made, with its id."""
    return Message(id_of(webhook, occasion), occasion.type, b"")


def id_of(webhook: UUID, occasion: Occasion) -> str:
    """The id of a message, the same each time it is made."""
    return f"{occasion.cursor}-{webhook.hex}"


def notice_of(occasion: Occasion, size: int) -> dict[str, object]:
    """What replaces an answer that is too long to send."""
    told = f"The event has {size:,} bytes, too many to send: query changes(after: {occasion.cursor - 1})."
    return {"isTooLong": True, "cursor": str(occasion.cursor), "notice": told}
