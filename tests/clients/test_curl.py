"""curl, by POST and by GET."""

import json

import pytest

from tests.clients.environments import required
from tests.clients.workshop import Workshop

PAGE = {"data": {"companies": {"nodes": [{"npi": "2030586814", "name": "ABERNATHY COUNTY HEALTH DEPARTMENT"}]}}}


@pytest.mark.clients
@pytest.mark.parametrize("name", ["curl", "curl-get"])
def test_curl_asks_as_the_page_says(python_shop: Workshop, name: str) -> None:
    required("curl", "curl")
    assert json.loads(python_shop.follow(name)) == PAGE
