"""Every part of the schema has an example, and it is one."""

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    Undefined,
    coerce_input_value,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
)

from db import npi
from graph.examples.values import NONE, Element, Examples, examples_of
from graph.execution.facts import elements_of, examples_in
from graph.schema import core_schema
from graph.types.examples import A_NEW_NPI, AN_NPI

EXAMPLES = examples_of(core_schema)
ELEMENTS = {place: each for place, each in elements_of(core_schema) if isinstance(each, Element)}
LEAVES = {place: each for place, each in ELEMENTS.items() if is_leaf_type(get_named_type(each.type))}


def test_every_leaf_has_an_example() -> None:
    assert len(LEAVES) > 400
    assert [place for place, each in LEAVES.items() if EXAMPLES.of(place, each) is NONE] == []


def test_what_is_sent_can_be_sent() -> None:
    for place, each in LEAVES.items():
        if isinstance(each, GraphQLArgument | GraphQLInputField):
            assert coerce_input_value(EXAMPLES.of(place, each), each.type) is not Undefined, place


def test_what_is_answered_can_be_answered() -> None:
    texts = {"String", "ID", "NPI", "Date", "DateTime", "PhoneNumber", "TaxId"}
    kinds = {**dict.fromkeys(texts, str), "Int": int, "Float": int | float, "Boolean": bool}
    for place, each in LEAVES.items():
        if not isinstance(each, GraphQLField):
            continue
        value, named = EXAMPLES.of(place, each), get_named_type(each.type)
        assert isinstance(value, list) == is_list_type(get_nullable_type(each.type)), place
        item = value[0] if isinstance(value, list) else value
        if is_enum_type(named):
            assert item in named.values, place
        elif named.name != "JSON":
            assert isinstance(item, kinds[named.name]), place


def test_a_field_without_an_example_has_its_scalars_or_that_of_others_of_its_name() -> None:
    declared = examples_in(core_schema)
    assert not {"Company.npi", "License.state", "AddressInput.city"} & declared.keys()
    for place, value in {
        "Company.npi": AN_NPI.value,
        "License.state": "TX",
        "AddressInput.city": "Houston",
    }.items():
        assert EXAMPLES.of(place, ELEMENTS[place]) == value
    # Those of a page's items and those of changes are called the same, and say what they are.
    assert EXAMPLES.of("LicenseEdge.cursor", ELEMENTS["LicenseEdge.cursor"]) != "4711"
    assert EXAMPLES.of("WatchedChangeEdge.cursor", ELEMENTS["WatchedChangeEdge.cursor"]) == "4711"
    assert (
        EXAMPLES.of("RotateWebhookSecretInput.oldSecretHours", ELEMENTS["RotateWebhookSecretInput.oldSecretHours"])
        == 24
    )
    assert EXAMPLES.of("Company.locations", ELEMENTS["Company.locations"]) is NONE


def test_where_others_of_a_name_differ_there_is_no_example() -> None:
    """Company.name and Taxonomy.name: neither stands for a third one."""
    third = GraphQLField(core_schema.type_map["String"], description="Another.")  # type: ignore[arg-type]
    assert EXAMPLES.of("Third.name", third) is NONE
    assert Examples(core_schema).of("Third.website", third) == "https://example.com"


def test_the_numbers_are_well_formed() -> None:
    assert {npi.verdict(each.value) for each in (AN_NPI, A_NEW_NPI)} == {"VALID"}


def test_one_that_is_none_would_be_noticed() -> None:
    argument = core_schema.type_map["Query"].fields["company"].args["npi"]  # type: ignore[attr-defined]
    assert coerce_input_value("1234567890", argument.type) is Undefined
