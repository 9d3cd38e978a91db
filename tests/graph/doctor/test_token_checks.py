"""Checks of tokens: with an issuer on loopback that is away, has no keys, or lives in another hour."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import jwt
import pytest

from db import revocations
from db.engine import Database
from graph.doctor.subject import Given
from graph.settings import DEVELOPMENT_SECRET
from tests.graph.doctor.conftest import NOWHERE, Find, fails, is_absent, is_ok, is_prevented, warns
from tests.graph.identity.issuer import PRIVATE, SHORT, Issuer, issuing, jwk

SECRET = "a secret of more than thirty-two bytes"  # noqa: S105 - of the test


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer of tokens."""
    with issuing() as found:
        yield found


def keys_url(issuer: Issuer) -> str:
    return f"{issuer.url}/keys"


def given(secret: str = DEVELOPMENT_SECRET, **claims: object) -> Given:
    """A token to be judged."""
    return Given(jwt.encode({"sub": "a", "exp": int(time.time()) + 3600, **claims}, secret, "HS256"))


async def test_which_tokens_are_taken(find: Find, issuer: Issuer) -> None:
    is_ok(await find("tokens-configuration"), "HS256 (TOKEN_SECRET)")
    none = await find("tokens-configuration", environment="production")
    warns(none, "no token is taken", "TOKEN_SECRET")
    warns(await find("tokens-configuration", jwks_url=keys_url(issuer)), "TOKEN_ISSUER and TOKEN_AUDIENCE not set")
    whole = {"jwks_url": keys_url(issuer), "token_issuer": "https://a.example", "token_audience": "ariesone"}
    is_ok(await find("tokens-configuration", environment="production", **whole), "ES256, EdDSA, RS256")


async def test_the_issuers_keys(find: Find, issuer: Issuer, tmp_path: Path) -> None:
    is_absent(await find("tokens-keys"), "neither JWKS_URL nor JWKS_FILE")
    url = keys_url(issuer)
    is_ok(await find("tokens-keys", jwks_url=url), "3 can be used")
    issuer.keys = [jwk("RS256"), jwk("RS256", SHORT, kid="short")]
    warns(await find("tokens-keys", jwks_url=url), "1 can be used, 1 can't", "issuer publishes")
    others = {"token_algorithms": "ES256"}
    fails(await find("tokens-keys", jwks_url=url, **others), "none is for ES256", "TOKEN_ALGORITHMS")
    issuer.keys = [jwk("RS256", SHORT)]
    fails(await find("tokens-keys", jwks_url=url), "no key can be used: number 1")
    issuer.status = 500
    fails(await find("tokens-keys", jwks_url=url), "can't be read")
    fails(await find("tokens-keys", jwks_url="http://127.0.0.1:1/keys"), "can't be read", "can be reached")
    (tmp_path / "keys").write_text("{}")
    fails(await find("tokens-keys", jwks_file=tmp_path / "keys"), "no JSON Web Key Set")


async def test_clocks(find: Find, issuer: Issuer, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_absent(await find("tokens-clock"), "neither")
    is_ok(await find("tokens-clock", database_url=database_url), "the clock of the database")
    url = keys_url(issuer)
    is_ok(await find("tokens-clock", jwks_url=url), "the clock of the issuer")
    monkeypatch.setattr(
        "http.server.BaseHTTPRequestHandler.date_time_string",
        lambda *_: format_datetime(datetime.fromtimestamp(time.time() - 15, UTC), usegmt=True),
    )
    warns(await find("tokens-clock", jwks_url=url), "s behind", "chrony")
    monkeypatch.setattr(
        "http.server.BaseHTTPRequestHandler.date_time_string",
        lambda *_: format_datetime(datetime.fromtimestamp(time.time() + 3600, UTC), usegmt=True),
    )
    fails(await find("tokens-clock", jwks_url=url), "s ahead, so that tokens are refused")
    is_prevented(await find("tokens-clock", database_url=NOWHERE), "see database-reachable")
    fails(await find("tokens-clock", database_url=NOWHERE, jwks_url=url), "the clock of the issuer")


async def test_a_token(find: Find, database_url: str) -> None:
    is_absent(await find("tokens-token"), "no --token")
    is_ok(await find("tokens-token", given(roles=["ADMIN"])), "ADMIN; whether it is revoked isn't known")
    warns(await find("tokens-token", given()), "gives no role", "TOKEN_ROLES_CLAIM")
    fails(await find("tokens-token", given(exp=1)), "EXPIRED", "ariesone token inspect")
    fails(await find("tokens-token", given(SECRET)), "INVALID")
    fails(await find("tokens-token", Given("nonsense")), "MALFORMED")
    lost = given(roles=["ADMIN"], iss="x", jti="lost")
    is_ok(await find("tokens-token", lost, database_url=database_url), "ADMIN")
    async with Database.open(database_url) as database:
        await revocations.revoke(database, "x", "lost", datetime.fromtimestamp(time.time() + 3600, UTC))
    fails(await find("tokens-token", lost, database_url=database_url), "REVOKED")
    is_prevented(await find("tokens-token", lost, database_url=NOWHERE), "can't be reached")


async def test_a_token_of_an_issuer_that_is_away(find: Find) -> None:
    token = jwt.encode({"sub": "a", "exp": int(time.time()) + 3600}, PRIVATE["RS256"], "RS256", {"kid": "rsa"})
    found = await find("tokens-token", Given(token), jwks_url="http://127.0.0.1:1/keys")
    fails(found, "the issuer's keys can't be read", "tokens-keys")
