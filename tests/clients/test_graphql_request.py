"""graphql-request: by POST and by GET, with and without its error policy, and its batches."""

import pytest

from tests.clients.conftest import Serve, token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

PAGE = {"companies": {"nodes": [{"npi": "2030586814", "name": "ABERNATHY COUNTY HEALTH DEPARTMENT"}]}}


def test_it_asks_by_post_and_by_get_and_keeps_a_page_if_told_to(shop: Workshop) -> None:
    shop.variables["TOKEN"] = token("viewer")
    shop.follow("graphql-request")
    shop.take("graphql-request.js")
    visit = shop.node("graphql-request-queries.js")
    assert visit.answer["posted"] == visit.answer["got"] == PAGE
    dropped, refused, opened = visit.answer["phones"]
    assert (dropped, refused, opened[:2]) == (None, None, "+1")
    assert visit.answer["errors"] == 1
    assert visit.methods == ["POST", "GET", "POST", "POST", "POST"]
    assert visit.sent[1]["asked"] == []


def test_its_batches_are_answered_where_they_are_taken(shop: Workshop, serve: Serve) -> None:
    with serve(environment="production", max_batch=10) as shop.base_url:
        visit = shop.node("graphql-request-batch.js")
    assert visit.answer == [{"dataset": {"companies": {"value": 2000}}}, {"viewer": {"roles": []}}]
