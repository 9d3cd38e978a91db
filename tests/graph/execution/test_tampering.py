"""Rows that are tampered with: what stands in an answer as it is can be told from what is looked into."""

from typing import Any, cast

import orjson
import pytest

from db.engine import Database
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.identity.viewer import Viewer
from graph.schema import core_schema
from tests.graph.execution.tampering import TamperedDatabase, Tampering, untampered

TEXT = """query Hooks($shown: Boolean!) {
  webhooks { edges { ... @include(if: $shown) { cursor } } nodes { url variables } }
}"""


@pytest.mark.parametrize("sights", [1, 10**9])
async def test_an_object_of_the_scalar_json_is_itself(directory: Database, sights: int) -> None:
    runner = Runner(core_schema, Limits(), timeout=30, sights=sights)
    prepared = runner.prepare(TEXT, None, {"shown": False}, Viewer("b", frozenset({"ADMIN"})))
    tampered = cast("Database", TamperedDatabase(directory, Tampering(1)))
    found: Any = await runner.run(prepared, Context(tampered))
    assert found.errors is None
    assert orjson.loads(orjson.dumps(found.data, default=untampered)) == {
        "webhooks": {"edges": [{}], "nodes": [{"url": "https://b.example/hook", "variables": {}}]}
    }
