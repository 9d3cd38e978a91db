"""What is deprecated says until when it works, twelve months at least, and names a replacement that there is."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import pytest
import strawberry
from graphql import GraphQLSchema

from graph.directives.sunset import Sunset
from graph.execution.facts import core_of, elements_of, facts_of
from graph.schema import core_schema
from tests.graph.aging import core_schema as aging

DAY = Sunset(since=date(2026, 2, 28), on=date(2027, 2, 28))


def broken_promises(schema: GraphQLSchema) -> Iterator[str]:
    """Yield the deprecations that say too little, or promise too short a time."""
    coordinates = {coordinate for coordinate, _ in elements_of(schema)}
    for each in facts_of(schema).deprecations.by_coordinate.values():
        if each.since is None or each.sunset is None:
            yield f"{each.coordinate}: no @sunset"
        elif (each.sunset.year - each.since.year, each.sunset.month, each.sunset.day) < (
            1,
            each.since.month,
            each.since.day,
        ):
            yield f"{each.coordinate}: less than twelve months"
        if each.replacement is not None and each.replacement not in coordinates:
            yield f"{each.coordinate}: no replacement"


def schema_with(*directives: object) -> GraphQLSchema:
    """A schema whose one argument is deprecated."""

    def resolve(
        old: Annotated[str, strawberry.argument(deprecation_reason="Old.", directives=directives)] = "",
    ) -> str:
        return old

    @strawberry.type
    class Query:
        answer: str = strawberry.field(resolver=resolve)

    return core_of(strawberry.Schema(Query))


def test_the_schema_keeps_its_promises() -> None:
    assert list(broken_promises(core_schema)) == []


def test_the_schema_of_the_tests_does_too() -> None:
    assert len(facts_of(aging).deprecations.by_coordinate) == 4
    assert list(broken_promises(aging)) == []


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        ([], ["no @sunset"]),
        ([DAY], []),
        ([Sunset(since=date(2026, 3, 1), on=date(2027, 2, 28))], ["less than twelve months"]),
        ([Sunset(since=date(2026, 3, 1), on=date(2029, 1, 1))], []),
        ([Sunset(since=DAY.since, on=DAY.on, replacement="Query.answer")], []),
        ([Sunset(since=DAY.since, on=DAY.on, replacement="Query.other")], ["no replacement"]),
    ],
)
def test_each_broken_promise_is_found(directives: list[object], expected: list[str]) -> None:
    found = list(broken_promises(schema_with(*directives)))
    assert found == [f"Query.answer(old:): {each}" for each in expected]
