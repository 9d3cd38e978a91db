"""updateCompany: what people own of a company, and all of one that they entered."""

from collections.abc import Mapping
from typing import Annotated

import strawberry
from strawberry import UNSET

from graph.context import Context
from graph.mutations.address_input import AddressInput, read_address
from graph.mutations.editing import ValidateOnly, lock_company, save_company
from graph.mutations.payload import CompanyPayload
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems
from graph.resolvers import single
from graph.types.guards import TAX
from graph.types.scalars import NPI


@strawberry.input(description="New values of a company: what is left out stays, null empties.")
class UpdateCompanyInput:
    """A company by its NPI, and what to write."""

    npi: NPI = strawberry.field(description="Which company.")
    website: str | None = strawberry.field(default=UNSET, description="Web address, such as https://example.com.")
    tax_id: str | None = strawberry.field(
        default=UNSET, directives=[TAX], description="Tax id, such as 12-3456789; the last four digits are kept."
    )
    name: str | None = strawberry.field(
        default=UNSET, description="Legal name, of a company that was entered by hand."
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


Input = Annotated[UpdateCompanyInput, strawberry.argument(description="Which company, and what to write.")]


@single
async def update_company(context: Context, input: Input, validate_only: ValidateOnly = False) -> CompanyPayload:  # noqa: A002, FBT002 - names of the schema
    """Write new values of a company."""
    problems = Problems()
    row = await lock_company(context, input.npi, problems)
    known = (row["mailing_address"] or {}).get("country") if row is not None else None
    values = read_values(input, known or "US", problems)
    return await save_company(context, row, values, problems, input.if_version, only_try=validate_only)  # type: ignore[return-value]


def read_values(given: UpdateCompanyInput, known: str, problems: Problems) -> Mapping[str, object]:
    """The columns that an input gives new values, checked; `known` is the country of the address that there is."""
    texts = Texts(problems)
    values: dict[str, object] = {}
    if given.website is not UNSET:
        values["website"] = texts.website(given.website, "input", "website")
    if given.tax_id is not UNSET:
        values["tax_id_last4"] = texts.tax_id(given.tax_id, "input", "taxId")
    if given.name is not UNSET:
        values["name"] = texts.required(given.name, 300, "input", "name")
    if given.parent_name is not UNSET:
        values["parent_name"] = texts.text(given.parent_name, 300, "input", "parentName")
    address = given.mailing_address
    if address is not UNSET:
        values["mailing_address"] = read_address(address, problems, "input", "mailingAddress") if address else None
    country = (address.country or "US") if address else known
    for name in ("phone", "fax"):
        if (number := getattr(given, name)) is not UNSET:
            values[name] = texts.phone(number, country, "input", name)
    return values
