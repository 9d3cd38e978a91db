"""All parts of a running directory, a browser, and npm's packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import packages
from tests.graph.amqp.rabbitmq import reason_to_skip
from tests.graph.site.conftest import chromium, chromium_path
from tests.graph.webhooks.addressee import Addressee
from tests.graph.webhooks.conftest import receiver
from tests.ways.parts import Parts, running_parts

__all__ = ["chromium", "chromium_path", "packages", "receiver"]


@pytest.fixture
def parts(tmp_path: Path, receiver: Addressee) -> Iterator[Parts]:
    """All that an event passes on its way."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    with running_parts(tmp_path, receiver.port) as running:
        yield running
