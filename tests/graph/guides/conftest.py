"""A server as a newcomer has it after `make serve`, for one page alone."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db.engine import Database
from graph.app import create_app
from graph.parts import worker_of
from graph.settings import Settings
from tests.conftest import copied, renamed
from tests.graph.conftest import serving
from tests.graph.guides.walk import Walk

_NUMBERS = itertools.count()


@pytest.fixture
async def newcomers_copy(postgresql_url: str, newcomers_template: str) -> str:
    """The URL of a newcomer's sample of one's own."""
    name = f"newcomer_{next(_NUMBERS)}"
    await copied(postgresql_url, newcomers_template, name)
    return renamed(postgresql_url, name)


@pytest.fixture
def walk(newcomers_copy: str, settings_for: Callable[..., Settings], tmp_path: Path) -> Iterator[Walk]:
    """A folder and a server of one's own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    settings = settings_for(newcomers_copy, files_dir=tmp_path / "files", jobs_in_serve=False, max_lag=1.0)

    async def do_jobs() -> None:
        async with Database.open(newcomers_copy) as database:
            worker = worker_of(settings, database, "somebody")
            while await worker.try_next():
                pass

    with serving(create_app(settings)) as server:
        yield Walk(folder, str(server.client.base_url).rstrip("/"), lambda: asyncio.run(do_jobs()))
