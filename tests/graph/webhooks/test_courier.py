"""A message is carried to the address that was looked at and nowhere else, and whatever comes of it is told."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from graph.events.webhooks import courier as courier_module
from graph.events.webhooks.courier import READ, Attempt, Courier, retry_after_in
from graph.events.webhooks.message import Message
from graph.events.webhooks.names import LOOKUPS, Names, look_up
from graph.events.webhooks.network import Look, PinnedNetwork, PrivateAddressError
from tests.graph.webhooks.addressee import Addressee, addressee

MESSAGE = Message("7-abc", "company.updated", b'{"type":"company.updated"}')
SECRET = bytes(32)
NAME = "hooks.partner.example"


def leading_to(*addresses: str) -> Look:
    async def look(_: str, __: int) -> Sequence[str]:
        return addresses

    return look


@asynccontextmanager
async def carrying(look: Look | None = None, **options: Any) -> AsyncIterator[Courier]:
    found = Courier(look or leading_to("127.0.0.1"), **{"is_open": True, **options})
    try:
        yield found
    finally:
        await found.close()


async def test_a_message_is_posted_with_its_signature_and_connections_are_used_again() -> None:
    async with addressee() as found, carrying() as courier:
        for _ in range(3):
            attempt = await courier.deliver_once(found.url + "?tenant=7", [SECRET], MESSAGE)
            assert (attempt.status, attempt.problem, attempt.is_taken) == (204, None, True)
        assert found.connections == 1
        post = found.posts[0]
        assert (post.path, post.body) == ("/hook?tenant=7", MESSAGE.body)
        assert post.headers["host"] == f"127.0.0.1:{found.port}"
        assert post.headers["content-type"] == "application/json"
        assert post.headers["webhook-id"] == "7-abc"
        assert post.headers["webhook-signature"].startswith("v1,")


async def test_what_is_no_longer_kept_is_closed_however_late_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "KEPT_SECONDS", 0.5)
    async with addressee() as found, carrying() as courier:
        found.delay = 0.1
        await asyncio.gather(*(courier.deliver_once(found.url, [SECRET], MESSAGE) for _ in range(8)))
        await asyncio.sleep(0.6)
        # The next message finds them too old, and has no time at all.
        monkeypatch.setattr(courier_module, "DEADLINE", 0)
        assert not (await courier.deliver_once(found.url, [SECRET], MESSAGE)).is_taken
        async with asyncio.timeout(20):
            while found.ended < 8:  # noqa: ASYNC110 - the addressee tells nobody
                await asyncio.sleep(0.01)
        assert found.connections == 8


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_is_one(status: int) -> None:
    async with addressee() as found, carrying() as courier:
        found.answer = lambda _: (status, {})
        assert (await courier.deliver_once(found.url, [SECRET], MESSAGE)).is_taken


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 502, 503])
async def test_anything_else_is_none(status: int) -> None:
    async with addressee() as found, carrying() as courier:
        found.answer = lambda _: (status, {})
        attempt = await courier.deliver_once(found.url, [SECRET], MESSAGE)
        assert (attempt.status, attempt.problem) == (status, f"It answers {status}.")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_failures_and_not_followed(status: int) -> None:
    async with addressee() as target, addressee() as found, carrying() as courier:
        found.answer = lambda _: (status, {"location": target.url})
        attempt = await courier.deliver_once(found.url, [SECRET], MESSAGE)
        assert (attempt.status, attempt.problem) == (status, f"It answers {status}; redirects aren't followed.")
        assert target.posts == []


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    async with addressee() as found, carrying() as courier:
        length = 100 * READ
        found.answer = lambda _: b"HTTP/1.1 200 x\r\ncontent-length: %d\r\n\r\n" % length + b"a" * 2 * READ
        # The rest never comes.
        attempt = await courier.deliver_once(found.url, [SECRET], MESSAGE)
        assert attempt.is_taken
        assert attempt.seconds < 10


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "Its answer isn't valid HTTP, or is missing."),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "Its answer isn't valid HTTP, or is missing."),
        (b"HTTP/1.1 200 x\r\nx: " + b"a" * 200_000, "Its answer isn't valid HTTP, or is missing."),
        (None, "It doesn't answer within 20 seconds."),
        (b"HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\na", "Its answer isn't valid HTTP, or is missing."),
    ],
)
async def test_what_is_no_answer_is_told(
    answer: bytes | None, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "DEADLINE", 0.3)
    async with addressee() as found, carrying() as courier:
        found.answer = lambda _: answer
        attempt = await courier.deliver_once(found.url, [SECRET], MESSAGE)
        assert (attempt.status, attempt.problem) == (None, problem)
        assert attempt.seconds < 10


async def test_one_that_drips_is_waited_for_no_longer_than_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "DEADLINE", 0.3)

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in b"HTTP/1.1 200 OK":
            writer.write(bytes([each]))
            await asyncio.sleep(0.05)
        writer.close()
        ended.set()

    ended = asyncio.Event()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server, carrying() as courier:
        port = server.sockets[0].getsockname()[1]
        attempt = await courier.deliver_once(f"http://127.0.0.1:{port}/", [SECRET], MESSAGE)
        await ended.wait()
    assert (attempt.status, attempt.problem) == (None, "It doesn't answer within 20 seconds.")


async def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with carrying() as courier:
        attempt = await courier.deliver_once(f"http://127.0.0.1:{port}/", [SECRET], MESSAGE)
        assert attempt.problem == "It can't be connected to."


async def test_a_name_without_an_address_is_told() -> None:
    async def look(_: str, __: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    async with carrying(look) as courier:
        attempt = await courier.deliver_once(f"https://{NAME}/", [SECRET], MESSAGE)
        assert attempt.problem == "Its name has no address."


# Where it may lead.


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("93.184.216.34", "127.0.0.1"),
        ("127.0.0.1", "93.184.216.34"),
    ],
)
async def test_a_name_of_which_any_address_is_not_public_gets_no_connection(addresses: Sequence[str]) -> None:
    async with addressee() as found, carrying(leading_to(*addresses), is_open=False) as courier:
        attempt = await courier.deliver_once(f"http://{NAME}:{found.port}/", [SECRET], MESSAGE)
        assert attempt == Attempt(
            None, attempt.seconds, "Its name resolves to an address outside the public internet."
        )
        assert found.connections == 0


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "fd00::1", "0.1.2.3", "::"])
async def test_where_one_develops_a_private_network_gets_no_connection_either(address: str) -> None:
    async with addressee() as found, carrying(leading_to("127.0.0.1", address)) as courier:
        attempt = await courier.deliver_once(f"http://{NAME}:{found.port}/", [SECRET], MESSAGE)
        assert attempt.problem == "Its name resolves to an address outside the public internet."
        assert found.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "0x7f000001", "[::1]"])
async def test_however_this_machine_is_written_it_gets_no_connection(host: str) -> None:
    async with addressee() as found, carrying(Names().addresses_of, is_open=False) as courier:
        attempt = await courier.deliver_once(f"http://{host}:{found.port}/", [SECRET], MESSAGE)
        assert attempt.problem in (
            "Its name resolves to an address outside the public internet.",
            "Its name has no address.",
        )
        assert found.connections == 0


class Recorder(httpcore2.AsyncNetworkBackend):
    """Notes where it was to connect to."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        self.addresses.append(host)
        raise httpcore2.ConnectError


async def test_a_name_that_leads_elsewhere_the_next_time_is_looked_at_once_for_each_connection() -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.35", "93.184.216.36"]]

    async def look(_: str, __: int) -> Sequence[str]:
        return answers.pop(0)

    network = PinnedNetwork(look, is_open=False)
    recorder = network._network = Recorder()  # type: ignore[assignment]
    with pytest.raises(httpcore2.ConnectError):
        await network.connect_tcp(NAME, 443)
    # What the name led to is where the connection went; the name itself would be looked up anew.
    assert (recorder.addresses, len(answers)) == (["93.184.216.34"], 2)
    with pytest.raises(PrivateAddressError):
        await network.connect_tcp(NAME, 443)
    assert recorder.addresses == ["93.184.216.34"]
    with pytest.raises(httpcore2.ConnectError):
        await network.connect_tcp(NAME, 443)
    assert recorder.addresses[1:] == ["93.184.216.35", "93.184.216.36"]


# TLS.


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *more: x509.ExtensionType) -> Any:
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for each in more:
            built = built.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
        return built.sign(self.key, hashes.SHA256())

    def context_for(self, name: str, folder: Path) -> ssl.SSLContext:
        """What a server of this name speaks TLS with."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = self._signed(subject, key, alternative)
        file = folder / f"{name}.pem"
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(pem))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def trusted(self) -> ssl.SSLContext:
        """What trusts this authority alone."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)


@asynccontextmanager
async def with_tls(authority: Authority, name: str, folder: Path) -> AsyncIterator[Addressee]:
    context = authority.context_for(name, folder)
    asked: list[str | None] = []
    context.sni_callback = lambda _, asked_for, __: asked.append(asked_for)
    async with addressee(context) as found:
        found.names = asked
        yield found


async def test_tls_is_spoken_with_the_name_though_the_address_is_pinned(tmp_path: Path) -> None:
    authority = Authority()
    async with (
        with_tls(authority, NAME, tmp_path) as found,
        carrying(trusted=authority.trusted()) as courier,
    ):
        attempt = await courier.deliver_once(f"https://{NAME}:{found.port}/hook", [SECRET], MESSAGE)
        assert attempt.problem is None
        assert found.names == [NAME]
        assert found.posts[0].headers["host"] == f"{NAME}:{found.port}"


async def test_a_certificate_for_another_name_or_of_somebody_unknown_is_told(tmp_path: Path) -> None:
    authority = Authority()
    problem = "Its certificate isn't valid for its name, or isn't signed by a trusted authority."
    async with with_tls(authority, "other.example", tmp_path) as found:
        async with carrying(trusted=authority.trusted()) as courier:
            attempt = await courier.deliver_once(f"https://{NAME}:{found.port}/hook", [SECRET], MESSAGE)
            assert attempt.problem == problem
        async with carrying() as courier:
            attempt = await courier.deliver_once(f"https://other.example:{found.port}/hook", [SECRET], MESSAGE)
            assert attempt.problem == problem
        assert found.posts == []


async def test_an_address_that_speaks_no_tls_is_told() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server, carrying() as courier:
        port = server.sockets[0].getsockname()[1]
        attempt = await courier.deliver_once(f"https://{NAME}:{port}/hook", [SECRET], MESSAGE)
    assert attempt.problem == "The TLS handshake with it failed."


# What an answer asks for, and names.


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("120", 120), ("0", 0), ("", None), ("soon", None), ("-5", None), ("1" * 400, 111111111)],
)
def test_retry_after_is_read_in_seconds(given: str, seconds: float | None) -> None:
    assert retry_after_in({b"retry-after": given.encode()}) == seconds


def test_retry_after_is_read_as_a_time() -> None:
    until = datetime.now(UTC) + timedelta(seconds=100)
    found = retry_after_in({b"retry-after": format_datetime(until, usegmt=True).encode()})
    assert found is not None
    assert 95 < found < 101


def test_a_name_has_its_addresses_each_once() -> None:
    found = look_up("localhost", 443)
    assert isinstance(found, list)
    assert len(found) == len(set(found)) > 0
    assert all(ip_address(each).is_loopback for each in found)
    assert isinstance(look_up("a..b", 443), OSError)
    assert isinstance(look_up("x" * 64 + ".example", 443), OSError)


async def test_names_that_take_long_hold_up_neither_the_loop_nor_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(*_: object, **__: object) -> list[Any]:
        answered.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    names = Names()
    waiting = [asyncio.create_task(names.addresses_of(f"slow{number}.example", 443)) for number in range(40)]
    await asyncio.sleep(0.05)
    assert not any(each.done() for each in waiting)
    for each in waiting:
        each.cancel()
    answered.set()
    assert await names.addresses_of("slow.example", 443) == []


async def test_a_name_whose_servers_are_slow_takes_no_turn_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, asked = threading.Event(), []

    def look_up_slowly(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        if host == "slow.example":
            answered.wait(20)
        return [(0, 0, 0, "", ("192.0.2.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up_slowly)
    names = Names()
    waiting = [asyncio.create_task(names.addresses_of("slow.example", 443)) for _ in range(2 * LOOKUPS)]
    await asyncio.sleep(0.01)
    try:
        async with asyncio.timeout(5):
            assert await names.addresses_of("other.example", 443) == ["192.0.2.1"]
        waiting.pop().cancel()
    finally:
        answered.set()
    assert await asyncio.gather(*waiting) == [["192.0.2.1"]] * len(waiting)
    assert asked == ["slow.example", "other.example"]
    await names.addresses_of("other.example", 443)
    assert len(asked) == 3
