"""Lines over TLS, on either event loop: what is told is what was asked for, and only by whom is trusted."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis

from graph.cache import server
from graph.cache.shared import SharedCache
from tests.proxy import Proxy, proxying

NAMES = [f"key {number}" for number in range(3)]
FOUND = [None, b"key 1", b"key 2"]

Found = TypeVar("Found")
Run = Callable[[Callable[[SharedCache], Awaitable[Found]], str], Found]


@pytest.fixture(autouse=True)
def redis(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Redis:
    """The Valkey itself, in which each key but the first has its own name; a busy machine has time to ask it."""
    monkeypatch.setattr(server, "DEADLINE", 5.0)
    opened = Redis.from_url(valkey_url)
    opened.flushall()
    opened.mset({name: name for name in NAMES[1:]})
    return opened


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Valkey of the tests")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    for extension, is_critical in (
        (x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False),
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ):
        made = made.add_extension(extension, is_critical)
    path = tmp_path_factory.mktemp("certificate") / "valkey.pem"
    path.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def secure(valkey_url: str, certificate: Path) -> Iterator[Proxy]:
    """A proxy before the Valkey that speaks TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with proxying(Path(unquote(urlsplit(valkey_url).path)), context) as proxy:
        yield proxy


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest, secure: Proxy) -> Run[Found]:
    """Have something done with the cache over TLS, whose URL goes on with these parameters."""

    def run(act: Callable[[SharedCache], Awaitable[Found]], parameters: str) -> Found:
        async def acted() -> Found:
            shared = SharedCache.at(f"rediss://127.0.0.1:{secure.port}{parameters}")
            try:
                return await act(shared)
            finally:
                await shared.aclose()

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(acted())

    return run


@pytest.fixture
def trusted(certificate: Path) -> str:
    """The parameters of a URL by which the Valkey is trusted."""
    return f"?ssl_ca_certs={certificate}"


def test_each_message_has_its_own_answer(run: Run[None], trusted: str, secure: Proxy) -> None:
    async def ask(shared: SharedCache) -> None:
        for _ in range(3):
            assert await shared.get(NAMES) == FOUND
        assert secure.accepted == 1
        assert await asyncio.gather(*[shared.get([name]) for name in NAMES]) == [[each] for each in FOUND]

    run(ask, trusted)


def test_what_takes_many_records_is_put_together(run: Run[None], trusted: str, redis: Redis) -> None:
    long = b"x" * 400_000
    redis.set(NAMES[0], long)

    async def ask(shared: SharedCache) -> None:
        assert await shared.get(NAMES) == [long, *FOUND[1:]]

    run(ask, trusted)


def test_an_idle_line_that_was_closed_is_no_failure(run: Run[None], trusted: str, secure: Proxy) -> None:
    async def ask(shared: SharedCache) -> None:
        assert await shared.get(NAMES) == FOUND
        await asyncio.to_thread(secure.reset_once)
        await asyncio.sleep(0.05)
        assert await shared.get(NAMES) == FOUND
        assert shared.problem is None

    run(ask, trusted)


@pytest.mark.slow
def test_what_is_told_too_late_is_no_answer_to_another(
    run: Run[None], trusted: str, secure: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(shared: SharedCache) -> None:
        assert await shared.get(NAMES[:1]) == FOUND[:1]
        await asyncio.to_thread(secure.hold_back)
        monkeypatch.setattr(server, "DEADLINE", 0.2)
        assert await shared.get(NAMES[1:2]) is None
        monkeypatch.setattr(server, "DEADLINE", 5.0)
        await asyncio.to_thread(secure.heal)
        assert await shared.get(NAMES[2:]) == FOUND[2:]

    run(ask, trusted)


def test_whom_nobody_vouches_for_isnt_asked(run: Run[None]) -> None:
    async def ask(shared: SharedCache) -> None:
        assert await shared.get(NAMES) is None
        assert shared.problem is not None

    run(ask, "")
