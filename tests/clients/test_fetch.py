"""Nothing but `fetch`: the few lines of docs/javascript.md that try again, and keep both data and errors."""

import pytest

from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


@pytest.mark.usefixtures("busy_twice")
def test_a_busy_server_is_asked_again_and_data_comes_beside_errors(shop: Workshop) -> None:
    shop.take("ask.js")
    visit = shop.node("names.js")
    assert visit.statuses[:3] == [503, 503, 200]
    assert [node["phone"] for node in visit.answer["data"]["companies"]["nodes"]] == [None] * 2
    assert [error["extensions"]["code"] for error in visit.answer["errors"]] == ["FORBIDDEN"]
