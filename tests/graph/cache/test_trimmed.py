"""A log that is trimmed: nobody is given any longer what it told, though no company has changed."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx2
from starlette.types import ASGIApp

from db import retention
from db.engine import Database, connection_to
from graph.app import create_app
from graph.cache.follower import BOUND
from tests.graph.cache.test_cache_cases import SECRET, settings_of, write
from tests.graph.conftest import Server, bearer

NPI = "2999999909"
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "https://new.example"}) { userErrors { code } } }'
HISTORY = '{ company(npi: "%s") { history(first: 1) { nodes { kind } } } }' % NPI  # noqa: UP031
COMPANY = '{ company(npi: "%s") { website } }' % NPI  # noqa: UP031
THEN = '{ company(npi: "%s", asOf: {cursor: "%d"}) { website } }'
DAYS = 30
OLDER = "UPDATE change_marks SET reached_at = reached_at - interval '31 days'"


async def test_what_a_trimmed_log_told_is_given_to_nobody(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]], sample_copy: str
) -> None:
    token = {"authorization": bearer("ADMIN", token_secret=SECRET)}

    def company_in(answer: httpx2.Response) -> Any:
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]["company"]

    def once_kept(server: Server, query: str) -> Any:
        for _ in range(100):
            answer = server.post(query, {}, **token)
            if answer.headers["x-cache"] == "HIT":
                return company_in(answer)
        raise AssertionError(answer.headers)

    with serve(create_app(settings_of(sample_copy, None, cache_audit=0))) as server:
        cursor = int((await asyncio.to_thread(write, server, WEBSITE % NPI)).headers["consistency-cursor"])
        await asyncio.sleep(BOUND)
        past = THEN % (NPI, cursor)
        assert once_kept(server, HISTORY)["history"]["nodes"] == [{"kind": "COMPANY_UPDATED"}]
        assert once_kept(server, COMPANY) == {"website": "https://new.example"}
        assert company_in(server.post(past, {}, **token)) == {"website": "https://new.example"}
        async with Database.open(sample_copy) as database, connection_to(sample_copy) as connection:
            await retention.remove_old(database, DAYS)
            await connection.execute(OLDER)
            await retention.remove_old(database, DAYS)
            assert (await retention.floor(database)).cursor == cursor
        await asyncio.sleep(BOUND)
        assert company_in(server.post(HISTORY, {}, **token))["history"]["nodes"] == []
        # What doesn't tell of changes is as it was.
        assert server.post(COMPANY, {}, **token).headers["x-cache"] == "HIT"
        # The moment at the log's end can still be told of, and isn't kept.
        assert server.post(past, {}, **token).headers["x-cache"] == "BYPASS"
