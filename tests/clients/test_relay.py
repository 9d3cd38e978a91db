"""Relay: its compiler on the schema, its runtime on what the compiler wrote, documents by their ids."""

import pytest

from tests.clients.conftest import Serve, token, trusting
from tests.clients.workshop import Visit, Workshop

pytestmark = pytest.mark.clients


@pytest.fixture
def compiled(shop: Workshop) -> Workshop:
    """The page's files, and what the compiler makes of them."""
    shop.variables["TOKEN"] = token("viewer")
    shop.follow("relay-install")
    shop.take("relay.config.json", "src/companies.js", "src/call.js", "environment.js")
    assert "Compilation completed" in shop.follow("relay")
    return shop


def require_lists_and_roles(visit: Visit) -> None:
    assert len(visit.answer["names"]) == len(set(visit.answer["names"])) == 4
    assert visit.answer["hasNext"] is True
    # Each page told of its first item.
    assert [phone["ok"] for phone in visit.answer["phones"]] == [False, True, False, True]
    assert visit.answer["phones"][0]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert visit.answer["refused"] is None
    assert visit.answer["called"].startswith("+1")


def test_lists_grow_by_ids_that_the_server_trusts(compiled: Workshop, serve: Serve) -> None:
    manifest = compiled.folder / "persisted.json"
    with serve(**trusting(manifest)) as url:
        compiled.base_url = url
        compiled.take("environment.js")
        visit = compiled.node("relay-queries.js")
    require_lists_and_roles(visit)
    assert all('"doc_id":' in each["body"] and "query " not in each["body"] for each in visit.sent)


def test_without_a_manifest_it_sends_the_texts(compiled: Workshop) -> None:
    config = compiled.folder / "relay.config.json"
    persisted = '"persistConfig": { "file": "./persisted.json" },'
    compiled.write(config.name, config.read_text("utf-8").replace(persisted, ""))
    compiled.run("npx", "relay-compiler")
    visit = compiled.node("relay-queries.js")
    require_lists_and_roles(visit)
    assert all('"query":"query c' in each["body"] for each in visit.sent)
