"""createCompany: one that the registry doesn't know, or not yet."""

from collections.abc import Mapping
from typing import Annotated

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import companies
from db.edits.companies import EDITABLE
from graph.context import Context
from graph.mutations.address_input import AddressInput, read_address
from graph.mutations.editing import ValidateOnly, done, may_change, nothing_done, writing_of
from graph.mutations.payload import CompanyPayload
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.resolvers import single
from graph.types.guards import TAX
from graph.types.scalars import NPI


@strawberry.input(description="A company to enter by hand.")
class CreateCompanyInput:
    """A company's NPI and what is known of it."""

    npi: NPI = strawberry.field(description="Its NPI, which nothing here has yet.")
    name: str = strawberry.field(description="Legal name.")
    website: str | None = strawberry.field(default=UNSET, description="Web address, such as https://example.com.")
    tax_id: str | None = strawberry.field(
        default=UNSET, directives=[TAX], description="Tax id, such as 12-3456789; the last four digits are kept."
    )
    parent_name: str | None = strawberry.field(default=UNSET, description="The organisation that it is part of.")
    phone: str | None = strawberry.field(default=UNSET, description="Telephone of the mailing address.")
    fax: str | None = strawberry.field(default=UNSET, description="Fax of the mailing address.")
    mailing_address: AddressInput | None = strawberry.field(default=UNSET, description="Mailing address.")


Input = Annotated[CreateCompanyInput, strawberry.argument(description="What is known of it.")]


@single
async def create_company(context: Context, input: Input, validate_only: ValidateOnly = False) -> CompanyPayload:  # noqa: A002, FBT002 - names of the schema
    """Enter a company."""
    problems = Problems()
    values = read_values(input, problems)
    if not may_change(context, input.npi):
        message = "Your token doesn't name this NPI, so you can't enter it."
        problems.add(UserErrorCode.NOT_FOUND, message, "input", "npi")
    writing = writing_of(context)
    if not problems.found:
        row = {**dict.fromkeys(EDITABLE), "is_active": True, "is_active_pinned": False, "npi": input.npi, **values}
        if input.npi not in await companies.create(writing.transaction, [row]):
            message = "There is a company with this NPI already."
            problems.add(UserErrorCode.TAKEN, message, "input", "npi")
    if problems.found:
        return nothing_done(writing, problems)  # type: ignore[return-value]
    created = Change(input.npi, "COMPANY_CREATED", (), new=values)
    return done(writing, [created], input.npi, only_try=validate_only)  # type: ignore[return-value]


def read_values(given: CreateCompanyInput, problems: Problems) -> Mapping[str, object]:
    """The columns of a new company, checked."""
    texts = Texts(problems)
    address = given.mailing_address or None
    country = (address.country or "US") if address else "US"
    return {
        "name": texts.required(given.name, 300, "input", "name"),
        "website": texts.website(given.website or None, "input", "website"),
        "tax_id_last4": texts.tax_id(given.tax_id or None, "input", "taxId"),
        "parent_name": texts.text(given.parent_name or None, 300, "input", "parentName"),
        "phone": texts.phone(given.phone or None, country, "input", "phone"),
        "fax": texts.phone(given.fax or None, country, "input", "fax"),
        "mailing_address": read_address(address, problems, "input", "mailingAddress") if address else None,
    }
