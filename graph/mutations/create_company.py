"""createCompany: one that the registry doesn't know, or not yet."""

from collections.abc import Mapping

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import companies
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.address_input import AddressInput, read_address
from graph.mutations.editing import may_change, writing_of
from graph.mutations.payload import OF_COMPANY
from graph.mutations.postal import check_mailing_addresses
from graph.mutations.rows import Rows
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import Verb
from graph.types.examples import A_NAME, A_NEW_NPI
from graph.types.guards import TAX
from graph.types.scalars import NPI

_BLANK = {**dict.fromkeys(companies.EDITABLE), "is_active": True, "is_active_pinned": False}


@strawberry.input(description="A company to enter by hand.")
class CreateCompanyInput:
    """A company's NPI and what is known of it."""

    npi: NPI = strawberry.field(directives=[A_NEW_NPI], description="Its NPI, which no company here may have yet.")
    name: str = strawberry.field(directives=[A_NAME], description="Legal name.")
    website: str | None = strawberry.field(default=UNSET, description="Web address, such as https://example.com.")
    tax_id: str | None = strawberry.field(
        default=UNSET,
        directives=[TAX, Example(value="12-3456789")],
        description="Tax id, such as 12-3456789; the last four digits are kept.",
    )
    parent_name: str | None = strawberry.field(default=UNSET, description="The organisation that it is part of.")
    phone: str | None = strawberry.field(default=UNSET, description="Telephone of the mailing address.")
    fax: str | None = strawberry.field(default=UNSET, description="Fax of the mailing address.")
    mailing_address: AddressInput | None = strawberry.field(default=UNSET, description="Mailing address.")


async def create_companies(context: Context, rows: Rows[CreateCompanyInput]) -> list[Change]:
    """Enter companies."""
    rows.refuse_repeats(lambda row: row.given.npi, "An earlier row of the list enters this company.", "npi")
    for row in rows:
        row.npi, row.values = row.given.npi, read_values(row.given, row.problems)
        if not may_change(context, row.npi):
            message = "Your token doesn't name this NPI, so you can't enter it."
            row.problems.add(UserErrorCode.NOT_FOUND, message, "npi")
    await check_mailing_addresses(context, rows)
    made, writing = [{**_BLANK, "npi": row.npi, **row.values} for row in rows.to_write], writing_of(context)
    writing.written = await companies.create(writing.transaction, made, writing.shown)
    for row in rows.to_write:
        if row.npi not in writing.written:
            row.problems.add(UserErrorCode.TAKEN, "There is a company with this NPI already.", "npi")
    return [Change(row.given.npi, "COMPANY_CREATED", (), new=row.values) for row in rows.to_write]


def read_values(given: CreateCompanyInput, problems: Problems) -> Mapping[str, object]:
    """The columns of a new company, checked."""
    texts = Texts(problems)
    address = given.mailing_address or None
    country = (address.country or "US") if address else "US"
    return {
        "name": texts.required(given.name, 300, "name"),
        "website": texts.website(given.website or None, "website"),
        "tax_id_last4": texts.tax_id(given.tax_id or None, "taxId"),
        "parent_name": texts.text(given.parent_name or None, 300, "parentName"),
        "phone": texts.phone(given.phone or None, country, "phone"),
        "fax": texts.phone(given.fax or None, country, "fax"),
        "mailing_address": read_address(address, problems, "mailingAddress") if address else None,
    }


CREATE_COMPANY = Verb(create_companies, CreateCompanyInput, "What is known of it.", OF_COMPANY)
