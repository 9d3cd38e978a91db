"""A server of the moment that all operations are sent to: private, with a token for everything, no other work."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from graph.commands.listen import Server, config_of, listening, url_of
from graph.identity.development_tokens import development_token
from graph.identity.viewer import EVERY, ROLES
from graph.settings import Settings


@asynccontextmanager
async def serving(settings: Settings, database_url: str) -> AsyncIterator[tuple[str, str]]:
    """Serve on loopback for the life of the block; yield the address, and a token that may do everything."""
    private = private_settings(settings, database_url)
    with listening(private) as listener:
        started = asyncio.Event()
        server = Server(config_of(private), started.set)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        starting = asyncio.create_task(started.wait())
        try:
            await asyncio.wait([running, starting], return_when=asyncio.FIRST_COMPLETED)
            yield url_of(listener), development_token(private, sorted(ROLES), [EVERY])
        finally:
            starting.cancel()
            server.should_exit = True
            await running


def private_settings(settings: Settings, database_url: str) -> Settings:
    """Return settings for a server that is asked by this process alone, and sends nothing anywhere."""
    nobody_else = {"host": "127.0.0.1", "port": 0, "workers": 1, "environment": "development", "graphiql": False}
    tokens = {
        "token_secret": SecretStr(secrets.token_hex(32)),
        "token_algorithms": "HS256",
        "operations_token": None,
        "jwks_url": None,
        "jwks_file": None,
        "webhook_key": SecretStr(b64encode(secrets.token_bytes(32)).decode()),
    }
    documents = {"trusted_documents": None, "trusted_documents_mode": "off", "trusted_documents_only": False}
    servers = {"database_url": SecretStr(database_url), "redis_url": None, "amqp_url": None}
    beside = {"webhooks_in_serve": False, "jobs_in_serve": False, "changes_kept_days": 0}
    return settings.model_copy(update={**nobody_else, **tokens, **documents, **servers, **beside})
