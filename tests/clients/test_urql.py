"""urql: as it comes, and with what docs/urql-cache.md says of caches, retries, persisted queries and tokens."""

import json

import pytest

from tests.clients.conftest import EMPTY_FOR_TWO_SECONDS, Serve, token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

HEALTH = {"npi": "2030586814", "name": "ABERNATHY COUNTY HEALTH DEPARTMENT"}


def test_its_guide_works_by_get_and_keeps_a_page_with_a_forbidden_field(shop: Workshop) -> None:
    shop.take("urql-first.js")
    visit = shop.node("urql-first-queries.js")
    assert visit.methods == ["GET", "POST"]
    many, one = (each["data"]["companies"]["nodes"] for each in visit.answer)
    assert (len(many), len(one)) == (3, 1)
    assert many[0] == one[0] == {**HEALTH, "phone": None, "__typename": "Company"}
    # Told once, however many rows there are.
    assert all(each["error"].count("[GraphQL] Company.phone is open to ") == 1 for each in visit.answer)
    # A page elsewhere needs no leave for the first.
    assert visit.sent[0]["asked"] == []


def test_lists_grow_and_a_company_of_a_list_is_known(shop: Workshop) -> None:
    shop.variables["TOKEN"] = token("viewer")
    shop.follow("urql")
    shop.take("urql.js")
    visit = shop.node("urql-queries.js")
    assert len(visit.answer["names"]) == len(set(visit.answer["names"])) == 4
    assert visit.answer["known"] == visit.answer["names"][0] == HEALTH["name"]
    assert visit.answer["phone"].startswith("+1")
    # Each new query goes as its hash alone, then with its text; the next page is asked for by the hash.
    assert [("query=" in each["url"]) for each in visit.sent] == [False, True, False, False, True]
    assert set(visit.methods) == {"GET"}


def test_the_cache_has_a_key_or_none_for_every_type(shop: Workshop) -> None:
    shop.variables["TOKEN"] = token("viewer")
    shop.take("urql.js", "browser.js", "bundler.js", "urql-all-types.js")
    printed = shop.run("bash", "-c", "node --import ./browser.js urql-all-types.js 2>&1")
    answer = json.loads(printed)  # and no warning beside it
    assert "error" not in answer
    assert answer["data"]["viewer"]["roles"] == ["VIEWER"]


@pytest.mark.usefixtures("busy_twice")
def test_a_busy_server_is_asked_again(shop: Workshop) -> None:
    shop.take("urql.js")
    visit = shop.node("urql-two.js")
    assert visit.answer == ["answered", "answered"]
    assert visit.statuses[:3] == [503, 503, 200]


def test_a_throttled_client_comes_again(shop: Workshop, serve: Serve) -> None:
    with serve(**EMPTY_FOR_TWO_SECONDS) as shop.base_url:
        shop.take("urql.js")
        visit = shop.node("urql-two.js")
    assert visit.answer == ["answered", "answered"]
    assert 429 in visit.statuses


def test_joined_pages_are_kept_only_without_a_forbidden_field(shop: Workshop) -> None:
    shop.take("urql.js")
    visit = shop.node("urql-partial.js")
    assert visit.answer == {"asked": [2, None], "left": [2, 4]}
