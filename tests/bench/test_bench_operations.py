import json
from pathlib import Path

import pytest
from graphql import Visitor, build_schema, parse, validate, visit

from bench.workloads import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = sorted(path.stem for path in OPERATIONS.glob("*.graphql"))


class Fields(Visitor):
    count = 0

    def enter_field(self, *_: object) -> None:
        self.count += 1


def text_of(name: str) -> str:
    return (OPERATIONS / f"{name}.graphql").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_this_server_takes_every_operation(name: str) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert validate(schema, parse(text_of(name))) == []


@pytest.mark.parametrize("name", ["point", "page", "bulk", "walk"])
def test_the_peers_take_the_same_operations(name: str) -> None:
    schema = build_schema((ROOT / "bench/peers/schema.graphql").read_text())
    assert validate(schema, parse(text_of(name))) == []


def test_a_hundred_fields_are_a_hundred() -> None:
    fields = Fields()
    visit(parse(text_of("hundred_fields")), fields)
    assert fields.count == 100


def test_every_version_of_a_peer_is_pinned() -> None:
    packages = json.loads((ROOT / "bench/peers/node/package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "bench/peers/node/package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in packages} == packages
    requirements = (ROOT / "bench/peers/python/requirements.txt").read_text().splitlines()
    assert all(len(line.split("==")) == 2 for line in requirements)
