"""gql: introspection, a query built from the schema, a page with a forbidden field, retries, batches."""

import json

import pytest
from prometheus_client import REGISTRY

from tests.clients.conftest import EMPTY_FOR_TWO_SECONDS, Serve, token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

CLOSED = [
    "beside the data: FORBIDDEN",
    "{'name': 'ABERNATHY COUNTY HEALTH DEPARTMENT', 'phone': None}",
    "beside the data: FORBIDDEN",
    "{'name': 'ABERNATHY DURABLE MEDICAL INC', 'phone': None}",
]


def refusals() -> float:
    """How many requests the servers of this process have answered with 429."""
    labels = {"method": "POST", "endpoint": "/graphql", "status": "429", "outcome": "refused"}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0


def test_it_reads_the_schema_and_builds_a_query_from_it(python_shop: Workshop) -> None:
    python_shop.variables["TOKEN"] = token("viewer")
    python_shop.use("gql")
    assert "\ntype Company implements Node {" in python_shop.follow("gql")
    first, second, built = python_shop.python("gql", "companies_gql.py").splitlines()
    assert first == built
    assert first.startswith(f"{CLOSED[1].removesuffix('None}')}'+1")
    assert second.startswith(f"{CLOSED[3].removesuffix('None}')}'+1")


def test_it_keeps_pages_with_a_forbidden_field(python_shop: Workshop) -> None:
    assert python_shop.python("gql", "companies_gql.py").splitlines() == CLOSED


@pytest.mark.usefixtures("busy_twice")
def test_it_asks_a_busy_server_again(python_shop: Workshop) -> None:
    assert python_shop.python("gql", "companies_gql.py").splitlines() == CLOSED


def test_throttled_it_comes_again_when_it_is_told_to(python_shop: Workshop, serve: Serve) -> None:
    with serve(**EMPTY_FOR_TWO_SECONDS) as python_shop.base_url:
        before = refusals()
        assert python_shop.python("gql", "companies_gql.py").splitlines() == CLOSED
    assert refusals() == before + 1


def test_its_batches_are_answered_where_they_are_taken(python_shop: Workshop, serve: Serve) -> None:
    with serve(environment="production", max_batch=10) as python_shop.base_url:
        printed = python_shop.python("gql", "gql_batch.py")
    assert json.loads(printed) == [[{"dataset": {"companies": {"value": 2000}}}, {"viewer": {"roles": []}}]] * 2
