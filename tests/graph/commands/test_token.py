"""`ariesone token` from the outside."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import jwt
import pytest

from graph.settings import DEVELOPMENT_SECRET
from tests.graph.commands.conftest import Server
from tests.graph.identity.issuer import PRIVATE, jwk

Command = Callable[..., subprocess.CompletedProcess[str]]
WHO = {"query": "{ viewer { roles companies } }"}


def test_a_token_is_made_taken_explained_and_revoked(command: Command, serve: Callable[..., Server]) -> None:
    server = serve()
    token = command("token", "issue", "--role", "Editor", "--company", "1234567893").stdout.strip()
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx2.post(f"{server.address}/graphql", json=WHO, headers=headers).json()
    assert answer == {"data": {"viewer": {"roles": ["EDITOR"], "companies": ["1234567893"]}}}
    explained = command("token", "inspect", token)
    assert explained.returncode == 0
    for word in ("development-editor", "1234567893", "It is taken", "Company.phone"):
        assert word in explained.stdout
    assert "taxId" not in explained.stdout
    done = command("token", "revoke", token)
    assert done.returncode == 0, done.stderr
    ends = time.monotonic() + 5
    while httpx2.post(f"{server.address}/graphql", json=WHO, headers=headers).status_code != 401:
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("claims", "secret", "word"),
    [
        ({"sub": "a", "exp": 1}, DEVELOPMENT_SECRET, "EXPIRED"),
        ({"sub": "a", "exp": 2**31}, "another secret that is long enough", "INVALID"),
        ({"sub": "\u001b[31mred[/]", "exp": 2**31, "nbf": 2**31 - 1}, DEVELOPMENT_SECRET, "NOT_YET_VALID"),
    ],
)
def test_a_token_that_would_be_refused_is_explained_and_fails(
    command: Command, claims: dict[str, object], secret: str, word: str
) -> None:
    done = command("token", "inspect", jwt.encode(claims, secret, "HS256"))
    assert done.returncode == 1
    assert f"({word})" in done.stdout
    assert "\u001b" not in done.stdout
    assert "Traceback" not in done.stderr


def test_a_token_is_explained_by_the_issuer_s_keys(command: Command, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk("EdDSA")]}))
    token = jwt.encode({"sub": "a", "exp": 2**31}, PRIVATE["EdDSA"], "EdDSA", headers={"kid": "ed"})
    assert command("token", "inspect", token, JWKS_FILE="keys.json").returncode == 0
    assert command("token", "inspect", token).returncode == 1


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (("issue", "--role", "king"), {}, "no role king"),
        (("issue", "--role", "admin"), {"ENVIRONMENT": "production"}, "development only"),
        (("issue", "--role", "admin"), {"TOKEN_ALGORITHMS": "RS256"}, "HS256"),
        (("issue", "--role", "admin"), {"TOKEN_SECRET": "short"}, "32 bytes"),
        (("inspect", "nothing"), {}, "no token"),
        (("revoke", jwt.encode({"sub": "a", "exp": 2**31}, DEVELOPMENT_SECRET, "HS256")), {}, "no jti"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(
    command: Command, words: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    done = command("token", *words, **settings)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_production_does_not_start_with_the_development_secret(command: Command) -> None:
    done = command("serve", ENVIRONMENT="production", TOKEN_SECRET=DEVELOPMENT_SECRET)
    assert done.returncode == 1
    assert "development secret" in done.stderr
    assert "Traceback" not in done.stderr
