"""Changes: what became of companies and their locations, one after the other in the order of the commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from db import companies, licenses, locations, past
from db.changes import Recorded
from db.columns import Asked
from db.reads import Reads
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.example import Example
from graph.resolvers import batched, inlined
from graph.types.examples import A_CHANGE, A_LICENSE, A_LOCATION
from graph.types.guards import EDITS
from graph.types.scalars import NPI

# Columns whose values only who may read the field sees; what the API calls the others is their name in camel case.
_HIDDEN = {"tax_id_last4": frozenset({"ADMIN"})}
_NAMES = {"tax_id_last4": "taxId"}
# Columns that changes recorded by earlier versions hold of a removed row, and which are no fields that changed.
_UNTOLD = frozenset({"id", "npi", "version", "updated_at"})

# company.py imports this file, so the way back is lazy.
CompanyType = Annotated["Company", strawberry.lazy("graph.types.company")]  # type: ignore[name-defined]  # noqa: F821
LocationType = Annotated["Location", strawberry.lazy("graph.types.location")]  # type: ignore[name-defined]  # noqa: F821
LicenseType = Annotated["License", strawberry.lazy("graph.types.license")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.enum(description="The kinds of changes to a company, its locations and its licenses.")
class ChangeKind(Enum):
    """The kinds of changes."""

    COMPANY_CREATED = enum_value("COMPANY_CREATED", description="A company was added to the directory.")
    COMPANY_UPDATED = enum_value("COMPANY_UPDATED", description="Something about a company changed.")
    COMPANY_DEACTIVATED = enum_value("COMPANY_DEACTIVATED", description="CMS deactivated its NPI.")
    COMPANY_REACTIVATED = enum_value("COMPANY_REACTIVATED", description="CMS reactivated its NPI.")
    COMPANY_REMOVED = enum_value("COMPANY_REMOVED", description="A company was removed from the directory.")
    LOCATION_ADDED = enum_value("LOCATION_ADDED", description="A company has a new location.")
    LOCATION_UPDATED = enum_value("LOCATION_UPDATED", description="Something about a location changed.")
    LOCATION_REMOVED = enum_value("LOCATION_REMOVED", description="A location was removed.")
    LOCATION_RESTORED = enum_value("LOCATION_RESTORED", description="A removed location was restored.")
    LICENSE_ADDED = enum_value("LICENSE_ADDED", description="A license was added.")
    LICENSE_RENEWED = enum_value("LICENSE_RENEWED", description="A license expires later than it did.")
    LICENSE_REMOVED = enum_value("LICENSE_REMOVED", description="A license was removed.")


@strawberry.type(description="One field of a change.", directives=[INHERITED])
class FieldChange:
    """A field's name, and its values in JSON."""

    name: str = strawberry.field(directives=[Example(value="website")], description="The field, such as website.")
    old: JSON | None = strawberry.field(
        directives=[Example(value="null")],
        description="The value before; null if there was none, or it is hidden.",
    )
    new: JSON | None = strawberry.field(
        directives=[Example(value='"https://example.com"')],
        description="The value after; null if there is none, or it is hidden.",
    )
    is_hidden: bool = strawberry.field(
        description="Whether the values are hidden, since your roles can't read this field."
    )


@strawberry.type(description="The author of a change made by hand.", directives=[INHERITED])
class Author:
    """What a token said of who sent it."""

    issuer: str = strawberry.field(
        directives=[Example(value="https://login.example.com/")],
        description="The issuer of the author's token: its `iss`.",
    )
    subject: str = strawberry.field(
        directives=[Example(value="user-4711")], description="The author: the `sub` of the token."
    )


@inlined("str({id})")
def change_cursor(root: Recorded) -> str:
    """A change's place in the order of the commits."""
    return str(root["id"])


@inlined('(None if {location_id} is None else "location:" + str({location_id}))')
def location_id(root: Recorded) -> strawberry.ID | None:
    """The global id of the location that a change is about."""
    return None if root["location_id"] is None else strawberry.ID(f"location:{root['location_id']}")


@inlined('(None if {license_id} is None else "license:" + str({license_id}))')
def license_id(root: Recorded) -> strawberry.ID | None:
    """The global id of the license that a change is about."""
    return None if root["license_id"] is None else strawberry.ID(f"license:{root['license_id']}")


@inlined("(None if {subject} is None else {root})")
def author(root: Recorded) -> Author | None:
    """The row itself where somebody is named."""
    return None if root["subject"] is None else root  # type: ignore[return-value]


@batched("npi")
async def company_of_changes(
    context: Context, parents: Sequence[Recorded], columns: Asked = None
) -> list[CompanyType | None]:
    """The company of each change as it is now; None where it is gone."""
    npis = list(dict.fromkeys(row["npi"] for row in parents))
    found = dict(zip(npis, await companies.by_npi(context.database, npis, columns), strict=True))
    return [found[row["npi"]] for row in parents]


@batched("location_id")
async def location_of_changes(
    context: Context, parents: Sequence[Recorded], columns: Asked = None
) -> list[LocationType | None]:
    """The location of each change as it is now; None where it is gone, or the change is about no location."""
    ids: list[UUID] = list(dict.fromkeys(row["location_id"] for row in parents if row["location_id"]))
    found = dict(zip(ids, await locations.by_id(context.database, ids, columns), strict=True)) if ids else {}
    return [found.get(row["location_id"]) for row in parents]


@batched("license_id")
async def license_of_changes(
    context: Context, parents: Sequence[Recorded], columns: Asked = None
) -> list[LicenseType | None]:
    """The license of each change as it is now; None where it is gone, or the change is about no license."""
    ids: list[UUID] = list(dict.fromkeys(row["license_id"] for row in parents if row["license_id"]))
    found = dict(zip(ids, await licenses.by_id(context.database, ids, columns), strict=True)) if ids else {}
    return [found.get(row["license_id"]) for row in parents]


@batched("id", "fields", "old", "new")
async def fields_of_changes(context: Context, parents: Sequence[Recorded]) -> list[list[FieldChange]]:
    """What differs in each change, as far as the viewer may see it."""
    return await fields_seen(context.database, parents, context.viewer.roles)


async def fields_seen(
    database: Reads, changes: Sequence[Recorded], roles: frozenset[str]
) -> list[list[FieldChange]]:
    """What differs in each change, as far as these roles may see it.

    What came with a first release says no values itself: it held what is there now, less what came after.
    """
    silent = [row["id"] for row in changes if not row["fields"] and row["old"] is None and row["new"] is None]
    held = await past.contents(database, silent)
    return [field_changes(row, row["new"] or held.get(row["id"]) or {}, roles) for row in changes]


def field_changes(row: Recorded, new: Mapping[str, Any], roles: frozenset[str]) -> list[FieldChange]:
    """What differs in a change; of what came or went, all that held something.

    Where the values weren't noted, the names are all that there is.
    """
    old = row["old"] or {}
    names = [name for name in row["fields"] if old.get(name) != new.get(name) or name not in {*old, *new}]
    if not row["fields"]:
        held = {name for side in (old, new) for name, value in side.items() if value not in (None, [])}
        names = sorted(held - _UNTOLD)
    return [field_change(name, old, new, roles) for name in names]  # type: ignore[misc]


def field_change(
    column: str, old: Mapping[str, Any], new: Mapping[str, Any], roles: frozenset[str]
) -> Mapping[str, object]:
    """A FieldChange of a column, as it was and became."""
    opens = _HIDDEN.get(column)
    is_hidden = opens is not None and opens.isdisjoint(roles)
    values = [None if is_hidden else in_schema(column, side.get(column)) for side in (old, new)]
    name = _NAMES.get(column) or to_camel_case(column)
    return {"name": name, "old": values[0], "new": values[1], "is_hidden": is_hidden}


def in_schema(column: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """A column's value as the schema has it: names in camel case, instants and places on the map as in fields."""
    if column.endswith("_at") and value is not None:
        return datetime.fromisoformat(value).isoformat()
    if column == "position" and value is not None:
        longitude, latitude = value.strip("()").split(",")
        return {"latitude": float(latitude), "longitude": float(longitude)}
    return in_camel_case(value)


def in_camel_case(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A value with the names of its members as the schema writes them."""
    if isinstance(value, dict):
        return {to_camel_case(name): in_camel_case(each) for name, each in value.items()}
    return [in_camel_case(each) for each in value] if isinstance(value, list) else value


@strawberry.type(
    description="A change to a company, or to one of its locations or licenses.",
    directives=[INHERITED],
)
class Change:
    """A row of changes."""

    cursor: str = strawberry.field(
        resolver=change_cursor,
        directives=[A_CHANGE],
        description="Its place in the order of the commits.",
    )
    kind: ChangeKind = strawberry.field(description="The kind of change.")
    npi: NPI = strawberry.field(description="The company's NPI.")
    company: CompanyType | None = strawberry.field(
        resolver=company_of_changes, description="The company as it is now; null if it no longer exists."
    )
    location_id: strawberry.ID | None = strawberry.field(
        resolver=location_id,
        directives=[A_LOCATION],
        description="The location's global id; null if the change is about none.",
    )
    location: LocationType | None = strawberry.field(
        resolver=location_of_changes, description="The location as it is now; null if it no longer exists."
    )
    license_id: strawberry.ID | None = strawberry.field(
        resolver=license_id,
        directives=[A_LICENSE],
        description="The license's global id; null if the change is about none.",
    )
    license: LicenseType | None = strawberry.field(
        resolver=license_of_changes, description="The license as it is now; null if it no longer exists."
    )
    occurred_at: datetime = strawberry.field(
        description="When it was recorded: never before that of a change with a lower cursor."
    )
    version: int | None = strawberry.field(
        description=(
            "The company's `version` after this change and all that were made together with it. If you keep a "
            "copy, store it with each company, and skip changes with a lower version: then it does no harm to "
            "read a page of changes twice. Null for changes from before versions were recorded."
        )
    )
    fields: list[FieldChange] = strawberry.field(
        resolver=fields_of_changes,
        description=(
            "The fields that changed, with their values before and after; for something that was added or "
            "removed, all of its fields."
        ),
    )
    author: Author | None = strawberry.field(
        resolver=author, directives=[EDITS], description="Who made it by hand; null if it came from a file."
    )
