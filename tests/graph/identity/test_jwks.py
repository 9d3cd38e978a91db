"""The issuer's keys: when they are looked for, what is taken, and what happens while the issuer is away."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from graph.errors import ServiceUnavailableError, UnauthenticatedError
from graph.identity import jwks
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.jwks import JsonWebKeys, key_set
from graph.identity.revocation import Revocations
from tests.graph.identity.hostile import claims
from tests.graph.identity.issuer import PRIVATE, SHORT, STRANGER, THIRD, Issuer, issuing, jwk


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


async def test_keys_are_fetched_once_however_many_ask(issuer: Issuer) -> None:
    keys = JsonWebKeys(f"{issuer.url}/keys")
    found = await asyncio.gather(*(keys.find("rsa", "RS256") for _ in range(50)))
    assert all(found)
    assert issuer.asked == ["/keys"]


async def test_an_unknown_id_leads_to_one_look_in_the_cooldown(issuer: Issuer) -> None:
    keys = JsonWebKeys(issuer.url, cooldown=60)
    await keys.find("rsa", "RS256")
    for number in range(20):
        assert not await keys.find(f"unknown-{number}", "RS256")
    assert len(issuer.asked) == 1
    issuer.keys.append(jwk("RS256", STRANGER, kid="new"))
    keys._cooldown = 0
    assert await keys.find("new", "RS256")
    assert len(issuer.asked) == 2


def test_the_cooldown_is_half_a_minute() -> None:
    assert JsonWebKeys(None)._cooldown == jwks.COOLDOWN == 30


async def test_known_keys_go_on_while_the_issuer_is_away_and_old_ones_are_dropped(issuer: Issuer) -> None:
    keys = JsonWebKeys(issuer.url, cooldown=0)
    await keys.find("rsa", "RS256")
    for issuer.status, issuer.body in [
        (500, b"{}"),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b'{"keys": 1}'),
        (302, b""),
    ]:
        await keys.find("unknown", "RS256")
        assert await keys.find("rsa", "RS256")
    issuer.broken = True
    await keys.find("unknown", "RS256")
    assert await keys.find("rsa", "RS256")
    issuer.broken = False
    assert "/elsewhere" not in issuer.asked
    issuer.status, issuer.body = 200, None
    issuer.keys = [jwk("ES256")]
    await keys.find("unknown", "RS256")
    assert not await keys.find("rsa", "RS256")
    assert await keys.find("ec", "ES256")


async def test_until_the_keys_have_been_read_no_token_is_called_bad(issuer: Issuer) -> None:
    issuer.broken = True
    keys = JsonWebKeys(issuer.url, cooldown=0.01)
    for _ in range(2):
        with pytest.raises(ServiceUnavailableError):
            await keys.find("rsa", "RS256")
    watching = asyncio.create_task(keys.watch())
    looks = len(issuer.asked)
    async with asyncio.timeout(10):
        while len(issuer.asked) < looks + 2:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
    issuer.broken = False
    # Looked for again long before the next look that is due for keys that are known.
    async with asyncio.timeout(10):
        while not keys._keys:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
    watching.cancel()
    assert await keys.find("rsa", "RS256")
    assert not await keys.find("unknown", "RS256")


async def test_a_token_is_forgotten_with_its_key(issuer: Issuer) -> None:
    keys, revocations = JsonWebKeys(issuer.url, cooldown=0), Revocations()
    revocations.know(frozenset())
    checked = Authentication(TokenRules(frozenset({"RS256"})), keys, revocations)
    given = [
        (
            b"authorization",
            b"Bearer "
            + jwt.encode(claims(), PRIVATE["RS256"], headers={"kid": "rsa"}, algorithm="RS256").encode(),
        )
    ]
    assert await checked.authenticate(given) is await checked.authenticate(given)
    issuer.keys = [jwk("RS256", STRANGER)]
    await keys.find("unknown", "RS256")
    with pytest.raises(UnauthenticatedError) as refused:
        await checked.authenticate(given)
    assert refused.value.reason == "INVALID"


async def test_keys_come_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    keys = JsonWebKeys(file, cooldown=0)
    with pytest.raises(ServiceUnavailableError):
        await keys.find("ed", "EdDSA")
    file.write_text(json.dumps({"keys": [jwk("EdDSA")]}))
    assert await keys.find("ed", "EdDSA")
    # As some editors write UTF-8.
    file.write_text(json.dumps({"keys": [jwk("RS256")]}), encoding="utf-8-sig")
    assert await JsonWebKeys(file).find("rsa", "RS256")


async def test_an_issuer_that_does_not_answer_is_waited_for_three_seconds_and_nobody_else_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        keys = JsonWebKeys(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        keys._keys, keys._is_unread = key_set(json.dumps({"keys": [jwk("RS256")]}).encode()), False
        slow = asyncio.create_task(keys.find("unknown", "RS256"))
        await asyncio.sleep(0.05)
        assert await keys.find("rsa", "RS256")
        assert not slow.done()
        async with asyncio.timeout(10):
            assert not await slow


async def test_every_key_of_one_id_is_tried_and_null_is_as_nothing(issuer: Issuer) -> None:
    issuer.keys = [
        jwk("RS256", STRANGER, alg="RS256"),
        jwk("RS256", alg=None, use=None, key_ops=None, d=None),
        jwk("RS256", STRANGER, kid=None),
        jwk("ES256", kid="rsa"),
    ]
    checked = authentication_with(issuer)
    for key, headers in [(PRIVATE["RS256"], {"kid": "rsa"}), (STRANGER, {"kid": "rsa"}), (STRANGER, None)]:
        token = jwt.encode(claims(), key, "RS256", headers=headers)
        viewer = await checked.authenticate([(b"authorization", f"Bearer {token}".encode())])
        assert viewer.subject == "somebody"
    token = jwt.encode(claims(), THIRD, "RS256", headers={"kid": "rsa"})
    with pytest.raises(UnauthenticatedError) as refused:
        await checked.authenticate([(b"authorization", f"Bearer {token}".encode())])
    assert (refused.value.reason, refused.value.detail) == (
        "INVALID",
        "its signature is by none of the keys that it may be signed with (2)",
    )


async def test_how_many_keys_are_tried_is_bounded(issuer: Issuer) -> None:
    issuer.keys = [jwk("RS256", STRANGER) for _ in range(jwks.MAX_TRIED + 5)]
    issuer.keys += [jwk("RS256", STRANGER, kid=str(number)) for number in range(jwks.MAX_TRIED)]
    keys = JsonWebKeys(issuer.url)
    assert len(await keys.find("rsa", "RS256")) == jwks.MAX_TRIED
    assert len(await keys.find(None, "RS256")) == jwks.MAX_TRIED


async def test_what_is_left_out_is_logged_with_why_and_once(
    issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ariesone.tokens")
    issuer.keys += [
        jwk("RS256", use="enc", kid="for secrets"),
        jwk("RS256", alg="RS512", kid="\x1b[31m"),
        jwk("RS256", SHORT, kid=None),
        jwk("ES256", crv="P-384"),
    ]
    keys = JsonWebKeys(issuer.url, cooldown=0)
    for _ in range(3):
        await keys.find("unknown", "RS256")
    assert caplog.messages == [
        'a key of the issuer\'s isn\'t used: number 4, kid "for secrets": its use is "enc", not signatures',
        'a key of the issuer\'s isn\'t used: number 5, kid "\\u001b[31m": its alg is "RS512", not RS256',
        "a key of the issuer's isn't used: number 6, kid null: it has 1024 bits; an RSA key needs 2048",
        'a key of the issuer\'s isn\'t used: number 7, kid "ec": its kty is "EC" and its crv "P-384"',
    ]


def authentication_with(issuer: Issuer) -> Authentication:
    revocations = Revocations()
    revocations.know(frozenset())
    return Authentication(TokenRules(frozenset({"RS256"})), JsonWebKeys(issuer.url), revocations)


@pytest.mark.parametrize(
    "entry",
    [
        jwk("RS256", use="enc"), jwk("RS256", key_ops=["encrypt"]), jwk("RS256", alg="RS512"), jwk("RS256", SHORT),
        jwk("RS256", n="AQAB"), jwk("ES256", crv="P-384"), jwk("ES256", x="AA"), jwk("EdDSA", crv="X25519"),
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "rsa"}, {}, None,
        jwk("RS256", key_ops=1), "key", {"kty": "RSA"},
        jwk("RS256", kid=["rsa"]), {**jwk("RS256"), "d": "AQAB"}, {"kty": ["RSA"]}, jwk("EdDSA", crv=["Ed25519"]),
    ],
)  # fmt: skip
def test_what_is_no_public_key_for_signatures_is_left_out(entry: Any) -> None:
    found = key_set(json.dumps({"keys": [entry, jwk("EdDSA", kid="good")]}).encode())
    assert list(found) == [("good", "EdDSA")]
