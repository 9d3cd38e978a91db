"""Servers that fail: a real Valkey and a real PostgreSQL, each behind a proxy that can be told how."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from db.embedded.valkey import valkey
from tests.proxy import Proxy, proxying


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of these tests."""
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        assert url is not None
        yield url


@pytest.fixture
def cache_proxy(valkey_url: str) -> Iterator[Proxy]:
    """A proxy before the Valkey."""
    with proxying(Path(unquote(urlsplit(valkey_url).path))) as proxy:
        yield proxy
