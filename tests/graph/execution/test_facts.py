"""What the schema says of its fields; and what of Strawberry's and graphql-core's inside that is known from."""

import inspect

import graphql
import pytest
import strawberry
from graphql import GraphQLObjectType, Undefined, validation
from graphql.execution import Executor
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.validation.rules import variables_in_allowed_position
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graph.directives.cost import LEAF
from graph.execution.facts import FieldFact, core_of, facts_of, print_schema
from graph.execution.sources import Call, Column, Inline, Read, TypeName
from graph.schema import core_schema, schema

FACTS = facts_of(core_schema)


def fact(coordinate: str) -> FieldFact:
    parent, name = coordinate.split(".")
    found = FACTS.field(core_schema.type_map[parent], name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("coordinate", "source"),
    [
        ("Company.name", Column),
        ("Company.isActive", Column),
        ("Company.id", Inline),
        ("Company.names", Call),
        ("Company.locations", Read),
        ("Query.companies", Read),
        ("Company.__typename", TypeName),
    ],
)
def test_a_field_says_where_its_value_comes_from(coordinate: str, source: type) -> None:
    assert isinstance(fact(coordinate).source, source)


@pytest.mark.parametrize("coordinate", ["Node.id", "Query.__schema", "__Type.name"])
def test_what_only_graphql_core_can_tell_has_no_source(coordinate: str) -> None:
    assert fact(coordinate).source is None


def test_a_column_is_named_as_the_database_has_it() -> None:
    assert fact("Company.isActive").source == Column("is_active")


def test_every_field_of_the_schema_declares_a_source() -> None:
    types = [each for each in core_schema.type_map.values() if isinstance(each, GraphQLObjectType)]
    places = [f"{each.name}.{name}" for each in types if not each.name.startswith("__") for name in each.fields]
    assert [place for place in places if fact(place).source is None] == []


def test_a_field_knows_what_guards_it_what_it_weighs_and_whose_it_is() -> None:
    assert [guard.place for guard in fact("Company.taxId").guards] == ["Company.taxId"]
    assert fact("Company.name").weight == LEAF
    assert fact("Query.companies").size.slicing_arguments == ["first", "last"]
    assert fact("Query.viewer").is_private
    assert not fact("Query.company").is_private
    assert [each.name for each in fact("Query.node").possible] == ["Company", "Location", "License"]


def test_what_a_client_makes_up_is_not_kept() -> None:
    before = len(FACTS._fields)
    for number in range(10):
        assert FACTS.field(core_schema.type_map["Query"], f"nonsense{number}") is None
    assert len(FACTS._fields) <= before


# What of other people's inside this project stands on, by the name under which it would be missed.


def test_strawberry_leaves_its_definitions_on_a_schema() -> None:
    key = GraphQLCoreConverter.DEFINITION_BACKREF
    company = core_schema.type_map["Company"]
    assert company.extensions[key].origin.__name__ == "Company"
    field = company.fields["isActive"].extensions[key]  # type: ignore[attr-defined]
    assert (field.python_name, field.base_resolver) == ("is_active", None)
    names = core_schema.type_map["Query"].fields["companies"].extensions[key]  # type: ignore[attr-defined]
    assert names.base_resolver.wrapped_func.source is fact("Query.companies").source
    order = core_schema.extensions[key].config.name_converter.from_argument(names.arguments[-1])
    assert (names.arguments[-1].python_name, order) == ("order_by", "orderBy")
    declared = core_schema.type_map["NameMatch"].extensions[key]
    assert declared.from_input is None
    assert [each.python_name for each in declared.fields] == ["eq", "in_", "starts_with", "contains"]


def test_strawberry_keeps_graphql_core_s_schema_under_its_own() -> None:
    assert core_of(schema) is core_schema
    assert isinstance(schema, strawberry.Schema)
    assert print_schema(core_schema) == schema.as_str()


def test_graphql_core_says_whether_a_variable_may_stand_somewhere() -> None:
    allowed = variables_in_allowed_position.allowed_variable_usage
    parameters = ["schema", "var_type", "var_default_value", "location_type", "location_default_value"]
    assert list(inspect.signature(allowed).parameters) == parameters
    assert allowed(core_schema, graphql.GraphQLInt, None, graphql.GraphQLInt, Undefined)
    assert not allowed(
        core_schema, graphql.GraphQLInt, None, graphql.GraphQLNonNull(graphql.GraphQLInt), Undefined
    )
    assert validation.VariablesInAllowedPositionRule is not None


def test_graphql_core_builds_what_a_resolver_is_told_in_one_place() -> None:
    assert issubclass(ExecutorThrowingOnIncremental, Executor)
    parameters = list(inspect.signature(Executor.build_resolve_info).parameters)
    assert parameters == ["self", "field_def", "field_nodes", "parent_type", "path"]
    assert "executor_class" in inspect.signature(graphql.execute).parameters


def test_leaves_and_defaults_are_coerced_by_graphql_core() -> None:
    direction = core_schema.type_map["SortDirection"]
    assert direction.coerce_input_value("ASC").value == "ASC"  # type: ignore[attr-defined]
    assert fact("LocationEdge.distance").arguments["unit"].default.name == "MILE"  # type: ignore[attr-defined]
    assert fact("Query.companies").arguments["first"].default is None
