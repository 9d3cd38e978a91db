"""Facets as clients ask for them: only what is selected is counted, and bad input is one clear error."""

from typing import Any

import pytest

from db.reads import Read
from graph.types.facets import MAX_TOP
from tests.graph.conftest import Ask


def asked(facets: str, filter_: str = "{}") -> str:
    return f"{{ companies(first: 0, filter: {filter_}) {{ facets {{ {facets} }} }} }}"


async def test_only_what_is_selected_is_counted(ask: Ask, statements: list[Read]) -> None:
    before = len(statements)
    answer = await ask(asked("state(top: 2) { value } all: state(top: 100) { value count }"))
    found = answer["data"]["companies"]["facets"]
    assert [each["value"] for each in found["state"]] == [each["value"] for each in found["all"][:2]]
    _, counted = sorted((read.text for read in statements[before:]), key=lambda text: "tsvector_to_array" in text)
    assert "'home.state='" in counted
    assert "'taxonomy='" not in counted and "'status='" not in counted  # noqa: PT018


async def test_what_is_left_out_needs_no_statement(ask: Ask, statements: list[Read]) -> None:
    before = len(statements)
    answer = await ask(asked("__typename state @skip(if: true) { value }"))
    assert answer["data"]["companies"]["facets"] == {"__typename": "CompanyFacets"}
    assert not any("tsvector_to_array" in read.text for read in statements[before:])


@pytest.mark.parametrize("values", ["value", "value taxonomy { name }"])
@pytest.mark.parametrize("top", [0, -1, MAX_TOP + 1])
async def test_a_number_out_of_bounds_is_told(ask: Ask, top: int, values: str) -> None:
    answer = await ask(asked(f"taxonomy(top: {top}) {{ {values} }}"))
    [error] = answer["errors"]
    assert error["message"] == f"top is {top}; it must be from 1 to {MAX_TOP}."
    assert error["path"] == ["companies", "facets", "taxonomy"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_each_value_counts_the_list_that_it_narrows(ask: Ask) -> None:
    answer = await ask(asked("state { value count } taxonomy { value count }", '{search: "medical"}'))
    facets: dict[str, list[dict[str, Any]]] = answer["data"]["companies"]["facets"]
    assert facets["state"]
    for field, values in (("state", facets["state"]), ("taxonomyCode", facets["taxonomy"])):
        for each in values:
            narrowed = f'{{search: "medical", {field}: ["{each["value"]}"]}}'
            found = await ask(f"{{ companies(first: 0, filter: {narrowed}) {{ totalCount {{ value }} }} }}")
            assert found["data"]["companies"]["totalCount"]["value"] == each["count"]
