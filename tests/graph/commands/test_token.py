"""`ariesone token` from the outside."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import jwt
import pytest
from typer.testing import CliRunner, Result

from graph.commands.token import commands
from graph.settings import DEVELOPMENT_SECRET
from graph.telemetry.pseudonyms import Pseudonyms
from tests.graph.commands.conftest import Server
from tests.graph.identity.issuer import PRIVATE, jwk

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
Invoke = Callable[..., Result]
SOON = int(time.time()) + 3600
WHO = {"query": "{ viewer { roles companies } }"}


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run `ariesone token` in this process: hundreds of times quicker than in one of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, given: str = "", **settings: str) -> Result:
        return CliRunner().invoke(commands, words, input=given, env=settings)

    return run


def made(secret: str = DEVELOPMENT_SECRET, typ: str = "JWT", **others: object) -> str:
    """A token signed with a secret; a claim of None is there, and null, but for sub."""
    claims = {"sub": "a", "exp": SOON, **others}
    if claims["sub"] is None:
        del claims["sub"]
    return jwt.PyJWS().encode(json.dumps(claims).encode(), secret, "HS256", headers={"typ": typ})


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
        ({"sub": "a", "exp": SOON}, "another secret that is long enough", "INVALID"),
        ({"sub": "a", "exp": 2**31}, DEVELOPMENT_SECRET, "TOO_LONG_LIVED"),
        ({"sub": "a", "exp": SOON, "roles": 7}, DEVELOPMENT_SECRET, "MALFORMED"),
        ({"sub": "\u001b[31mred[/]", "exp": 2**31, "nbf": 2**31 - 1}, DEVELOPMENT_SECRET, "NOT_YET_VALID"),
    ],
)
def test_a_token_that_would_be_refused_is_explained_and_fails(
    invoke: Invoke, claims: dict[str, object], secret: str, word: str
) -> None:
    done = invoke("inspect", jwt.encode(claims, secret, "HS256"))
    assert done.exit_code == 1
    assert f"({word}): " in done.stdout
    assert "\u001b" not in done.stdout
    assert done.stderr == ""


def test_a_token_is_explained_by_the_issuer_s_keys(command: Command, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk("EdDSA")]}))
    token = jwt.encode({"sub": "a", "exp": SOON}, PRIVATE["EdDSA"], "EdDSA", headers={"kid": "ed"})
    assert command("token", "inspect", token, JWKS_FILE="keys.json").returncode == 0
    assert command("token", "inspect", token).returncode == 1


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (("issue", "--role", "king"), {}, "no role king"),
        (("issue", "--role", "admin"), {"ENVIRONMENT": "production"}, "development only"),
        (("issue", "--role", "admin"), {"TOKEN_ALGORITHMS": "RS256"}, "HS256"),
        (("issue", "--role", "admin", "--lifetime", "90000"), {}, "TOKEN_MAX_LIFETIME is 86400"),
        (("issue", "--role", "admin", "--subject", ""), {}, "--subject"),
        (("inspect", "nothing"), {}, "three parts in base64url"),
        (("inspect", "a.b.c.d.e"), {}, "encrypted"),
        (("inspect", ""), {}, "There is no token in the argument"),
        (("inspect", "Bearer "), {}, "There is no token in the argument"),
        (("inspect", made(typ="logout+jwt")), {}, 'typ is "logout+jwt"'),
        (("inspect", made(sub=None)), {}, "it has no sub"),
        (("revoke", "nothing"), {}, "three parts in base64url"),
        (("revoke", made()), {}, "no jti"),
        (("revoke", made(jti=None)), {}, "no jti"),
        (("revoke", made(jti="")), {}, "no jti"),
        (("revoke", made(jti=7)), {}, "jti is a number; it must be a text"),
        (("revoke", made(jti=["a"])), {}, "jti is a list; it must be a text"),
        (("revoke", made(jti="a\0")), {}, "it must be a text"),
        (("revoke", made(jti="a", exp=1)), {}, "expired at 1970-01-01 00:00:01 UTC"),
        (
            ("revoke", made("another secret that is long enough", jti="a")),
            {},
            "its signature is by none of the keys",
        ),
        (("revoke", made(jti="a")), {"TOKEN_ALGORITHMS": "RS256"}, "TOKEN_ALGORITHMS has RS256"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(
    invoke: Invoke, words: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    done = invoke(*words, **settings)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "form",
    ["{}", "Bearer {}", "bearer  {}", '"{}"', "'Bearer {}'", "Authorization: Bearer {}", " {}\n", "file", "-", ""],
)
def test_a_token_is_found_in_what_people_paste(form: str, invoke: Invoke, tmp_path: Path) -> None:
    token = made(jti="a", roles="viewer")
    (tmp_path / "token.txt").write_text(f"Authorization: Bearer {token[:40]}\n{token[40:]}\n")
    words = {"file": ["token.txt"], "-": ["-"], "": []}.get(form, [form.format(token)])
    done = invoke("inspect", *words, given=f"  {token}\r\n")
    assert done.exit_code == 0, done.stderr
    assert "It is taken" in done.stdout
    assert "Company.phone" in done.stdout


def test_nothing_on_standard_input_is_told(invoke: Invoke) -> None:
    done = invoke("revoke", "-", given="")
    assert done.exit_code == 1
    assert "There is no token on standard input" in done.stderr


def test_roles_that_are_none_here_are_told(invoke: Invoke) -> None:
    done = invoke("inspect", made(groups=["ADMIN"], roles=["PILOT\u001b"]))
    assert "Its roles also name what is no role here: PILOT\N{REPLACEMENT CHARACTER}." in done.stdout
    settings = {"TOKEN_ROLES_CLAIM": "realm.roles"}
    done = invoke("inspect", made(groups=["pilots", "bosses"]), **settings)
    assert "It names no role in realm.roles, where TOKEN_ROLES_CLAIM says that roles are." in done.stdout
    settings = {"TOKEN_ROLES_CLAIM": "groups", "TOKEN_ROLE_NAMES": "Bosses=ADMIN"}
    done = invoke("inspect", made(groups=["pilots", "bosses"]), **settings)
    assert "Company.taxId" in done.stdout
    assert "no role here: pilots." in done.stdout


def test_a_token_is_made_for_somebody_with_several_roles(invoke: Invoke) -> None:
    done = invoke("issue", "--role", "viewer", "--role", "Partner", "--subject", "ana@example.org")
    claims = jwt.decode(done.stdout.strip(), DEVELOPMENT_SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["roles"]) == ("ana@example.org", ["VIEWER", "PARTNER"])
    assert claims["exp"] - claims["iat"] == 12 * 60 * 60


def test_a_token_that_is_not_good_yet_can_be_revoked(command: Command, serve: Callable[..., Server]) -> None:
    serve()
    done = command("token", "revoke", made(jti="early", nbf=SOON))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The token is revoked.\n"


def test_a_token_is_revoked_while_its_issuer_is_away(command: Command, serve: Callable[..., Server]) -> None:
    serve()
    token = jwt.encode({"sub": "a", "exp": SOON, "jti": "lost"}, PRIVATE["RS256"], "RS256", headers={"kid": "rsa"})
    away = {"JWKS_URL": "http://127.0.0.1:1/keys"}
    done = command("token", "revoke", token, **away)
    assert done.returncode == 0, done.stderr
    done = command("token", "inspect", token, **away)
    assert done.returncode == 1
    assert "Nobody can tell whether it is taken" in done.stdout


@pytest.mark.parametrize(("secret", "told"), [(DEVELOPMENT_SECRET, "development secret"), ("short", "32 bytes")])
def test_production_does_not_start_with_a_secret_that_others_have(
    command: Command, secret: str, told: str
) -> None:
    done = command("serve", ENVIRONMENT="production", TOKEN_SECRET=secret)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_editor_s_token_is_for_some_companies_or_for_all(invoke: Invoke) -> None:
    none = invoke("issue", "--role", "editor")
    assert "--company NPI" in none.stderr
    every = invoke("issue", "--role", "editor", "--company", "*")
    claims = jwt.decode(every.stdout.strip(), DEVELOPMENT_SECRET, algorithms=["HS256"])
    assert (claims["companies"], every.stderr) == (["*"], "")
    assert invoke("issue", "--role", "editor", "--company", "12345").exit_code == 1


def test_a_subject_has_the_pseudonym_that_a_server_with_these_settings_writes(invoke: Invoke) -> None:
    settings = {"LOG_KEY": "k" * 32, "TOKEN_ISSUER": "https://login.example/"}
    maker = Pseudonyms()
    maker.use_key("k" * 32)
    assert invoke("pseudonym", "jane", **settings).stdout.strip() == maker.of("jane", "https://login.example/")
    assert invoke("pseudonym", "jane", "--issuer", "", **settings).stdout.strip() == maker.of("jane", "")
    maker.use_key("t" * 32)
    assert invoke("pseudonym", "jane", TOKEN_SECRET="t" * 32).stdout.strip() == maker.of("jane", "")
    maker.use_key("")
    unset = {"TOKEN_ALGORITHMS": "RS256", "JWKS_URL": "https://login.example/keys"}
    assert invoke("pseudonym", "jane", **unset).stdout.strip() == maker.of("jane", "")
