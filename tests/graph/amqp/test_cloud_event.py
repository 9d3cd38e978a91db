"""An event is a CloudEvent 1.0, and says of a change what everybody may see."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from db import changes
from db.changes import Author, Change, Filter
from db.engine import Database
from db.statement import compiled
from graph.events.cloud_event import GUARDED, events_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "events.md"
[EXAMPLE] = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
NPI = "1000000004"
PLACE = UUID(int=7)
# As the columns hold them; none may be in an event.
SECRETS = {
    "tax_id_last4": "4321",
    "phone": "+15125550100",
    "fax": "+15125550101",
    "email": "front@desk.example",
    "phone_extension": "998877",
    "authorized_official": {"last_name": "Confidential"},
}
INSERT = compiled(
    text("""
    INSERT INTO companies (npi, name, npi_status, source) VALUES (:npi, 'A', 'ACTIVE', 'MANUAL') RETURNING npi
    """)
)


async def event_of(database: Database, change: Change) -> tuple[Any, Any]:
    """The event of a change, and its row."""
    async with database.transaction() as transaction:
        last = await changes.record(transaction, [change], Author("https://issuer.example", "jane@doctor.example"))
    [row] = (await changes.page(database, (last or 0) - 1, 1, Filter())).rows
    [event] = await events_of(database, [row], "https://directory.example")
    return event, row


async def test_its_attributes_are_those_of_the_specification(database: Database) -> None:
    change = Change(NPI, "LOCATION_UPDATED", (), PLACE, old={"city": "Austin"}, new={"city": "Dallas"})
    event, row = await event_of(database, change)
    found = orjson.loads(event.body)
    data = found.pop("data")
    assert found == {
        "specversion": "1.0",
        "id": str(row["id"]),
        "source": "https://directory.example",
        "type": "LOCATION_UPDATED",
        "subject": NPI,
        "time": row["occurred_at"].isoformat(),
        "datacontenttype": "application/json",
    }
    # RFC 3339, and names of attributes in lower case without anything else.
    assert datetime.fromisoformat(found["time"]).astimezone(UTC) == row["occurred_at"]
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in found)
    assert event.routing_key == f"location.updated.{NPI}"
    assert data == {
        "cursor": str(row["id"]),
        "kind": "LOCATION_UPDATED",
        "npi": NPI,
        "locationId": f"location:{PLACE}",
        "licenseId": None,
        "occurredAt": found["time"],
        "version": None,
        "fields": [{"name": "city", "old": "Austin", "new": "Dallas", "isHidden": False}],
    }


async def test_what_needs_a_role_is_named_and_not_told_and_neither_is_who_made_it(database: Database) -> None:
    event, _ = await event_of(
        database, Change(NPI, "COMPANY_UPDATED", (), old=SECRETS, new=dict.fromkeys(SECRETS))
    )
    fields = orjson.loads(event.body)["data"]["fields"]
    assert {each["name"] for each in fields} == GUARDED - {"history"}
    assert all(each["isHidden"] and each["old"] is None and each["new"] is None for each in fields)
    for secret in ("4321", "5125550", "front@desk", "998877", "Confidential", "issuer.example", "jane"):
        assert secret.encode() not in event.body


async def test_what_is_new_is_told_with_all_that_it_holds(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.read(INSERT, {"npi": NPI})
    event, _ = await event_of(database, Change(NPI, "COMPANY_CREATED", ()))
    data = orjson.loads(event.body)["data"]
    assert {"name": "name", "old": None, "new": "A", "isHidden": False} in data["fields"]
    assert data["version"] == 1


def shape_of(value: Any) -> Any:
    """The names and kinds of what JSON holds."""
    if isinstance(value, dict):
        return {name: shape_of(each) for name, each in value.items()}
    return [shape_of(value[-1])] if isinstance(value, list) else type(value)


async def test_the_example_of_the_page_is_like_a_real_one(database: Database) -> None:
    example = orjson.loads(EXAMPLE)
    async with database.transaction() as transaction:
        await transaction.read(INSERT, {"npi": NPI})
    old, new = {"phone": None, "website": None}, {"phone": "+15125550100", "website": "https://supplier.example"}
    event, _ = await event_of(database, Change(NPI, "COMPANY_UPDATED", (), old=old, new=new))
    assert shape_of(orjson.loads(event.body)) == shape_of(example)
    assert orjson.loads(event.body)["data"]["fields"] == example["data"]["fields"]
