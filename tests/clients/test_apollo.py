"""Apollo Client, 4 and 3: its links as they come, and with what docs/apollo.md says."""

import pytest

from tests.clients.conftest import EMPTY_FOR_TWO_SECONDS, Serve, token, trusting
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

NAME = "ABERNATHY COUNTY HEALTH DEPARTMENT"


def test_its_guide_works_and_drops_a_page_with_a_forbidden_field_unless_told_otherwise(shop: Workshop) -> None:
    shop.take("apollo-first.js")
    visit = shop.node("apollo-first-queries.js")
    assert visit.answer["open"]["companies"]["nodes"][0]["name"] == NAME
    assert visit.answer["none"]["thrown"] == "CombinedGraphQLErrors"
    assert visit.answer["none"]["error"].startswith("Company.phone is open to ")
    rows = visit.answer["all"]["data"]["companies"]["nodes"]
    assert rows[0]["name"] == NAME
    assert [row["phone"] for row in rows] == [None] * 3
    assert visit.answer["all"]["error"] == visit.answer["none"]["error"]
    assert visit.answer["all"]["error"].count("Company.phone") == 1
    assert visit.methods == ["POST", "POST", "POST"]


def test_lists_grow_companies_are_known_and_a_forbidden_field_costs_no_page(shop: Workshop) -> None:
    shop.variables["TOKEN"] = token("viewer")
    shop.follow("apollo")
    shop.take("apollo.js")
    visit = shop.node("apollo-queries.js")
    assert len(visit.answer["names"]) == len(set(visit.answer["names"])) == 4
    assert visit.answer["known"] == visit.answer["names"][0] == NAME
    assert visit.answer["refused"] is None
    assert visit.answer["message"].startswith("Company.phone is open to ")
    assert visit.answer["phone"].startswith("+1")
    # The list goes as its hash, with its text, and as its hash for the next page; the same for the telephone.
    assert [('"query":' in each["body"]) for each in visit.sent] == [False, True, False, False, True, False]


def test_queries_and_hashes_go_by_get_and_name_the_program(shop: Workshop) -> None:
    visit = shop.node("apollo-get.js")
    assert [answer["companies"]["nodes"][0]["npi"] for answer in visit.answer] == ["2030586814"] * 2
    # A hash that isn't known yet is registered by POST.
    assert visit.methods == ["GET", "GET", "POST"]
    assert all({"apollographql-client-name", "content-type"} <= set(each["asked"]) for each in visit.sent)


def test_a_batch_is_answered_where_batches_are_taken(shop: Workshop, serve: Serve) -> None:
    with serve(environment="production", max_batch=10) as shop.base_url:
        shop.take("apollo-batches.js")
        visit = shop.node("apollo-batch-queries.js")
    first, second = visit.answer
    assert first["data"]["dataset"]["companies"]["value"] == 2000
    assert second["data"]["viewer"]["roles"] == []
    assert visit.methods == ["POST"]


def test_a_batch_is_told_what_to_set_where_none_are_taken(shop: Workshop) -> None:
    shop.take("apollo-batches.js")
    visit = shop.node("apollo-batch-queries.js")
    assert [answer.get("data") for answer in visit.answer] == [None, None]
    assert all("MAX_BATCH" in answer["error"] for answer in visit.answer)


def test_its_manifest_is_trusted_and_nothing_else(shop: Workshop, serve: Serve) -> None:
    shop.take("src/queries.js", "apollo-trusted-queries.js")
    shop.follow("apollo-trusted")
    manifest = shop.folder / "persisted-query-manifest.json"
    with serve(**trusting(manifest)) as shop.base_url:
        shop.take("apollo-trusted.js")
        visit = shop.node("apollo-trusted-queries.js")
    trusted, other = visit.answer
    assert trusted["data"]["companies"]["nodes"][0]["name"] == NAME
    assert other["error"]
    assert '"query"' not in visit.sent[0]["body"]


def test_version_3_works_with_each_of_its_links(shop: Workshop, serve: Serve) -> None:
    with serve(environment="production", max_batch=10) as shop.base_url:
        visit = shop.node("apollo-3.js")
    assert list(visit.answer) == ["plain", "get", "persisted", "batch", "retry"]
    assert all(answer == {"phone": None, "name": NAME, "errors": 1} for answer in visit.answer.values())


@pytest.mark.usefixtures("busy_twice")
def test_a_busy_server_is_asked_again(shop: Workshop) -> None:
    shop.take("apollo.js")
    visit = shop.node("apollo-two.js")
    assert visit.answer == ["answered", "answered"]
    assert visit.statuses[:3] == [503, 503, 200]


@pytest.mark.usefixtures("busy_twice")
@pytest.mark.parametrize("version", ["4", "3"])
def test_its_own_retries_see_a_busy_server(shop: Workshop, version: str) -> None:
    shop.variables["VERSION"] = version
    visit = shop.node("apollo-stock-retry.js")
    assert visit.answer == 2000
    assert visit.statuses == [503, 503, 200]


def test_a_throttled_client_comes_again_when_it_is_told_to(shop: Workshop, serve: Serve) -> None:
    with serve(**EMPTY_FOR_TWO_SECONDS) as shop.base_url:
        shop.take("apollo.js")
        visit = shop.node("apollo-two.js")
    assert visit.answer == ["answered", "answered"]
    assert visit.statuses.count(429) == 1
