"""An empty directory to load into."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.db.nppes.cms import Directory


@pytest.fixture
async def directory(database_url: str, tmp_path: Path) -> AsyncIterator[Directory]:
    """A database of the test's own, with jsonb as Python values left as text."""
    connection = await asyncpg.connect(database_url)
    yield Directory(connection, tmp_path)
    await connection.close()
