"""Servers as a newcomer and as production has them, and a folder for the programs that ask them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from graph.app import create_app
from graph.http.overload import Gauge, busy
from graph.settings import Settings
from tests.clients.environments import node_modules, python
from tests.clients.workshop import Workshop
from tests.graph.conftest import bearer, serving
from tests.graph.site.conftest import chromium, chromium_path

__all__ = ["chromium", "chromium_path"]  # fixtures

# Where the pages are that the JavaScript programs stand for.
ORIGIN = "http://localhost:3000"
SECRET = "the secret of the servers that clients are tried on"  # noqa: S105 - it is no secret

# A bucket that any query empties, and that is full again two seconds later.
EMPTY_FOR_TWO_SECONDS = {"environment": "production", "throttle_cost": 10, "throttle_restore": 5}

Serve = Callable[..., AbstractContextManager[str]]


def token(role: str) -> str:
    """Return a token with a role, without the word before it."""
    return bearer(role, token_secret=SECRET).removeprefix("Bearer ")


def trusting(manifest: Path) -> dict[str, Any]:
    """Return the settings of a server in production that runs the documents of a manifest and no others."""
    return {"environment": "production", "trusted_documents": str(manifest), "trusted_documents_mode": "only"}


@pytest.fixture(scope="session")
def serve(newcomers_url: str) -> Serve:
    """Serve the sample with settings, and return where."""

    @contextmanager
    def run(**others: Any) -> Iterator[str]:
        given: dict[str, Any] = {
            "database_url": SecretStr(newcomers_url),
            "token_secret": SecretStr(SECRET),
            "cors_origins": ORIGIN,
            # Tests start on a busy machine.
            "max_lag": 1.0,
            **others,
        }
        with serving(create_app(Settings(_env_file=None, **given))) as server:
            yield str(server.client.base_url)

    return run


@pytest.fixture(scope="session")
def development(serve: Serve) -> Iterator[str]:
    """The address of a server as `make serve` starts it."""
    with serve() as base_url:
        yield base_url


@pytest.fixture(scope="session")
def production(serve: Serve) -> Iterator[str]:
    """The address of a server in production, with everything else as it comes."""
    with serve(environment="production") as base_url:
        yield base_url


@pytest.fixture(scope="session")
def packages(pytestconfig: pytest.Config) -> Path:
    """The folder of npm's packages."""
    return node_modules(Path(pytestconfig.cache.mkdir("clients")))


@pytest.fixture
def python_shop(pytestconfig: pytest.Config, tmp_path: Path, production: str) -> Workshop:
    """A folder for programs in Python, and for commands, that ask production."""
    cache = Path(pytestconfig.cache.mkdir("clients"))
    return Workshop(tmp_path, production, partial(python, cache))


@pytest.fixture
def shop(python_shop: Workshop, packages: Path) -> Workshop:
    """The same for programs in JavaScript."""
    python_shop.link(packages)
    return python_shop


@pytest.fixture
def busy_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have servers answer the next two requests that they are too busy."""
    refusals = [busy(), busy()]
    require_room = Gauge.require_room

    def refuse_first(gauge: Gauge) -> None:
        if refusals:
            raise refusals.pop()
        require_room(gauge)

    monkeypatch.setattr(Gauge, "require_room", refuse_first)
