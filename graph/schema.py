"""The schema: what can be asked for at the root, over the types of graph/types/."""

from collections.abc import Sequence
from operator import getitem
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from db.columns import Asked
from graph.cache.tags import Tags, company_tag, tags_with
from graph.context import Context
from graph.directives.atomic import atomic
from graph.directives.cache_control import KEPT, PRIVATE
from graph.directives.cost import LONGEST_LIST, Cost, ListSize
from graph.directives.live import live
from graph.errors import BadUserInputError
from graph.execution.facts import core_of
from graph.mutations.mutation import Mutation
from graph.resolvers import depends_on, moving, single
from graph.roles.enforcement import enforce
from graph.types import as_of, scalars
from graph.types.as_of import AsOfThen
from graph.types.change_feed import SCANNED, ChangeConnection, changes_page
from graph.types.company import (
    Company,
    CompanyConnection,
    companies_of_numbers,
    companies_page,
    company_by_npi,
)
from graph.types.dataset import DatasetInfo, dataset
from graph.types.examples import A_COMPANY, A_LOCATION, AN_NPI
from graph.types.guards import BULK, FEED, JOBS, SENT, WATCH
from graph.types.job import Job, JobConnection, job, jobs_page
from graph.types.license import License, license_by_id
from graph.types.location import Location, LocationConnection, location_by_id, locations_page
from graph.types.node import Node
from graph.types.paging import PAGED, PAGED_FORWARD
from graph.types.rate_limit import RateLimit, rate_limit
from graph.types.scalars import NPI, SCALARS
from graph.types.subscription import Subscription
from graph.types.suggestions import SUGGESTED, suggest
from graph.types.taxonomy import Taxonomy, TaxonomyConnection, taxonomies_page, taxonomy
from graph.types.verification import NpiVerification, verify_npis
from graph.types.viewer import ViewerInfo, viewer
from graph.types.watch_list import WatchList, WatchListConnection, watch_list, watch_lists_page
from graph.types.webhook import Webhook, WebhookConnection, webhook, webhooks_page

# What can have a global id: the form of its ids, how rows are read by what the ids hold, and its name.
KINDS = (
    (scalars.COMPANY_ID, company_by_npi, "company"),
    (scalars.LOCATION_ID, location_by_id, "location"),
    (scalars.LICENSE_ID, license_by_id, "license"),
)


async def row_of_id(context: Context, id_: str, columns: Asked) -> Any:  # noqa: ANN401 - a row of companies, locations or licenses
    """Return the row that a global id names; raises NotFoundError or BadUserInputError where none does."""
    for form, read, what in KINDS:
        if match := form.fullmatch(id_):
            row = await context.loaders.load(read, context, match[1], {"columns": columns})
            if row is None:
                raise scalars.not_found(what)
            return row
    raise unknown_id()


async def rows_of_ids(context: Context, ids: Sequence[str], columns: Asked) -> list[Any]:
    """Return the row that each global id names, of one of KINDS, or the error in its place."""
    found: dict[str, Any] = {}
    for form, read, what in KINDS:
        keys = {id_: match[1] for id_ in ids if (match := form.fullmatch(id_))}
        rows = await read(context, list(keys.values()), columns) if keys else ()
        found |= {id_: row or scalars.not_found(what) for id_, row in zip(keys, rows, strict=True)}
    return [found.get(id_) or unknown_id() for id_ in ids]


def unknown_id() -> BadUserInputError:
    """Return the error for an id that nothing can have."""
    return BadUserInputError("This is not an id of this API.", field="id")


# The tag of what an id names is the id, written as its rows have it.
def tags_of_id(id: str, **_: object) -> Tags:  # noqa: A002 - as in the schema
    """What a global id's row depends on."""
    return frozenset({id})


def tags_of_ids(ids: Sequence[str], **_: object) -> Tags:
    """What the rows of global ids depend on."""
    return tags_with("", ids)


def tags_of_company(id: str | None = None, npi: str | None = None, **_: object) -> Tags:  # noqa: A002 - as in the schema
    """What a company depends on."""
    return frozenset({id or company_tag(npi or "")})


def tags_of_npis(npis: Sequence[str] | None = None, numbers: Sequence[str] | None = None, **_: object) -> Tags:
    """What the companies with these NPIs depend on."""
    return tags_with(company_tag(""), npis or [scalars.bare(number) for number in numbers or ()])


GlobalId = Annotated[
    strawberry.ID, strawberry.argument(directives=[A_LOCATION], description="A global id: the `id` of any node.")
]
GlobalIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="Global ids.", directives=[BULK, A_COMPANY])
]
CompanyId = Annotated[
    strawberry.ID | None, strawberry.argument(directives=[A_COMPANY], description="Its global id; or give `npi`.")
]
CompanyNpi = Annotated[NPI | None, strawberry.argument(description="Its NPI; or give `id`.")]
Npis = Annotated[
    list[NPI] | None,
    strawberry.argument(
        description="NPIs, each checked before anything is looked up: a bad one refuses the request.",
        directives=[BULK],
    ),
]
Numbers = Annotated[
    list[str] | None,
    strawberry.argument(
        description="Instead of `npis`, numbers as they are in your list: a bad one is an error in its place.",
        directives=[BULK, AN_NPI],
    ),
]


@single
@depends_on(tags_of_id)
async def node(context: Context, id: GlobalId, columns: Asked = None) -> Node | None:  # noqa: A002 - the argument's name in the schema
    """Return what has this id."""
    return await row_of_id(context, id, columns)  # type: ignore[no-any-return]


@single
@depends_on(tags_of_ids)
async def nodes(context: Context, ids: GlobalIds, columns: Asked = None) -> list[Node | None]:
    """Return what has each of these ids; an error stands where nothing has."""
    require_few_keys(ids, "ids")
    return await rows_of_ids(context, ids, columns)


@moving(as_of.MOVE)
@depends_on(tags_of_company)
async def company(
    context: Context,
    id: CompanyId = None,  # noqa: A002 - the argument's name in the schema
    npi: CompanyNpi = None,
    as_of: AsOfThen = None,  # noqa: ARG001 - the context is of then
    columns: Asked = None,
) -> Company | None:
    """Return the company with this id or this NPI."""
    if (id is None) == (npi is None):
        raise BadUserInputError("Give either id or npi.", field="id")
    if id is not None:
        scalars.company_npi(id)
        return await row_of_id(context, id, columns)  # type: ignore[no-any-return]
    return await context.loaders.load(company_by_npi, context, npi, {"columns": columns})  # type: ignore[no-any-return]


@single
@depends_on(tags_of_npis)
async def companies_by_npi(
    context: Context, npis: Npis = None, numbers: Numbers = None, columns: Asked = None
) -> list[Company | None]:
    """Return the company with each of these NPIs, null for an unknown one."""
    if npis is not None and numbers is None:
        require_few_keys(npis, "npis")
        return list(await company_by_npi(context, npis, columns))  # type: ignore[arg-type]
    if numbers is None or npis is not None:
        raise BadUserInputError("Give either npis or numbers.", field="npis")
    require_few_keys(numbers, "numbers")
    return await companies_of_numbers(context, numbers, columns)


@moving(as_of.MOVE)
@depends_on(tags_of_id)
async def location(
    context: Context,
    id: GlobalId,  # noqa: A002 - the argument's name in the schema
    as_of: AsOfThen = None,  # noqa: ARG001 - the context is of then
    columns: Asked = None,
) -> Location | None:
    """Return the location with this id."""
    scalars.location_uuid(id)
    return await row_of_id(context, id, columns)  # type: ignore[no-any-return]


# An id that nothing has is an error with its place.
SOUGHT = Cost(weight="2")


def listed(*arguments: str) -> ListSize:
    """Return the size of a list that has an item for each of an argument's."""
    return ListSize(assumed_size=1, slicing_arguments=list(arguments), sized_fields=[])


def require_few_keys(keys: Sequence[str], field: str) -> None:
    """Refuse more keys than one look-up takes; raises BadUserInputError."""
    if len(keys) > LONGEST_LIST:
        raise BadUserInputError(f"{field} lists {len(keys)}; at most {LONGEST_LIST} at a time.", field=field)


@strawberry.type(description="All queries.")
class Query:
    """The root of every query."""

    node: Node | None = strawberry.field(
        resolver=node, directives=[KEPT], description="The object with this global id."
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=nodes,
        directives=[listed("ids"), SOUGHT, KEPT],
        description=f"The objects with these global ids (at most {LONGEST_LIST}), in their order.",
    )
    company: Company | None = strawberry.field(
        resolver=company,
        directives=[KEPT],
        description="One company by its id or its NPI, as it is or was; null if no company has the NPI.",
    )
    companies: CompanyConnection = strawberry.field(
        resolver=companies_page,
        directives=[PAGED, KEPT],
        description="Companies, by name unless ordered otherwise.",
    )
    suggest: list[Company] = strawberry.field(
        resolver=suggest,
        directives=[SUGGESTED, KEPT],
        description=(
            "Companies for a search box, the first ones of `companies` by RELEVANCE for the typed text: those "
            "whose legal name starts with it, then those that have its words in any of their names, of which the "
            "last can be a prefix; if there are none, those that were probably meant."
        ),
    )
    companies_by_npi: list[Company | None] = strawberry.field(
        resolver=companies_by_npi,
        directives=[listed("npis", "numbers"), KEPT],
        description=(
            f"The companies with these NPIs (at most {LONGEST_LIST}): as many as were asked for and in that "
            "order, null for each that isn't here. Give either `npis` or `numbers`."
        ),
    )
    verify_npis: list[NpiVerification] = strawberry.field(
        resolver=verify_npis,
        directives=[listed("npis"), KEPT],
        description=(
            f"The verdict on each of these numbers (at most {LONGEST_LIST}); a bad one is a verdict, no error."
        ),
    )
    location: Location | None = strawberry.field(
        resolver=location, directives=[KEPT], description="One location by its id, as it is or was."
    )
    locations: LocationConnection = strawberry.field(
        resolver=locations_page,
        directives=[PAGED, KEPT],
        description="Locations: nearest first with `near`, otherwise by company.",
    )
    taxonomy: Taxonomy | None = strawberry.field(
        resolver=taxonomy,
        directives=[KEPT],
        description="The taxonomy with this code; null if the loaded file doesn't have it.",
    )
    taxonomies: TaxonomyConnection = strawberry.field(
        resolver=taxonomies_page,
        directives=[PAGED_FORWARD, KEPT],
        description="Taxonomies with their names, by code, from the loaded file of the NUCC.",
    )
    changes: ChangeConnection | None = strawberry.field(
        resolver=changes_page,
        directives=[FEED, PAGED_FORWARD, SCANNED],
        description=(
            "The changes to companies and their locations after a change, the oldest first. Continue from "
            "`pageInfo.endCursor`, which is always there: with a filter a page may be short or empty though "
            "`hasNextPage` is true, since each page covers a limited part of the log."
        ),
    )
    dataset: DatasetInfo = strawberry.field(
        resolver=dataset, directives=[KEPT], description="What the directory contains, and as of when."
    )
    watch_list: WatchList | None = strawberry.field(
        resolver=watch_list, directives=[WATCH, PRIVATE], description="One of your watch lists by its id."
    )
    watch_lists: WatchListConnection | None = strawberry.field(
        resolver=watch_lists_page, directives=[WATCH, PRIVATE, PAGED], description="Your watch lists, by name."
    )
    job: Job | None = strawberry.field(
        resolver=job, directives=[JOBS, PRIVATE], description="One of your jobs by its id."
    )
    jobs: JobConnection | None = strawberry.field(
        resolver=jobs_page, directives=[JOBS, PRIVATE, PAGED_FORWARD], description="Your jobs, the newest first."
    )
    webhook: Webhook | None = strawberry.field(
        resolver=webhook, directives=[SENT, PRIVATE], description="One of your webhooks by its id."
    )
    webhooks: WebhookConnection | None = strawberry.field(
        resolver=webhooks_page, directives=[SENT, PRIVATE, PAGED], description="Your webhooks, the oldest first."
    )
    viewer: ViewerInfo | None = strawberry.field(
        resolver=viewer,
        directives=[PRIVATE],
        description="Who you are according to your token, and what you may use.",
    )
    rate_limit: RateLimit | None = strawberry.field(
        resolver=rate_limit,
        directives=[PRIVATE, Cost(weight="0")],
        description=(
            "What this operation costs, and what is left for others. With `dryRun` nothing else is run; the "
            "header `Cost-Dry-Run: true` does the same for any operation, mutations too."
        ),
    )


# Parents are rows, whose columns are named like the fields.
schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    directives=[atomic, live],
    types=[Company, Location, License],
    config=StrawberryConfig(default_resolver=getitem, scalar_map=SCALARS),
)

# graphql-core's schema under it.
core_schema = core_of(schema)

enforce(core_schema)
