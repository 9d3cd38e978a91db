"""updateCompany: what people own of a company, and all of one that they entered."""

from collections.abc import Mapping

import strawberry
from strawberry import UNSET

from db.changes import Change
from graph.context import Context
from graph.mutations.address_input import AddressInput, read_address
from graph.mutations.editing import lock_companies, save_companies
from graph.mutations.payload import OF_COMPANY
from graph.mutations.postal import check_mailing_addresses
from graph.mutations.rows import Row, Rows
from graph.mutations.texts import Texts
from graph.mutations.verb import Verb
from graph.types.examples import A_NAME
from graph.types.guards import TAX
from graph.types.scalars import NPI


@strawberry.input(description="New values of a company: fields that are left out stay as they are, null clears.")
class UpdateCompanyInput:
    """A company by its NPI, and what to write."""

    npi: NPI = strawberry.field(description="Which company.")
    website: str | None = strawberry.field(default=UNSET, description="Web address, such as https://example.com.")
    tax_id: str | None = strawberry.field(
        default=UNSET, directives=[TAX], description="Tax id, such as 12-3456789; the last four digits are kept."
    )
    name: str | None = strawberry.field(
        default=UNSET,
        directives=[A_NAME],
        description="Legal name, of a company that was entered by hand.",
    )
    parent_name: str | None = strawberry.field(
        default=UNSET, description="The organisation that it is part of, of a company that was entered by hand."
    )
    phone: str | None = strawberry.field(
        default=UNSET, description="Telephone of the mailing address, of a company that was entered by hand."
    )
    fax: str | None = strawberry.field(
        default=UNSET, description="Fax of the mailing address, of a company that was entered by hand."
    )
    mailing_address: AddressInput | None = strawberry.field(
        default=UNSET, description="Mailing address, of a company that was entered by hand."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


async def update_companies(context: Context, rows: Rows[UpdateCompanyInput]) -> list[Change]:
    """Write new values of companies."""
    await lock_companies(context, rows)
    for row in rows:
        row.values = read_values(row)
    await check_mailing_addresses(context, rows)
    return await save_companies(context, rows)


def read_values(row: Row[UpdateCompanyInput]) -> Mapping[str, object]:
    """The columns that an input gives new values, checked."""
    texts, given = Texts(row.problems), row.given
    values: dict[str, object] = {}
    if given.website is not UNSET:
        values["website"] = texts.website(given.website, "website")
    if given.tax_id is not UNSET:
        values["tax_id_last4"] = texts.tax_id(given.tax_id, "taxId")
    if given.name is not UNSET:
        values["name"] = texts.required(given.name, 300, "name")
    if given.parent_name is not UNSET:
        values["parent_name"] = texts.text(given.parent_name, 300, "parentName")
    address = given.mailing_address
    if address is not UNSET:
        values["mailing_address"] = read_address(address, row.problems, "mailingAddress") if address else None
    country = (address.country or "US") if address else known_country(row)
    for name in ("phone", "fax"):
        if (number := getattr(given, name)) is not UNSET:
            values[name] = texts.phone(number, country, name)
    return values


def known_country(row: Row[UpdateCompanyInput]) -> str:
    """The country of the mailing address that there is."""
    address = row.locked["mailing_address"] if row.locked is not None else None
    return (address or {}).get("country") or "US"


UPDATE_COMPANY = Verb(update_companies, UpdateCompanyInput, "Which company, and what to write.", OF_COMPANY)
