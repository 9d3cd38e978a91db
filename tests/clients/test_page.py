"""The pages about clients against the schema and the tests: nothing is left unrun, unpinned or out of date."""

import json
import re
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLScalarType, is_specified_scalar_type

from graph.schema import core_schema
from tests.clients.environments import NPM, REQUIREMENTS
from tests.clients.page import NAMED, PAGES, block
from tests.fences import DOCS, Fence, fences

HERE = Path(__file__).parent
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


def test_every_block_has_a_name() -> None:
    assert len(NAMED) > 20
    assert [str(each) for page in PAGES for each in fences(page) if not each.name] == []


@pytest.mark.parametrize("name", NAMED)
def test_every_block_is_run(name: str) -> None:
    tests = [path.read_text("utf-8") for path in HERE.glob("test_*.py")]
    assert any(f'"{name}"' in text for text in tests)


@pytest.mark.parametrize("name", SCALARS)
def test_every_scalar_is_told_and_has_a_type_in_each_generator(name: str) -> None:
    told = [block(each).text for each in ("codegen.ts", "relay.config.json", "pyproject.toml")]
    assert all(re.search(rf"\b{name}\b", text) for text in told)
    assert f"\n| `{name}` |" in (DOCS / "clients.md").read_text("utf-8")


@pytest.mark.parametrize("name", KEYLESS)
def test_every_type_without_an_id_is_embedded_in_urqls_cache(name: str) -> None:
    assert f" {name}: embedded," in block("urql.js").text


def test_commands_go_on_over_a_line() -> None:
    fence = Fence("a.md", 1, "console", "", "$ one \\\n    two\n$ three\nprinted\n")
    assert fence.session == [("one      two", ""), ("three", "printed\n")]


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
