"""Databases that are filled once and kept for the next run."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from sqlalchemy import make_url

from db import migrations
from db.engine import connection_to

Fill = Callable[[asyncpg.Connection], Awaitable[object]]


def kept(server_url: str, name: str, content: str, fill: Fill) -> str:
    """Return the URL of a database beside the given one, filled where it isn't there yet; half of it never is."""
    if not asyncio.run(_has(server_url, name)):
        print(f"Loading {content}; the next run finds it there.", flush=True)
        fresh = _beside(server_url, f"{name}_new")
        asyncio.run(_run(server_url, f"DROP DATABASE IF EXISTS {name}_new", f"CREATE DATABASE {name}_new"))
        migrations.upgrade(fresh)
        asyncio.run(_filled(fresh, fill))
        asyncio.run(_run(server_url, f"ALTER DATABASE {name}_new RENAME TO {name}", "CHECKPOINT"))
    url = _beside(server_url, name)
    migrations.upgrade(url)
    return url


def _beside(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


async def _has(server_url: str, database: str) -> bool:
    async with connection_to(server_url) as server:
        return bool(await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database))


async def _run(url: str, *statements: str) -> None:
    async with connection_to(url) as connection:
        for statement in statements:
            await connection.execute(statement)


async def _filled(url: str, fill: Fill) -> None:
    async with connection_to(url) as connection:
        await fill(connection)
