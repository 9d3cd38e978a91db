"""GraphiQL's files, fetched once for this checkout, and a real browser that can reach this machine only."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError
from graph.site.graphiql.sources import source_for
from tests.graph.conftest import Server


@pytest.fixture(scope="session")
def graphiql_data(pytestconfig: pytest.Config) -> Path:
    """A data directory with GraphiQL's files in it."""
    directory = Path(pytestconfig.cache.mkdir("graphiql"))
    folder = npm.folder_in(directory)
    if not npm.is_complete(folder):
        try:
            npm.fetch(source_for(Settings().npm_registry), folder)
        except NpmError as error:
            pytest.skip(str(error))
    return directory


@pytest.fixture(scope="session")
def page_server(
    directory_url: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    graphiql_data: Path,
) -> Iterator[Server]:
    """The API with GraphiQL, its files being there."""
    with serve(create_app(settings_for(directory_url, data_dir=graphiql_data))) as running:
        yield running


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where this machine's Chromium is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium isn't installed; on Debian: apt-get install chromium")
    return path


@pytest.fixture(scope="session")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    """A headless Chromium that finds no name but this machine's."""
    async with async_playwright() as playwright:
        offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=[offline])
        yield browser
        await browser.close()
