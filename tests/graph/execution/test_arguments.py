"""Arguments and variables: read once, as graphql-core and Strawberry would together."""

import random
from collections import deque
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_argument_values, get_variable_values, parse
from strawberry.types.arguments import convert_arguments

from db.engine import Database
from graph.context import Context
from graph.errors import ClientError
from graph.execution.arguments import UnboundError
from graph.execution.bounds import Limits
from graph.execution.document import Documents, RequestErrors, read_variables
from graph.execution.facts import facts_of
from graph.execution.run import Runner
from graph.execution.tree import fields_in
from graph.schema import core_schema
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.generation import Generator

FACTS = facts_of(core_schema)
WIDE = Limits(tokens=10_000, objects=10_000, values=10_000, pairs=10_000, depth=30, aliases=1000)
KEY = "strawberry-definition"


class Expected:
    """What Strawberry would give the resolvers of an operation."""

    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        document = parse(text)
        definition = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        self.nodes = {each.loc.start: each for each in fields_of(document)}
        values = get_variable_values(core_schema, definition.variable_definitions or (), variables)
        assert not isinstance(values, list)
        self.values = values

    def at(self, position: int, coordinate: str) -> dict[str, Any]:
        """What the field that is written at a place is given."""
        parent, name = coordinate.split(".")
        field = core_schema.type_map[parent].fields[name]  # type: ignore[attr-defined]
        found = get_argument_values(field, self.nodes[position], self.values)
        schema = core_schema.extensions[KEY]
        registry = schema.schema_converter.scalar_registry
        return convert_arguments(found, field.extensions[KEY].arguments, registry, schema.config)


def fields_of(node: Any) -> Any:
    """Yield all fields in a part of a document."""
    inner = getattr(node, "definitions", None) or (node.selection_set and node.selection_set.selections)
    for each in inner or ():
        if each.kind == "field":
            yield each
        if each.kind != "fragment_spread":
            yield from fields_of(each)


def test_arguments_are_what_strawberry_would_give() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to see a failure again
    generator = Generator(core_schema, random.Random(seed), wildness=0, nullness=0.1)  # noqa: S311
    documents = Documents(FACTS, WIDE)
    compared = varying = 0
    while compared < 3_000:
        text, variables = generator.operation(depth=4)
        try:
            [operation] = documents.operations(text)
            values = read_variables(operation, variables)
        except (RequestErrors, ClientError):
            continue
        expected = Expected(text, variables)
        for field in fields_in(operation.root):
            if field.fact.arguments and field.fact.source:
                told = (text, variables, field.fact.coordinate)
                position = field.occurrences[0].position
                assert field.arguments.bind(values) == expected.at(position, field.fact.coordinate), told
                compared += 1
                varying += bool(field.arguments.varying)
    assert varying > compared / 20


@pytest.mark.parametrize(
    ("argument", "variables", "found"),
    [
        ("filter: {state: $n}", {}, {"state": ["TX"]}),
        ("filter: {state: $n}", {"n": "CA"}, {"state": ["CA"]}),
        ("filter: {state: $n}", {"n": None}, {"state": None}),
        ("filter: {search: $s}", {}, {}),
        ("filter: {search: $s}", {"s": None}, {"search": None}),
        (
            "filter: {or: [{search: $s}, $f]}",
            {"s": "a", "f": {"isActive": True}},
            {"or_": [{"search": "a"}, {"is_active": True}]},
        ),
        ('filter: {state: $r, not: {search: "x"}}', {"r": ["a"]}, {"state": ["a"], "not_": {"search": "x"}}),
        (
            "filter: $f",
            {"f": {"name": {"in": ["a"], "startsWith": "b"}}},
            {"name": {"in_": ["a"], "starts_with": "b"}},
        ),
    ],
)
def test_variables_stand_wherever_a_value_may(
    argument: str, variables: dict[str, Any], found: dict[str, Any]
) -> None:
    used = [
        each
        for each in ("$s: String", '$n: [String!] = ["TX"]', "$r: [String!]", "$f: CompanyFilter!")
        if each[:2] in argument
    ]
    text = f"query ({', '.join(used)}) {{ companies({argument}) {{ nodes {{ npi }} }} }}"
    [operation] = Documents(FACTS, WIDE).operations(text)
    bound = operation.root.fields["companies"].arguments.bind(read_variables(operation, variables))
    assert given(bound["filter"]) == found


def given(value: Any) -> Any:
    """What of an input object was given."""
    if isinstance(value, list):
        return [given(each) for each in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    members = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: given(each) for name, each in members.items() if repr(each) != "UNSET"}


NULLED = (
    "query ($u: DistanceUnit = MILE) { locations(first: 1, near: {latitude: 30.3, longitude: -97.7, radius: 100}) "
    "{ edges { distance(unit: $u) } } }"
)
FOR_A_MEMBER = (
    "query ($d: SortDirection = ASC) { companies(first: 1, orderBy: {field: NPI, direction: $d}) "
    "{ nodes { npi } } }"
)


@pytest.mark.parametrize(("text", "name"), [(NULLED, "u"), (FOR_A_MEMBER, "d")])
async def test_null_where_a_value_is_needed_is_told_by_graphql_core(
    directory: Database, text: str, name: str
) -> None:
    runner = Runner(core_schema, Limits(), timeout=30, sights=2)
    [operation] = Documents(FACTS, WIDE).operations(text)
    values = read_variables(operation, {name: None})
    with pytest.raises(UnboundError):
        deque(field.arguments.bind(values) for field in fields_in(operation.root))
    for _ in range(3):
        before = EXECUTIONS["graphql-core"].value
        result = await runner.run(runner.prepare(text, None, {name: None}), Context(directory))
        assert EXECUTIONS["graphql-core"].value == before + 1
        assert result.errors
        assert "non-null" in result.errors[0].message or "must not be null" in result.errors[0].message, (
            result.errors[0].message
        )
        good = await runner.run(runner.prepare(text, None, {}), Context(directory))
        assert good.errors is None
