"""setCompanyActive: the administrator's flag, which the registry doesn't move any more once it is set here."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph.context import Context
from graph.mutations.editing import ValidateOnly, lock_company, save_company
from graph.mutations.payload import CompanyPayload
from graph.mutations.user_error import Problems
from graph.resolvers import single
from graph.types.scalars import NPI


@strawberry.input(description="Whether a company is active here.")
class SetCompanyActiveInput:
    """A company by its NPI, and its flag."""

    npi: NPI = strawberry.field(description="Which company.")
    is_active: bool | None = strawberry.field(
        description="Its `isActive`, kept whatever the registry says; null leaves it to the registry again."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[SetCompanyActiveInput, strawberry.argument(description="Which company, and its flag.")]


@single
async def set_company_active(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> CompanyPayload:
    """Set a company's flag, or leave it to the registry."""
    problems = Problems()
    row = await lock_company(context, input.npi, problems)
    values: dict[str, object] = {"is_active": input.is_active, "is_active_pinned": True}
    if input.is_active is None and row is not None:
        values = {"is_active": row["npi_status"] != "DEACTIVATED", "is_active_pinned": False}
    return await save_company(context, row, values, problems, input.if_version, only_try=validate_only)  # type: ignore[return-value]
