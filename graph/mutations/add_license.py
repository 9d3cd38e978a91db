"""addLicense: one that people enter, or whose number NPPES tells with a taxonomy."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

import strawberry
from strawberry import UNSET

from db import companies
from db.changes import Change
from db.columns import Columns
from db.edits import licenses
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.editing import lock_companies, writing_of
from graph.mutations.license_twins import refuse_twins
from graph.mutations.payload import OF_LICENSE
from graph.mutations.rows import Row, Rows
from graph.mutations.texts import Texts
from graph.mutations.user_error import UserErrorCode
from graph.mutations.verb import Verb
from graph.types.enums import LicenseKind
from graph.types.scalars import NPI, bare
from graph.types.states import CODE_OF

_TAXONOMIES = Columns(("npi", "taxonomies"))
_STATES = frozenset(CODE_OF.values())


@strawberry.input(description="A license to enter: by its number, or by a taxonomy for which NPPES has a number.")
class AddLicenseInput:
    """A company by its NPI, and one of its licenses."""

    npi: NPI = strawberry.field(description="The company that the license belongs to.")
    kind: LicenseKind = strawberry.field(description="What it is for.")
    expires_on: date = strawberry.field(
        directives=[Example(value="2030-06-30")], description="The last day on which it is valid."
    )
    number: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="HQ-0078123")],
        description="Its number, as its issuer writes it; or give `taxonomyCode`.",
    )
    taxonomy_code: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="332B00000X")],
        description=(
            "One of the company's taxonomy codes, such as 332B00000X, whose license number and state to use."
        ),
    )
    state: str | None = strawberry.field(
        default=UNSET,
        description="Two-letter state or territory; with `taxonomyCode` only if that has several licenses.",
    )
    name: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="Oxygen retailer permit")],
        description="Its name, such as Oxygen retailer permit; required for the kind OTHER.",
    )
    issuer: str | None = strawberry.field(
        default=UNSET, directives=[Example(value="ACHC")], description="The issuer, such as ACHC."
    )
    issued_on: date | None = strawberry.field(default=UNSET, description="The first day on which it is valid.")


async def add_licenses(context: Context, rows: Rows[AddLicenseInput]) -> list[Change]:
    """Enter licenses."""
    transaction = writing_of(context).transaction
    await lock_companies(context, rows)
    npis = list(dict.fromkeys(row.npi for row in rows if row.npi))
    found = await companies.by_npi(transaction, npis, _TAXONOMIES)
    taxonomies = {each["npi"]: each["taxonomies"] for each in found if each}
    for row in rows:
        row.part_id = uuid4()
        row.values = read_values(row, taxonomies.get(row.npi, ()))
    await refuse_twins(context, rows)
    await licenses.add(transaction, [{"id": row.part_id, "npi": row.npi, **row.values} for row in rows.to_write])
    return [
        Change(row.given.npi, "LICENSE_ADDED", row.locked["facets"], license_id=row.part_id, new=row.values)
        for row in rows.to_write
    ]


def read_values(row: Row[AddLicenseInput], taxonomies: Sequence[Mapping[str, Any]]) -> Mapping[str, object]:
    """The columns of a new license, checked; `taxonomies` are its company's."""
    given, texts = row.given, Texts(row.problems)
    read_name = texts.required if given.kind is LicenseKind.OTHER else texts.text
    if given.issued_on and given.issued_on > given.expires_on:
        row.problems.add(UserErrorCode.INVALID, "issuedOn is after expiresOn.", "issuedOn")
    return {
        **(taken_over(row, taxonomies) if given.taxonomy_code else numbered(row, texts)),
        "kind": given.kind.value,
        "name": read_name(given.name or None, 200, "name"),
        "issuer": texts.text(given.issuer or None, 200, "issuer"),
        "issued_on": given.issued_on or None,
        "expires_on": given.expires_on,
    }


def numbered(row: Row[AddLicenseInput], texts: Texts) -> Mapping[str, object]:
    """Number and state as they were entered."""
    number = texts.required(row.given.number or None, 50, "number")
    return {"number": number, "state": read_state(row), "source": "MANUAL"}


def taken_over(row: Row[AddLicenseInput], taxonomies: Sequence[Mapping[str, Any]]) -> Mapping[str, object]:
    """Number and state as NPPES tells them with a taxonomy."""
    given, code, state = row.given, bare(row.given.taxonomy_code or "").upper(), read_state(row)
    if given.number:
        row.problems.add(UserErrorCode.INVALID, "Give either number or taxonomyCode.", "number")
    found = {
        (each["license_number"], each["license_state"])
        for each in taxonomies
        if each["code"] == code and each["license_number"] and state in {None, each["license_state"]}
    }
    if row.locked is not None and len(found) != 1:
        message = "The company has several licenses with this taxonomy; give their state or their number, too."
        none = "The company has no taxonomy with this code and a license number in NPPES."
        row.problems.add(UserErrorCode.INVALID, message if found else none, "taxonomyCode")
    number, of_state = found.pop() if len(found) == 1 else (None, None)
    return {"number": number, "state": of_state, "source": "NPPES"}


def read_state(row: Row[AddLicenseInput]) -> str | None:
    """The two letters of a state, where one is given."""
    state = bare(row.given.state or "").upper() or None
    if state is not None and state not in _STATES:
        row.problems.add(UserErrorCode.INVALID, "state is no state's two letters, such as TX.", "state")
    return state


ADD_LICENSE = Verb(add_licenses, AddLicenseInput, "Whose license it is, and what is known of it.", OF_LICENSE)
