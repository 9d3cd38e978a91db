"""exportCompanies: all companies that a filter finds, with any selection of them, as a file."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, enum_value

from graph.context import Context
from graph.directives.example import Example
from graph.errors import ClientError
from graph.execution.flat import Table
from graph.execution.tree import Selection
from graph.mutations.job_payload import JobPayload, ask_for
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.resolvers import single
from graph.telemetry.audit import record_guarded
from graph.types.filters import CompanyFilter, company_condition
from graph.types.job import JobKind
from graph.types.scalars import NPI
from graph.types.states import must_be_known

# What companies are exported by, some of them at a time, and the variable that says which.
ROOT = "companiesByNpi"
VARIABLE = "npis"
# What nobody has; any number does, to see what one company costs.
SOME = NPI("1234567893")
# How a filter is kept, and read once more.
FILTER = "CompanyFilter"
MAX_FIELDS = 20_000


@strawberry.enum(description="The format of an exported file; each is compressed with gzip.")
class ExportFormat(Enum):
    """The forms of files, by the ends of their names."""

    NDJSON = enum_value("NDJSON", description="One line of JSON for each company, as a query would return it.")
    CSV = enum_value(
        "CSV",
        description=(
            "A table (RFC 4180, UTF-8) with a header line, of names such as `primaryLocation.address.city`. "
            "Values of a list are separated by `; `; lists of objects aren't possible. What a spreadsheet would "
            "run as a formula gets an apostrophe in front."
        ),
    )


@strawberry.input(description="Which companies to export, and which of their fields.")
class ExportCompaniesInput:
    """A filter, a selection, and the form of the file."""

    filter: CompanyFilter | None = strawberry.field(
        default=UNSET, description="Which companies; all of them if left out."
    )
    fields: str = strawberry.field(
        directives=[Example(value="npi name primaryLocation { id }")],
        description="The fields to write, as in a query of a company: `npi name primaryLocation { id }`.",
    )
    format: ExportFormat = strawberry.field(default=ExportFormat.NDJSON, description="The format of the file.")


Input = Annotated[ExportCompaniesInput, strawberry.argument(description="Which companies, and which fields.")]


@single
async def export_companies(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> JobPayload:
    """Have companies written into a file."""
    row = Row(input, Problems(("input",)))
    found = input.filter or None
    await must_be_known(context.database, company_condition(found))
    check_fields(context, row)
    arguments = {
        "filter": context.runner.as_json(FILTER, found),
        "fields": input.fields,
        "format": input.format.value,
    }
    return await ask_for(context, row, JobKind.EXPORT_COMPANIES, arguments, only_try=validate_only)  # type: ignore[return-value]


def query_of(fields: str) -> str:
    """Return the query that reads some companies for a file."""
    return f"query Export(${VARIABLE}: [NPI!]!) {{ {ROOT}({VARIABLE}: ${VARIABLE}) {{\n{fields}\n}} }}"


def selection_of(root: Selection) -> Selection:
    """Return what such a query reads of each company."""
    [field] = root.fields.values()
    [selection] = field.selections.values()
    return selection


def check_fields(context: Context, row: Row[Any]) -> None:
    """Tell what is wrong with a selection; raises ForbiddenError for a field that the viewer may not use."""
    given = row.given
    if len(given.fields) > MAX_FIELDS:
        message = f"fields has more than {MAX_FIELDS} characters."
        row.problems.add(UserErrorCode.TOO_LONG, message, "fields")
        return
    try:
        prepared = context.runner.inspect(query_of(given.fields), {VARIABLE: [SOME]}, context.viewer)
        if list(prepared.operation.root.fields) != [ROOT]:
            row.problems.add(UserErrorCode.INVALID, "fields has a closing brace without an opening one.", "fields")
            return
        selection = selection_of(prepared.operation.root)
        if not selection.fields:
            row.problems.add(
                UserErrorCode.BLANK, "fields is required: it says what to write of each company.", "fields"
            )
        if given.format is ExportFormat.CSV:
            Table.of(selection, prepared.values)
    except ClientError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "fields")
        return
    if asked := prepared.operation.needs.exclusive:
        # The log has each query that asks for it, and so what asks for all of it.
        places = [guard.place for guard in asked]
        record_guarded(context.viewer, places, is_given=not prepared.refused)
    for guard in prepared.refused.values():
        raise guard.error()
