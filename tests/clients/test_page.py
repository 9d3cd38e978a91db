"""docs/clients.md against the schema and the tests: nothing in it is left unrun, unpinned or out of date."""

import json
import re
from pathlib import Path

import httpx2
import pytest
from graphql import GraphQLObjectType, GraphQLScalarType, is_specified_scalar_type

from graph.schema import core_schema
from tests.clients.conftest import token
from tests.clients.environments import NPM, REQUIREMENTS
from tests.clients.page import PAGE, Block, block, blocks

HERE = Path(__file__).parent
NAMED = {each.name: each for each in blocks() if each.name}
SCALARS = [
    name
    for name, each in core_schema.type_map.items()
    if isinstance(each, GraphQLScalarType) and not is_specified_scalar_type(each)
]
# What urql's cache knows by itself has no place of its own in the list of keys.
KEYLESS = [
    name
    for name, each in core_schema.type_map.items()
    if isinstance(each, GraphQLObjectType)
    and "id" not in each.fields
    and not name.startswith("__")
    and not name.endswith(("Connection", "Edge", "PageInfo"))
    and name not in {"Query", "Mutation", "Subscription"}
]


def test_every_block_has_a_name_of_its_own() -> None:
    assert len(NAMED) == len(blocks()) > 20


@pytest.mark.parametrize("name", NAMED)
def test_every_block_is_run(name: str) -> None:
    tests = [path.read_text("utf-8") for path in HERE.glob("test_*.py")]
    assert any(f'"{name}"' in text for text in tests)


@pytest.mark.parametrize("name", SCALARS)
def test_every_scalar_is_told_and_has_a_type_in_each_generator(name: str) -> None:
    told = [block(each).text for each in ("codegen.ts", "relay.config.json", "pyproject.toml")]
    assert all(re.search(rf"\b{name}\b", text) for text in told)
    assert f"\n| `{name}` |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", KEYLESS)
def test_every_type_without_an_id_is_embedded_in_urqls_cache(name: str) -> None:
    assert f" {name}: embedded," in block("urql.js").text


def test_the_page_for_everyone_has_no_errors(production: str) -> None:
    query = block("page.graphql").text
    body = {"query": query, "variables": {"mayCall": False}}
    assert httpx2.post(f"{production}/graphql", json=body).json() == {
        "data": {
            "viewer": {"opened": []},
            "companies": {
                "nodes": [
                    {"npi": "2030586814", "name": "ABERNATHY COUNTY HEALTH DEPARTMENT"},
                    {"npi": "2487156574", "name": "ABERNATHY DURABLE MEDICAL INC"},
                ]
            },
        }
    }
    headers = {"authorization": f"Bearer {token('viewer')}"}
    opened = httpx2.post(
        f"{production}/graphql", json={**body, "variables": {"mayCall": True}}, headers=headers
    ).json()
    assert "errors" not in opened
    assert "Company.phone" in opened["data"]["viewer"]["opened"]
    assert all(node["phone"] for node in opened["data"]["companies"]["nodes"])


def test_a_dry_run_tells_what_it_would_cost_and_gives_nothing_else(production: str) -> None:
    body = {"query": block("cost.graphql").text}
    told = httpx2.post(f"{production}/graphql", json=body).json()["data"]
    assert told.keys() == {"rateLimit"}
    assert told["rateLimit"]["cost"] > 200
    without = httpx2.post(f"{production}/graphql", json=body, headers={"cost-dry-run": "true"}).json()
    assert without["extensions"]["cost"]["requestedQueryCost"] == told["rateLimit"]["cost"]


def test_facets_are_those_of_the_list(production: str) -> None:
    answer = httpx2.post(f"{production}/graphql", json={"query": block("facets.graphql").text}).json()
    facets = answer["data"]["companies"]["facets"]
    assert [len(facets[kind]) for kind in ("state", "taxonomy", "status")] == [3, 3, 2]
    assert {each["precision"] for each in facets["state"]} == {"EXACT"}


def test_a_search_box_is_told_names_that_begin_so_first(production: str) -> None:
    answer = httpx2.post(f"{production}/graphql", json={"query": block("suggest.graphql").text}).json()
    names = [each["name"].lower() for each in answer["data"]["suggest"]]
    begin = [name.startswith("medic") for name in names]
    assert len(names) == 5
    assert begin == sorted(begin, reverse=True)


def test_results_are_found_though_both_words_were_mistyped(production: str) -> None:
    answer = httpx2.post(f"{production}/graphql", json={"query": block("results.graphql").text}).json()
    names = [edge["node"]["name"] for edge in answer["data"]["companies"]["edges"]]
    assert len(names) == 5
    assert all("MEDICAL SUPPLY" in name for name in names)


def test_commands_go_on_over_a_line() -> None:
    assert Block("console", "", "$ one \\\n    two\n$ three\nprinted\n").commands == ["one      two", "three"]


def test_the_packages_of_npm_are_pinned_and_have_their_hashes() -> None:
    wanted = json.loads((NPM / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((NPM / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages.pop("")["dependencies"] == wanted
    assert all(re.fullmatch(r"(npm:@apollo/client@)?\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(each["integrity"].startswith("sha512-") and "resolved" not in each for each in packages.values())


@pytest.mark.parametrize("asked", sorted(REQUIREMENTS.glob("*.in")), ids=lambda path: path.stem)
def test_each_python_client_is_pinned_with_its_hashes(asked: Path) -> None:
    lock = asked.with_suffix(".lock").read_text("utf-8")
    pins = [line for line in lock.splitlines() if re.match(r"[a-z]", line)]
    names = re.findall(r"^[a-z][\w-]*", asked.read_text("utf-8"), re.MULTILINE)
    assert names
    assert all(any(pin.startswith(f"{name}==") for pin in pins) for name in names)
    assert all(re.search(rf"^{re.escape(pin)}\n    --hash=sha256:", lock, re.MULTILINE) for pin in pins)
