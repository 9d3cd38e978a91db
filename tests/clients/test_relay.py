"""Relay: its compiler on the schema, its runtime on what the compiler wrote, documents by their ids."""

import pytest

from tests.clients.conftest import token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


@pytest.fixture
def compiled(shop: Workshop) -> Workshop:
    """The page's files, and what the compiler makes of them."""
    shop.variables["TOKEN"] = token("viewer")
    shop.follow("relay-install")
    shop.take("relay.config.json", "src/companies.js", "environment.js")
    assert "Compilation completed" in shop.follow("relay")
    return shop


def test_without_a_manifest_it_sends_the_texts(compiled: Workshop) -> None:
    config = compiled.folder / "relay.config.json"
    compiled.write(
        config.name, config.read_text("utf-8").replace('"persistConfig": { "file": "./persisted.json" },', "")
    )
    compiled.run("npx", "relay-compiler")
    visit = compiled.node("relay-queries.js")
    assert len(set(visit.answer["names"])) == 4
    assert all('"query":"query companies' in each["body"] for each in visit.sent)
