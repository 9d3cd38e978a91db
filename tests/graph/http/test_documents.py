"""Documents by their hash: registered on the way, kept in a real Valkey, or trusted from a manifest."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from db.embedded.valkey import valkey
from graph.cache.shared import SharedCache
from graph.errors import PersistedQueryNotFoundError
from graph.http import documents as documents_module
from graph.http.documents import PersistedDocuments
from graph.http.request import GraphQLRequest, from_parameters
from tests.graph.conftest import Server

TYPENAME = "{__typename}"
# Apollo's published example.
HASH = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"


def by_hash(hash_: str, query: str | None = None) -> dict[str, Any]:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    return {"extensions": extensions} if query is None else {"query": query, "extensions": extensions}


def asked(hash_: str, query: str | None = None) -> GraphQLRequest:
    return from_parameters(by_hash(hash_, query))


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        assert url is not None
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def shared(redis_url: str) -> AsyncIterator[SharedCache]:
    found = SharedCache.at(redis_url)
    yield found
    await found.aclose()


def test_the_published_hash_is_ours() -> None:
    assert hashlib.sha256(TYPENAME.encode()).hexdigest() == HASH


def test_a_document_is_asked_for_then_registered_then_found(server: Server) -> None:
    query = "query Registered { dataset { __typename } }"
    hash_ = hashlib.sha256(query.encode()).hexdigest()
    missed = server.client.post("/graphql", json=by_hash(hash_))
    assert missed.status_code == 200
    [error] = missed.json()["errors"]
    assert error["message"] == "PersistedQueryNotFound"
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert missed.headers["cache-control"] == "private, no-cache, must-revalidate"
    assert server.client.post("/graphql", json=by_hash(hash_, query)).json()["data"]
    assert server.client.post("/graphql", json=by_hash(hash_)).json() == {
        "data": {"dataset": {"__typename": "DatasetInfo"}}
    }


def test_a_hash_that_is_not_the_documents_is_refused(server: Server) -> None:
    answer = server.client.post("/graphql", json=by_hash("0" * 64, TYPENAME))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_document_that_is_not_valid_is_not_kept(server: Server) -> None:
    query = "{ nothing }"
    hash_ = hashlib.sha256(query.encode()).hexdigest()
    server.client.post("/graphql", json=by_hash(hash_, query))
    again = server.client.post("/graphql", json=by_hash(hash_)).json()
    assert again["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_processes_share_what_was_registered(redis: Redis, shared: SharedCache) -> None:
    first, second = PersistedDocuments(shared), PersistedDocuments(shared)
    await first.keep(asked(HASH, TYPENAME))
    assert await second.text_of(asked(HASH)) == TYPENAME
    assert 0 < await redis.ttl(f"ariesone:document:{HASH}") <= 86_400


async def test_what_was_put_under_a_hash_by_others_is_not_run(redis: Redis, shared: SharedCache) -> None:
    await redis.set(f"ariesone:document:{HASH}", "{ other }")
    with pytest.raises(PersistedQueryNotFoundError):
        await PersistedDocuments(shared).text_of(asked(HASH))


async def test_without_the_shared_store_this_process_still_knows() -> None:
    nowhere = SharedCache.at("redis://127.0.0.1:1")
    documents = PersistedDocuments(nowhere)
    await documents.keep(asked(HASH, TYPENAME))
    assert await documents.text_of(asked(HASH)) == TYPENAME
    await nowhere.aclose()


async def test_what_is_kept_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "MAX_KEPT", 100_000)
    documents = PersistedDocuments(None)
    texts = [f"{{ a{number}: __typename }}" + " " * 30_000 for number in range(9)]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    for hash_, text in zip(hashes, texts, strict=True):
        await documents.keep(asked(hash_, text))
    assert [await documents.text_of(asked(hash_)) for hash_ in hashes[-3:]] == texts[-3:]
    for hash_ in hashes[:-3]:
        with pytest.raises(PersistedQueryNotFoundError):
            await documents.text_of(asked(hash_))
