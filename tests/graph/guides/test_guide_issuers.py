"""What the page of issuers sets, on tokens as it shows them."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm
from typer.testing import CliRunner, Result

from graph.commands.token import commands
from tests.fences import named

BLOCKS = named(("issuers.md",))
ISSUERS = ("keycloak", "auth0", "cognito")
KEY = generate_private_key(65537, 2048)


def settings_of(issuer: str) -> dict[str, str]:
    """The page's settings for an issuer."""
    return dict(line.split("=", 1) for line in BLOCKS[f"{issuer}.env"].text.splitlines())


def claims_of(issuer: str) -> dict[str, Any]:
    """The page's claims of one of its tokens."""
    return dict(json.loads(BLOCKS[f"{issuer}.json"].text))


def inspect(folder: Path, settings: dict[str, str], claims: dict[str, Any]) -> Result:
    """Have a fresh token with these claims explained; the issuer's keys lie in a file."""
    keys = {"keys": [{**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "a", "alg": "RS256"}]}
    (folder / "keys.json").write_text(json.dumps(keys))
    now = int(time.time())
    token = jwt.encode({**claims, "iat": now, "exp": now + 86_400}, KEY, "RS256", headers={"kid": "a"})
    environment = {**settings, "JWKS_URL": "", "JWKS_FILE": str(folder / "keys.json")}
    return CliRunner().invoke(commands, ["inspect", token], env=environment)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_its_editor_may_edit(issuer: str, tmp_path: Path) -> None:
    done = inspect(tmp_path, settings_of(issuer), claims_of(issuer))
    assert done.exit_code == 0, done.output
    assert "It is taken by a server with these settings" in done.output
    assert "Company.phone" in done.output
    assert "Mutation.updateCompany" in done.output


@pytest.mark.parametrize("issuer", ISSUERS)
def test_each_setting_matters(issuer: str, tmp_path: Path) -> None:
    settings, claims = settings_of(issuer), claims_of(issuer)
    roles = settings.pop("TOKEN_ROLES_CLAIM")
    done = inspect(tmp_path, settings, claims)
    assert (done.exit_code, "Mutation.updateCompany" in done.output) == (0, False)
    settings["TOKEN_ROLES_CLAIM"] = roles
    assert inspect(tmp_path, settings, {**claims, "iss": "https://another.example"}).exit_code == 1
    if "TOKEN_AUDIENCE" in settings:
        assert inspect(tmp_path, settings, {**claims, "aud": "another"}).exit_code == 1
    else:
        assert "aud" not in claims
