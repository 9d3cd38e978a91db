"""A change as an event for others: a CloudEvent 1.0 in structured mode, with what everybody may see of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from db.changes import Recorded
from db.reads import Reads
from graph.execution.facts import facts_of
from graph.schema import core_schema
from graph.telemetry.traces import Place
from graph.telemetry.tracing import headers_of
from graph.types.change import fields_seen, license_id, location_id

NO_ROLES: Final[frozenset[str]] = frozenset()

# Of a message that is an event as a whole.
CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Event:
    """A change as it is sent: its place in the log, its company, its kind, and all of it as JSON."""

    cursor: int
    npi: str
    kind: str
    body: bytes
    # Where in a trace the change was made, if that was told of.
    place: Place | None = None

    @property
    def routing_key(self) -> str:
        """What queues are bound by: company.updated.1234567893."""
        return f"{self.kind.lower().replace('_', '.', 1)}.{self.npi}"


async def events_of(database: Reads, rows: Sequence[Any], source: str) -> list[Event]:
    """The events of changes (Recorded), in their order; `source` tells one directory's events from another's."""
    fields = await fields_seen(database, rows, NO_ROLES)
    return [
        Event(
            row["id"],
            row["npi"],
            row["kind"],
            orjson.dumps(envelope(row, of_row, source)),
            Place.recall(row["trace"]),
        )
        for row, of_row in zip(rows, fields, strict=True)
    ]


def envelope(row: Recorded, fields: Sequence[Any], source: str) -> Mapping[str, object]:
    """The attributes of an event, and its data: a `Change` of the schema, less who made it."""
    cursor, occurred_at = str(row["id"]), row["occurred_at"].isoformat()
    return {
        "specversion": "1.0",
        "id": cursor,
        "source": source,
        "type": row["kind"],
        "subject": row["npi"],
        "time": occurred_at,
        "datacontenttype": "application/json",
        # The extension "distributed tracing" of CloudEvents.
        **headers_of(Place.recall(row["trace"])),
        "data": {
            "cursor": cursor,
            "kind": row["kind"],
            "npi": row["npi"],
            "locationId": location_id(row),
            "licenseId": license_id(row),
            "occurredAt": occurred_at,
            "version": row["version"],
            "fields": [field_for_all(each) for each in fields],
        },
    }


def field_for_all(field: Mapping[str, object]) -> Mapping[str, object]:
    """A field that changed, without its values where the schema asks for a role."""
    is_hidden = bool(field["is_hidden"]) or field["name"] in GUARDED
    values = (None, None) if is_hidden else (field["old"], field["new"])
    return {"name": field["name"], "old": values[0], "new": values[1], "isHidden": is_hidden}


def guarded_names() -> Iterator[str]:
    """The fields of what changes that aren't open to everybody, as the schema has it."""
    guards = facts_of(core_schema).guards
    for name in ("Company", "Location", "License"):
        type_: Any = core_schema.type_map[name]
        yield from (each for each in type_.fields if guards.of_field(type_, each))


GUARDED: Final = frozenset(guarded_names())
