"""Servers that fail: a real Valkey and a real PostgreSQL, each behind a proxy that can be told how."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.proxy import Proxy, proxying


@pytest.fixture
def cache_proxy(valkey_url: str) -> Iterator[Proxy]:
    """A proxy before the Valkey."""
    with proxying(Path(unquote(urlsplit(valkey_url).path))) as proxy:
        yield proxy


@pytest.fixture
def database_proxy(directory_url: str) -> Iterator[Proxy]:
    """A proxy before the PostgreSQL with the directory."""
    folder = parse_qs(urlsplit(directory_url).query)["host"][0]
    with proxying(Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def distant_url(directory_url: str, database_proxy: Proxy) -> str:
    """The directory's URL by way of the proxy."""
    parts = urlsplit(directory_url)
    return f"postgresql://{parts.username}@127.0.0.1:{database_proxy.port}{parts.path}?sslmode=disable"
