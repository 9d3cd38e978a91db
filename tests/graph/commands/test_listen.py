"""The HTTP server's own life: a signal ends it whenever it comes."""

import asyncio
import signal

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from graph.commands import listen


async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing."""


async def test_a_signal_that_came_while_the_server_was_set_up_ends_it() -> None:
    server = listen.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    try:
        with pytest.raises(SystemExit):
            listen.end(signal.SIGTERM, None)
        await asyncio.wait_for(server.serve(), 5)
    finally:
        listen._asked.clear()
    assert server.should_exit
