"""Ranges of days and of instants, and the tests of db/filters.py that they stand for."""

from collections.abc import Iterator
from datetime import date, datetime

import strawberry
from strawberry import UNSET

from db.filters import Test


@strawberry.input(description="A range of days, both ends included.")
class DateRange:
    """From one day to another."""

    from_: date | None = strawberry.field(name="from", default=UNSET, description="The first day.")
    to: date | None = strawberry.field(default=UNSET, description="The last day.")


@strawberry.input(
    description="A range of instants, with its start but without its end, so that ranges can follow each other."
)
class DateTimeRange:
    """From one instant to before another."""

    from_: datetime | None = strawberry.field(
        name="from", default=UNSET, description="The first instant, such as 2025-01-31T00:00:00Z."
    )
    to: datetime | None = strawberry.field(
        default=UNSET, description="The end, not included, such as 2025-02-01T00:00:00Z."
    )


def days(name: str, given: DateRange | None) -> Iterator[Test]:
    """Yield a range of days as tests `{name}_since` and `{name}_until`."""
    if given and given.from_:
        yield Test(f"{name}_since", (given.from_,))
    if given and given.to:
        yield Test(f"{name}_until", (given.to,))


def instants(name: str, given: DateTimeRange | None) -> Iterator[Test]:
    """Yield a range of instants as tests `{name}_since` and `{name}_before`."""
    if given and given.from_:
        yield Test(f"{name}_since", (given.from_,))
    if given and given.to:
        yield Test(f"{name}_before", (given.to,))
