"""A verb: what a mutation does, written once for a list of rows, and asked for with one row or with many.

A verb's file has its input, a function that does it to all rows at once, and a constant that makes its two fields:

    async def rename_companies(context: Context, rows: Rows[RenameInput]) -> list[Change]:
        await lock_companies(context, rows)
        for row in rows:
            row.values = {"name": Texts(row.problems).required(row.given.name, 300, "name")}
        return await save_companies(context, rows)

    RENAME_COMPANY = Verb(rename_companies, RenameInput, "Which company, and its name.", OF_COMPANY)

The function locks what the rows are about, tells each row's problems all that is wrong with it, and then writes
`rows.to_write` with statements whose number doesn't depend on the number of rows (db/edits/). `row.npi` and
`row.part_id` say what a payload shows: locking sets them, else the function does. It returns the changes to
record, and neither keeps nor undoes anything. In graph/mutations/mutation.py, `RENAME_COMPANY.one("...")` is the
field `renameCompany` and `RENAME_COMPANY.many("...")` the field `renameCompanies`, both for editors.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, Signature
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from db.changes import Change
from graph.context import Context
from graph.directives.cost import MAX_ROWS, ListSize
from graph.errors import BadUserInputError
from graph.mutations.editing import writing_of
from graph.mutations.payload import Payloads
from graph.mutations.rows import Row, Rows
from graph.mutations.user_error import Problems
from graph.resolvers import single
from graph.types.guards import EDITS

I = TypeVar("I")  # noqa: E741 - an input

_LISTED = ListSize(assumed_size=1, slicing_arguments=["input"], sized_fields=["outcomes"])


@strawberry.enum(description="What to do with a list that has bad rows.")
class BulkErrorPolicy(Enum):
    """Whether good rows are done without the bad ones."""

    REJECT_ALL = strawberry.enum_value("REJECT_ALL", description="If one row is bad, nothing is done.")
    REJECT_FAILED = strawberry.enum_value(
        "REJECT_FAILED", description="The good rows are done without the bad ones."
    )


ValidateOnly = Annotated[
    bool, strawberry.argument(description="Only check: the answer shows the result, and nothing is changed.")
]
OnError = Annotated[
    BulkErrorPolicy, strawberry.argument(description="What to do with the good rows if others are bad.")
]


@dataclass(frozen=True, slots=True)
class Verb(Generic[I]):
    """What does something to rows, their input type and what it says, and what is answered."""

    do: Callable[[Context, Rows[I]], Awaitable[Sequence[Change]]]
    input: type[I]
    about: str
    payloads: Payloads

    def one(self, description: str) -> Any:  # noqa: ANN401 - a field of Strawberry, which has no type
        """The field that does it to one row."""

        async def run(context: Context, input: I, validate_only: bool = False) -> Mapping[str, object]:  # noqa: A002, FBT001, FBT002 - names of the schema
            row = Row(input, Problems(("input",)))
            await self._run(context, Rows([row], keeps_good=False), only_try=validate_only)
            return row.payload

        run.__signature__ = _signature(self.payloads.one, _given(self.input, self.about))  # type: ignore[attr-defined]
        return strawberry.field(resolver=single(run), directives=[EDITS], description=description)

    def many(self, description: str) -> Any:  # noqa: ANN401 - see above
        """The field that does it to up to MAX_ROWS rows."""

        async def run(
            context: Context,
            input: Sequence[I],  # noqa: A002 - the argument's name in the schema
            on_error: BulkErrorPolicy = BulkErrorPolicy.REJECT_ALL,
            validate_only: bool = False,  # noqa: FBT001, FBT002 - see above
        ) -> Mapping[str, object]:
            if len(input) > MAX_ROWS:
                message = f"input lists {len(input)} rows; at most {MAX_ROWS} at a time."
                raise BadUserInputError(message, field="input")
            rows = [Row(given, Problems(("input", str(place)))) for place, given in enumerate(input)]
            keeps_good = on_error is BulkErrorPolicy.REJECT_FAILED
            await self._run(context, Rows(rows, keeps_good=keeps_good), only_try=validate_only)
            failed = sum(bool(row.problems.found) for row in rows)
            return {
                "outcomes": [row.payload for row in rows],
                "succeeded": len(rows) - failed,
                "failed": failed,
            }

        about = f"At most {MAX_ROWS} rows. In each: {self.about[0].lower()}{self.about[1:]}"
        on_error = Parameter(
            "on_error", Parameter.POSITIONAL_OR_KEYWORD, default=BulkErrorPolicy.REJECT_ALL, annotation=OnError
        )
        given = _given(list[self.input], about)  # type: ignore[name-defined]
        run.__signature__ = _signature(self.payloads.many, given, on_error)  # type: ignore[attr-defined]
        return strawberry.field(resolver=single(run), directives=[EDITS, _LISTED], description=description)

    async def _run(self, context: Context, rows: Rows[I], *, only_try: bool) -> None:
        """Do it to rows; what is wrong stands in their problems, and where nothing can be done nothing is kept."""
        writing = writing_of(context)
        changes = await self.do(context, rows)
        if rows.is_rejected:
            rows.tell_good()
            writing.undo()
            return
        writing.changes += changes
        if only_try:
            writing.rehearse()


def _given(type_: object, about: str) -> object:
    """The type of an argument, with what it says."""
    return Annotated[type_, strawberry.argument(description=about)]


def _signature(payload: object, given: object, *others: Parameter) -> Signature:
    """The arguments of a field and what it is, as Strawberry reads them."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return Signature(
        [
            Parameter("context", kind, annotation=Context),
            Parameter("input", kind, annotation=given),
            *others,
            Parameter("validate_only", kind, default=False, annotation=ValidateOnly),
        ],
        return_annotation=payload,
    )
