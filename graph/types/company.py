"""Companies: the type, its orders and its connection."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import enum_value

from db import companies, location_columns, locations, relevance, spelling
from db.columns import Asked
from db.companies import Company as CompanyRow
from db.filters import EVERYTHING
from db.pages import OrderBy
from graph.cache.tags import Tags, tags_of_condition
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import ListSize
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.resolvers import batched, depends_on, inlined, reads, single
from graph.types import dataset, paging
from graph.types.address import Address
from graph.types.change_feed import ChangeConnection, history_of_companies
from graph.types.enums import NameKind, NpiStatus, RecordSource, SortDirection
from graph.types.examples import A_COMPANY, A_NAME, A_PLACE
from graph.types.facets import FACETED, CompanyFacets, facets_of_companies
from graph.types.filters import CompanyFilter, company_condition, wanted_companies
from graph.types.guards import CONTACT, TAX
from graph.types.license import License, are_valid_of_companies, licenses_of_companies
from graph.types.location import Location, LocationConnection, locations_of_companies
from graph.types.node import Node
from graph.types.paging import Listing, PageArguments, PageInfo, Slice, TotalCount, own_row
from graph.types.scalars import NPI, PhoneNumber, TaxId, parse_npi
from graph.types.states import must_be_known
from graph.types.taxonomy import Taxonomy, taxonomies_of_codes

# Some have one of each state; a license leads back to its company, and to all of them again.
HELD = ListSize(assumed_size=10, slicing_arguments=[], sized_fields=[])


@strawberry.type(description="A name of a company.", directives=[INHERITED])
class CompanyName:
    """A name and its kind."""

    name: str = strawberry.field(directives=[Example(value="ACME MEDICAL")], description="The name as registered.")
    kind: NameKind = strawberry.field(description="The kind of name.")


@strawberry.type(
    description="What a company does, in the NUCC's code set, with the license it has for it.",
    directives=[INHERITED],
)
class CompanyTaxonomy:
    """One of a company's up to 15 taxonomy codes."""

    code: str = strawberry.field(
        directives=[Example(value="332B00000X")], description="The taxonomy code, such as 332B00000X."
    )
    is_primary: bool = strawberry.field(description="Whether it is the company's primary one.")
    license_number: str | None = strawberry.field(
        directives=[Example(value="0078123")], description="The license's number."
    )
    license_state: str | None = strawberry.field(
        directives=[Example(value="TX")], description="The state that issued the license."
    )
    group: str | None = strawberry.field(
        directives=[Example(value="193200000X MULTI-SPECIALTY GROUP")],
        description="The group taxonomy, as registered.",
    )
    taxonomy: Taxonomy | None = strawberry.field(
        resolver=taxonomies_of_codes,
        description="The taxonomy of the code; null if no file with its name was loaded.",
    )


@strawberry.type(
    description="A number by which others know a company, such as a Medicaid number.", directives=[INHERITED]
)
class OtherIdentifier:
    """One of a company's up to 50 other identifiers."""

    identifier: str = strawberry.field(directives=[Example(value="0123456")], description="The number or text.")
    type_code: str | None = strawberry.field(
        directives=[Example(value="05")], description="The registry's code: 01 other, 05 Medicaid."
    )
    state: str | None = strawberry.field(description="The state in which it is valid.")
    issuer: str | None = strawberry.field(
        directives=[Example(value="TX MEDICAID")], description="The issuer, if its type is 01."
    )


@strawberry.type(
    description="The person who may act for a company towards the registry. Personal data.",
    directives=[INHERITED, CONTACT],
)
class AuthorizedOfficial:
    """A person's name, title and telephone."""

    first_name: str | None = strawberry.field(directives=[Example(value="Jane")], description="First name.")
    middle_name: str | None = strawberry.field(directives=[Example(value="Q")], description="Middle name.")
    last_name: str | None = strawberry.field(directives=[Example(value="Doe")], description="Last name.")
    title: str | None = strawberry.field(
        directives=[Example(value="Chief Executive Officer")], description="Title or position."
    )
    phone: PhoneNumber | None = strawberry.field(description="Telephone.")


@inlined("{tax_id_last4}")
def tax_id(root: CompanyRow) -> TaxId | None:
    """Return the last four digits of a company's tax id."""
    last4: TaxId | None = root["tax_id_last4"]
    return last4


@inlined('"company:" + {npi}')
def company_id(root: CompanyRow) -> strawberry.ID:
    """Return a company's global id."""
    return strawberry.ID(f"company:{root['npi']}")


OfKind = Annotated[NameKind | None, strawberry.argument(description="Only names of this kind; all if left out.")]


@reads("name", "other_names", "further_names")
def names(root: CompanyRow, kind: OfKind = None) -> list[CompanyName]:
    """Return a company's names, the legal one first, each once."""
    every = [{"name": root["name"], "kind": "LEGAL"}, *root["other_names"], *root["further_names"]]
    unique = {(name["name"], name["kind"]): name for name in every}
    return [name for name in unique.values() if kind is None or name["kind"] == kind.value]


@reads("taxonomies")
def primary_taxonomy(root: CompanyRow) -> CompanyTaxonomy | None:
    """Return the taxonomy that the company named as its primary one."""
    return next((taxonomy for taxonomy in root["taxonomies"] if taxonomy["is_primary"]), None)


@batched("npi", nest=location_columns.nested_primary, nestable=location_columns.NESTABLE)
async def primary_location_of_companies(
    context: Context, parents: Sequence[CompanyRow], columns: Asked = None
) -> list[Location | None]:
    """Return each company's primary location."""
    npis = [row["npi"] for row in parents]
    return await locations.primary_by_company(context.database, npis, columns)  # type: ignore[return-value]


@strawberry.type(
    description="An organisation with an NPI: from the public registry NPPES.", directives=[INHERITED]
)
class Company(Node):
    """A company, resolved from a row of companies."""

    row: ClassVar = CompanyRow

    id: strawberry.ID = strawberry.field(resolver=company_id, directives=[A_COMPANY], description="The global id.")
    npi: NPI = strawberry.field(description="The National Provider Identifier.")
    name: str = strawberry.field(directives=[A_NAME], description="The legal business name.")
    names: list[CompanyName] = strawberry.field(
        resolver=names, description="All its names, the legal one first; or those of one kind."
    )
    is_active: bool = strawberry.field(
        description=(
            "The administrator's flag. It follows the registry's deactivations and reactivations unless an "
            "administrator has set it; see `npiStatus` for what the registry says."
        )
    )
    npi_status: NpiStatus = strawberry.field(description="The status of its NPI in the registry.")
    deactivated_on: date | None = strawberry.field(description="When the NPI was last deactivated.")
    reactivated_on: date | None = strawberry.field(description="When the NPI was last reactivated.")
    replacement_npi: NPI | None = strawberry.field(
        description="The NPI that has replaced it, if the registry names one."
    )
    enumerated_on: date | None = strawberry.field(description="When the NPI was issued.")
    nppes_updated_on: date | None = strawberry.field(description="When the registry last updated the record.")
    certified_on: date | None = strawberry.field(description="When the company last certified its record.")
    is_subpart: bool = strawberry.field(description="Whether it is a subpart of another organisation.")
    parent_name: str | None = strawberry.field(
        directives=[Example(value="ACME HOLDINGS INC")],
        description="The parent organisation's legal name, as the subpart wrote it.",
    )
    primary_taxonomy: CompanyTaxonomy | None = strawberry.field(
        resolver=primary_taxonomy, description="Its primary taxonomy."
    )
    taxonomies: list[CompanyTaxonomy] = strawberry.field(description="What it does, in the order registered.")
    identifiers: list[OtherIdentifier] = strawberry.field(description="The numbers by which others know it.")
    mailing_address: Address | None = strawberry.field(
        description="Where to send mail; often a billing service, and not a practice location."
    )
    phone: PhoneNumber | None = strawberry.field(
        directives=[CONTACT], description="Telephone of the mailing address."
    )
    fax: PhoneNumber | None = strawberry.field(directives=[CONTACT], description="Fax of the mailing address.")
    website: str | None = strawberry.field(
        directives=[Example(value="https://example.com")],
        description="Web site: entered here, not in the registry.",
    )
    authorized_official: AuthorizedOfficial | None = strawberry.field(
        directives=[CONTACT], description="The person who may act for it towards the registry."
    )
    tax_id: TaxId | None = strawberry.field(
        resolver=tax_id,
        directives=[TAX],
        description="The last four digits of its tax id: entered here, not in the registry.",
    )
    primary_location: Location | None = strawberry.field(
        resolver=primary_location_of_companies, description="Its primary practice location."
    )
    locations: LocationConnection = strawberry.field(
        resolver=locations_of_companies,
        directives=[paging.PAGED],
        description="Its practice locations, the primary one first unless ordered otherwise.",
    )
    licenses: list[License] = strawberry.field(
        resolver=licenses_of_companies,
        directives=[HELD],
        description="Its licenses, those that expire first before the others: entered here, not in the registry.",
    )
    is_license_valid: bool | None = strawberry.field(
        resolver=are_valid_of_companies,
        description="Whether one of its licenses is valid on a day; null if it has none.",
    )
    history: ChangeConnection | None = strawberry.field(
        resolver=history_of_companies,
        directives=[CONTACT, paging.PAGED_FORWARD],
        description="The changes to it, its locations and its licenses, the newest first.",
    )
    source: RecordSource = strawberry.field(description="Where the record comes from.")
    created_at: datetime = strawberry.field(description="When the record was created.")
    updated_at: datetime = strawberry.field(description="When the record last changed.")
    version: int = strawberry.field(description="Counts the record's changes, from 1.")

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Return whether a node's row is a company."""
        return getattr(row, "noun", None) == CompanyRow.noun


@strawberry.enum(description="What companies can be sorted by.")
class CompanyOrderField(Enum):
    """The indexed orders of companies."""

    NAME = enum_value("NAME", description="By legal name, ignoring case and accents.")
    NPI = enum_value("NPI", description="By NPI.")
    ENUMERATED_ON = enum_value("ENUMERATED_ON", description="By when the NPI was issued.")
    NPPES_UPDATED_ON = enum_value("NPPES_UPDATED_ON", description="By when the registry last updated it.")
    UPDATED_AT = enum_value("UPDATED_AT", description="By when the record last changed here.")
    RELEVANCE = enum_value(
        "RELEVANCE",
        description=(
            "By how well they match the filter's `search`; for `companies` only, as the only field, and ASC. "
            "First come legal names that begin with the text, an exact match before all others. Then companies "
            "that have all of its words, and after these companies that have the last word only as a prefix. Each "
            f"of these two groups, if it has at most {relevance.MOST_RANKED} companies, is ordered: legal names "
            "that begin with the words, whatever stands between them; legal names that have all of them; other "
            "names that begin with them; the rest. A larger group is ordered by name, as are equal matches. "
            "If nothing matches the text as typed, the list has what is found with words written out, "
            f"abbreviated, left out, or different by a letter: for a text of plain words, at most "
            f"{spelling.MOST_WORDS} of up to {spelling.MOST_LETTERS} letters in all, with at most "
            f"{spelling.MOST} spellings. Counts and facets are those of the same list. Without words "
            "the order is by name."
        ),
    )


@strawberry.input(description="How companies are sorted.")
class CompanyOrder:
    """A key and a direction."""

    field: CompanyOrderField = strawberry.field(description="What to sort by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


BY_RELEVANCE: OrderBy = (("RELEVANCE", False),)


def sort_order(orders: list[CompanyOrder] | None) -> OrderBy:
    """Return the keys of an order; raises BadUserInputError for a key given twice, or relevance with others."""
    if not orders:
        return companies.BY_NAME
    order = tuple((str(each.field.value), each.direction is SortDirection.DESC) for each in orders)
    if len({name for name, _ in order}) < len(order):
        raise BadUserInputError("orderBy names a field twice.", field="orderBy")
    if order != BY_RELEVANCE and any(each.field is CompanyOrderField.RELEVANCE for each in orders):
        raise BadUserInputError("RELEVANCE stands alone in orderBy, with the direction ASC.", field="orderBy")
    return order


@strawberry.type(description="A company in a list.", directives=[INHERITED])
class CompanyEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(
        directives=[A_PLACE], resolver=paging.edge_cursor, description="Where to continue after it."
    )
    node: Company = strawberry.field(resolver=paging.edge_node, description="The company.")


@batched()
@depends_on(paging.tags_of_slices, is_dear=True)
async def total_of_companies(
    context: Context, parents: Sequence[Slice], limit: paging.CountLimit = paging.COUNT_CAP
) -> list[TotalCount]:
    """Return how many companies each list has."""
    conditions = [slice_.condition for slice_ in parents]
    cap = paging.count_limit(limit)
    if conditions == [EVERYTHING]:
        return [await dataset.all_companies(context)]  # type: ignore[list-item]
    numbers = await companies.count_of_each(context.database, conditions, cap)
    return [paging.counted(number, cap) for number in numbers]  # type: ignore[misc]


@strawberry.type(description="A page of companies.", directives=[INHERITED])
class CompanyConnection:
    """A connection, resolved from a Slice."""

    edges: list[CompanyEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The companies with their cursors."
    )
    nodes: list[Company] = strawberry.field(
        resolver=paging.slice_nodes, description="The companies without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")
    total_count: TotalCount = strawberry.field(
        resolver=total_of_companies,
        directives=[paging.COUNTED],
        description="How many companies the whole list has.",
    )
    facets: CompanyFacets = strawberry.field(
        resolver=facets_of_companies,
        directives=[FACETED],
        description="How many companies of the whole list have each state, taxonomy code and status.",
    )


def tags_of_companies(filter: CompanyFilter | None = None, **_: object) -> Tags:  # noqa: A002 - as in the schema
    """What a page of companies depends on."""
    return tags_of_condition(company_condition(filter))


CompaniesLike = Annotated[
    CompanyFilter | None, strawberry.argument(description="Which companies; all of them if left out.")
]
CompaniesBy = Annotated[
    list[CompanyOrder] | None,
    strawberry.argument(description="What to sort by, the most important first; by name if left out."),
]


@single
@depends_on(tags_of_companies, is_dear=True)
async def companies_page(
    context: Context,
    columns: Asked = None,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: CompaniesLike = None,  # noqa: A002 - the argument's name in the schema
    order_by: CompaniesBy = None,
) -> CompanyConnection:
    """Return a page of companies."""
    order = sort_order(order_by)
    wanted = wanted_companies(filter) if order == BY_RELEVANCE else None
    if order == BY_RELEVANCE and not wanted:
        order = companies.BY_NAME
    keys = relevance.KEYS if wanted else companies.keys(order)
    listing = Listing("companies", order, keys, company_condition(filter))
    await must_be_known(context.database, listing.condition)
    window = paging.window(PageArguments(first, after, last, before), listing)
    if wanted:
        return Slice(await relevance.page(context.database, wanted, window, columns), listing)  # type: ignore[return-value]
    page = await companies.page(context.database, listing.condition, order, window, columns)
    return Slice(page, listing)  # type: ignore[return-value]


async def company_by_npi(
    context: Context, parents: Sequence[str], columns: Asked = None
) -> Sequence[CompanyRow | None]:
    """Return the company with each NPI."""
    return await companies.by_npi(context.database, parents, columns)


async def companies_of_numbers(context: Context, numbers: Sequence[str], columns: Asked) -> list[Any]:
    """Return the company with each of these numbers, null for an unknown one, an error in place of a bad one."""
    read = [npi_or_error(number) for number in numbers]
    npis = list(dict.fromkeys(each for each in read if isinstance(each, str)))
    found = dict(zip(npis, await company_by_npi(context, npis, columns), strict=True)) if npis else {}
    return [found[each] if isinstance(each, str) else each for each in read]


def npi_or_error(number: str) -> str | BadUserInputError:
    """Return the NPI that a text is, or what is wrong with it."""
    try:
        return parse_npi(number)
    except BadUserInputError as error:
        return error
