import json
import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    get_variable_values,
    parse,
    validate,
    visit,
)
from graphql.execution.values import VariableValues

from bench.servers import Server
from bench.workloads import FURTHER, OPERATIONS, WORKLOADS, Keys, Workload

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = sorted(path.stem for path in OPERATIONS.glob("*.graphql"))
OF_PEERS = sorted({*(each.operation for each in WORKLOADS), "walk"})
KEYS = Keys([f"2{number:09}" for number in range(1000)], ["a", "b"], "c")
SCHEMAS = ("schema.graphql", "bench/peers/schema.graphql")


class Fields(Visitor):
    count = 0

    def enter_field(self, *_: object) -> None:
        self.count += 1


def text_of(name: str) -> str:
    return (OPERATIONS / f"{name}.graphql").read_text()


def schema_of(path: str) -> GraphQLSchema:
    return build_schema((ROOT / path).read_text())


@pytest.mark.parametrize("name", NAMES)
def test_this_server_takes_every_operation(name: str) -> None:
    assert validate(schema_of("schema.graphql"), parse(text_of(name))) == []


@pytest.mark.parametrize("name", OF_PEERS)
def test_the_peers_take_the_same_operations(name: str) -> None:
    assert validate(schema_of("bench/peers/schema.graphql"), parse(text_of(name))) == []


@pytest.mark.parametrize("workload", [*WORKLOADS, *FURTHER], ids=lambda workload: workload.name)
@pytest.mark.parametrize("path", SCHEMAS)
def test_every_request_carries_the_variables_of_its_operation(workload: Workload, path: str) -> None:
    operation = parse(text_of(workload.operation)).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    schema, asked = schema_of(path), workload.variables(KEYS)
    assert asked
    for variables in asked:
        assert variables.keys() == {node.variable.name.value for node in definitions}
        assert isinstance(get_variable_values(schema, definitions, variables), VariableValues)


@pytest.mark.parametrize("name", OF_PEERS)
def test_a_document_holds_no_value(name: str) -> None:
    for text in (text_of(name), *(path.read_text() for path in OPERATIONS.glob(f"postgraphile/{name}.graphql"))):
        assert not re.findall(r'\b\d+|"|true|false|null', text)


@pytest.mark.parametrize("name", ["point", "page"])
def test_the_documents_with_numbers_differ_in_those_alone(name: str) -> None:
    fields, same = Fields(), Fields()
    visit(parse(text_of(name)), fields)
    visit(parse(text_of(f"{name}_with_numbers")), same)
    assert fields.count == same.count
    assert re.findall(r"\b\d+", text_of(f"{name}_with_numbers"))


@pytest.mark.parametrize("name", OF_PEERS)
def test_a_request_is_named_as_its_operation(name: str) -> None:
    body = json.loads(Server("x", [], Path()).body(name, {"a": 1}))
    assert re.search(rf"^query {body['operationName']}\(", body["query"])
    assert body["variables"] == {"a": 1}


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
