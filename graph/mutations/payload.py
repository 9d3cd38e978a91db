"""What mutations of companies, locations and licenses answer: what was changed, or why it wasn't."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry

from db import companies, licenses, locations
from db.columns import Asked
from graph.context import Context
from graph.directives.example import Example
from graph.execution.sources import Read
from graph.mutations.user_error import UserError, UserErrorCode, user_error
from graph.resolvers import batched, inlined
from graph.types.company import Company
from graph.types.license import License
from graph.types.location import Location

Payload = Mapping[str, Any]

# Of a row that could have been done, were it not for another field.
NOT_DONE: Payload = {
    "npi": None,
    "part_id": None,
    "user_errors": [
        user_error(UserErrorCode.NOT_DONE, "Another field of this mutation can't be done, so nothing was.")
    ],
}


def not_done(given: object) -> Payload:
    """What is answered by a field with this input that could have been done, were it not for another one."""
    if not isinstance(given, list):
        return NOT_DONE
    return {"outcomes": [NOT_DONE] * len(given), "succeeded": 0, "failed": len(given)}


@batched("npi")
async def company_of_payloads(
    context: Context, parents: Sequence[Payload], columns: Asked = None
) -> list[Company | None]:
    """The company that each payload is about; None where nothing was changed."""
    writing = context.writing
    found = writing.written if writing is not None and columns is writing.shown else {}
    npis = [each["npi"] for each in parents if each["npi"] and each["npi"] not in found]
    if npis:
        read = await companies.by_npi(context.database, npis, columns)
        found = {**found, **dict(zip(npis, read, strict=True))}
    return [found.get(each["npi"]) for each in parents]


# The read of the companies in payloads: what it asks for is known to who writes them (graph/context.py).
SHOWN: Read = company_of_payloads.source  # type: ignore[attr-defined]


@batched("part_id")
async def location_of_payloads(
    context: Context, parents: Sequence[Payload], columns: Asked = None
) -> list[Location | None]:
    """The location that each payload is about; None where nothing was changed, or it is gone."""
    return await parts_of(parents, locations.by_id, context, columns)


@batched("part_id")
async def license_of_payloads(
    context: Context, parents: Sequence[Payload], columns: Asked = None
) -> list[License | None]:
    """The license that each payload is about; None where nothing was changed, or it is gone."""
    return await parts_of(parents, licenses.by_id, context, columns)


async def parts_of(
    parents: Sequence[Payload], by_id: Callable[..., Awaitable[Sequence[Any]]], context: Context, columns: Asked
) -> list[Any]:
    """The row of each payload's part, as a look-up by UUIDs finds it; None where there is none."""
    ids: list[UUID] = [each["part_id"] for each in parents if each["part_id"]]
    found = dict(zip(ids, await by_id(context.database, ids, columns), strict=True)) if ids else {}
    return [found.get(each["part_id"]) for each in parents]


@strawberry.type(description="The result of changing a company.")
class CompanyPayload:
    """The npi of a company, or None, and rows of Problems."""

    company: Company | None = strawberry.field(
        resolver=company_of_payloads, description="The company as it is now; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Everything that was wrong with the input; unless it is empty, nothing was done."
    )


@strawberry.type(description="The result of changing a location.")
class LocationPayload:
    """The npi of a company and the UUID of a location, or None, and rows of Problems."""

    location: Location | None = strawberry.field(
        resolver=location_of_payloads, description="The location as it is now; null if nothing was done."
    )
    company: Company | None = strawberry.field(
        resolver=company_of_payloads, description="Its company as it is now; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Everything that was wrong with the input; unless it is empty, nothing was done."
    )


@strawberry.type(description="The result of changing a license.")
class LicensePayload:
    """The npi of a company and the UUID of a license, or None, and rows of Problems."""

    license: License | None = strawberry.field(
        resolver=license_of_payloads, description="The license as it is now; null if nothing was done."
    )
    company: Company | None = strawberry.field(
        resolver=company_of_payloads, description="Its company as it is now; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Everything that was wrong with the input; unless it is empty, nothing was done."
    )


@inlined("{outcomes}")
def outcomes(root: Payload) -> Any:  # noqa: ANN401 - the class that uses it says of which payloads
    """The payload of each row."""
    return root["outcomes"]


@strawberry.type(description="The result of changing several companies.")
class CompaniesPayload:
    """The payload of each row, and how many of them have problems."""

    outcomes: list[CompanyPayload] = strawberry.field(
        resolver=outcomes, description="The result for each row of the input, in the same order."
    )
    succeeded: int = strawberry.field(directives=[Example(value="2")], description="How many rows succeeded.")
    failed: int = strawberry.field(description="How many rows failed.")


@strawberry.type(description="The result of changing several locations.")
class LocationsPayload:
    """The payload of each row, and how many of them have problems."""

    outcomes: list[LocationPayload] = strawberry.field(
        resolver=outcomes, description="The result for each row of the input, in the same order."
    )
    succeeded: int = strawberry.field(description="How many rows succeeded.")
    failed: int = strawberry.field(description="How many rows failed.")


@strawberry.type(description="The result of changing several licenses.")
class LicensesPayload:
    """The payload of each row, and how many of them have problems."""

    outcomes: list[LicensePayload] = strawberry.field(
        resolver=outcomes, description="The result for each row of the input, in the same order."
    )
    succeeded: int = strawberry.field(description="How many rows succeeded.")
    failed: int = strawberry.field(description="How many rows failed.")


@dataclass(frozen=True, slots=True)
class Payloads:
    """What is answered of one row, and of many."""

    one: type
    many: type


OF_COMPANY = Payloads(CompanyPayload, CompaniesPayload)
OF_LOCATION = Payloads(LocationPayload, LocationsPayload)
OF_LICENSE = Payloads(LicensePayload, LicensesPayload)
