"""An event is answered alike by all that can answer it, with what the operation asks of it and for whom."""

from typing import Any

import orjson
import pytest
from graphql import ExecutionResult

from db import changes
from db.changes import Filter
from db.engine import Database
from graph.cache.follower import Follower
from graph.cache.reading import Reading
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.listen import listen
from graph.execution.run import Runner
from graph.identity.viewer import Viewer
from graph.schema import core_schema
from tests.graph.conftest import READER

SELECTIONS = (
    "{ cursor kind npi version occurredAt locationId licenseId __typename }",
    "{ company { name phone taxId locations(first: 2) { nodes { address { city } } totalCount { value } } } }",
    "{ fields { name old new isHidden } author { subject } }",
    "{ location { id company { name } } license { id } }",
)
ADMIN = Viewer("admin", frozenset({"ADMIN"}))
LIMITS = Limits(aliases=100, cost=1_000_000, cost_anonymous=1_000_000)


def runners() -> dict[str, Runner]:
    """What answers an event in each way."""
    return {
        "interpreted": Runner(core_schema, LIMITS, timeout=30, sights=1_000),
        "compiled": Runner(core_schema, LIMITS, timeout=30, sights=1),
        "level by level": Runner(core_schema, LIMITS, timeout=30, sights=1, sizes=range(0)),
    }


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("viewer", [READER, ADMIN], ids=["partner", "admin"])
async def test_an_event_is_answered_alike_in_each_way(directory: Database, selection: str, viewer: Viewer) -> None:
    query = f"subscription {{ changes {selection} }}"
    page = await changes.page(directory, 0, 40, Filter())
    by_oracle = Runner(core_schema, LIMITS, timeout=30)
    for row in page.rows[::8]:
        found: dict[str, Any] = {}
        for name, runner in runners().items():
            result = await runner.run(
                runner.prepare(query, None, {}, viewer), Context(directory, event=row), ignore
            )
            found[name] = (orjson.loads(orjson.dumps(result.data)), [each.path for each in result.errors or ()])
        prepared = by_oracle.prepare(query, None, {}, viewer)
        context = Context(directory, viewer=viewer, event=row)
        result = await by_oracle._oracle.run(prepared.operation, {}, prepared.refused, context)
        found["graphql-core"] = (result.data, [each.path for each in result.errors or ()])
        assert len({orjson.dumps(each, default=str) for each in found.values()}) == 1, found


async def test_a_feed_begins_after_what_its_client_has_come_to(directory: Database, runner: Runner) -> None:
    prepared = runner.prepare("subscription($a: String) { changes(after: $a) { npi } }", None, {"a": "3"}, ADMIN)
    feeds = [await listen(prepared, Context(directory, log=Reading(Follower())), after) for after in (None, "5")]
    cursors = []
    for feed in feeds:
        assert not isinstance(feed, ExecutionResult)
        cursors.append(feed.cursor)
    assert cursors == ["3", "5"]


def ignore(_: object) -> None:
    """Leave an operation alone."""
