"""The root: look-ups by key share statements, and what isn't here says so."""

from typing import Any

import pytest

from graph.identity.viewer import ANONYMOUS
from graph.schema import core_schema

NPI = "2999999909"


async def test_look_ups_by_key_at_the_root_are_one_statement_a_field(ask: Any, statements: list[Any]) -> None:
    before = len(statements)
    aliases = " ".join(f'c{number}: company(npi: "{NPI}") {{ name }}' for number in range(29))
    answer = await ask(
        f'{{ {aliases} companiesByNpi(npis: ["{NPI}"]) {{ name }} node(id: "company:{NPI}") {{ id }} }}'
    )
    assert "errors" not in answer
    assert len(statements) - before == 3


async def test_nodes_keep_the_order_and_the_errors_of_each_id(ask: Any) -> None:
    ids = [
        f"company:{NPI}",
        "nonsense",
        "company:2999999990",
        "location:00000000-0000-4000-8000-000000000003",
        "license:00000000-0000-4000-8000-000000000101",
    ]
    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": ids})
    assert [node and node["__typename"] for node in answer["data"]["nodes"]] == [
        "Company",
        None,
        None,
        "Location",
        "License",
    ]
    found = {tuple(error["path"]): error["extensions"]["code"] for error in answer["errors"]}
    assert found == {("nodes", 1): "BAD_USER_INPUT", ("nodes", 2): "NOT_FOUND"}


async def test_an_unknown_npi_is_null_and_an_unknown_id_an_error(ask: Any) -> None:
    answer = await ask('{ a: company(npi: "2999999990") { npi } b: company(id: "company:2999999990") { npi } }')
    assert answer["data"] == {"a": None, "b": None}
    assert [error["path"] for error in answer["errors"]] == [["b"]]


async def test_a_guarded_field_leaves_the_rest_of_the_answer(ask: Any) -> None:
    query = f'{{ company(npi: "{NPI}") {{ name taxId authorizedOfficial {{ lastName }} }} }}'
    answer = await ask(query, viewer=ANONYMOUS)
    assert answer["data"]["company"] == {
        "name": "O'BRIEN'S ÜTRECHT CAFÉ, INC.",
        "taxId": None,
        "authorizedOfficial": None,
    }
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


@pytest.mark.parametrize("type_name", ["Company", "Location", "License"])
def test_what_has_an_id_is_a_node(type_name: str) -> None:
    interfaces = core_schema.type_map[type_name].interfaces  # type: ignore[attr-defined]
    assert [interface.name for interface in interfaces] == ["Node"]
