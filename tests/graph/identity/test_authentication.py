"""Who asks: good tokens of every kind, hostile ones of every kind, and what a server says to them."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pytest
from pydantic import SecretStr, ValidationError
from starlette.types import ASGIApp

from graph.app import create_app
from graph.errors import UnauthenticatedError
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.development_tokens import development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.refusal import MESSAGES
from graph.identity.remembered import MAX_BYTES, MAX_TOKENS, Entry, RememberedTokens
from graph.identity.revocation import Revocations
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.settings import DEVELOPMENT_SECRET, Settings
from tests.graph.conftest import Server, bearer
from tests.graph.identity import hostile
from tests.graph.identity.hostile import AUDIENCE, ISSUER, SECRET, claims, good, signed
from tests.graph.identity.issuer import IDS, PRIVATE, STRANGER, Issuer, issuing, jwk

ALGORITHMS = frozenset({"HS256", "RS256", "ES256", "EdDSA"})
Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
WHO = "{ viewer { subject roles companies expiresAt } }"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


def authentication(source: Any = None, **rules: Any) -> Authentication:
    given = {"secret": SECRET, "issuer": ISSUER, "audience": AUDIENCE, **rules}
    return Authentication(TokenRules(ALGORITHMS, **given), JsonWebKeys(source), known_revocations())


def known_revocations() -> Revocations:
    revocations = Revocations()
    revocations.know(frozenset())
    return revocations


def header(token: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Bearer " + token.encode("latin-1")


async def reason(checked: Authentication, *given: tuple[bytes, bytes]) -> str:
    with pytest.raises(UnauthenticatedError) as refused:
        await checked.authenticate(given)
    assert refused.value.message == MESSAGES[refused.value.reason]
    return refused.value.reason


async def test_a_hundred_hostile_tokens_are_refused_each_for_its_reason_and_nothing_is_fetched_for_them() -> None:
    with issuing() as issuer, issuing() as trap:
        keys = PRIVATE["RS256"]
        tokens = [
            *hostile.headers(keys, STRANGER, trap.url),
            *hostile.shapes(),
            *hostile.times(),
            *hostile.meanings(),
            *hostile.signatures(keys, STRANGER),
        ]
        checked = authentication(f"{issuer.url}/keys")
        # The keys are there, so that it is not for want of them.
        assert await checked.authenticate([header(jwt.encode(claims(), keys, "RS256", headers={"kid": "rsa"}))])
        found = [(name, await reason(checked, header(token))) for name, token, _ in tokens]
        assert found == [(name, expected) for name, _, expected in tokens]
        assert len(tokens) >= 200
        assert len(issuer.asked) == 1
        assert trap.asked == []


def test_over_http_a_hostile_token_is_401_in_the_one_shape(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [jwk("RS256")]}))
    settings = settings_for(
        directory_url, environment="production", token_secret=SecretStr(SECRET), token_issuer=ISSUER,
        token_audience=AUDIENCE, jwks_file=file,
    )  # fmt: skip
    key = PRIVATE["RS256"]
    tokens = [*hostile.headers(key, STRANGER, "http://127.0.0.1:9/"), *hostile.shapes(), *hostile.times()]
    tokens += [*hostile.meanings(), *hostile.signatures(key, STRANGER)]
    with serve(create_app(settings)) as production:
        for name, token, expected in tokens:
            # Blanks at a header's end are none of it, and a NUL ends the connection.
            if token != token.strip() or "\0" in token:
                continue
            status, answer = posted(production, token)
            [error] = json.loads(answer)["errors"]
            assert (status, error["extensions"]["reason"]) == (401, expected), name
            assert len(token) < 20 or token not in answer, name


def posted(server: Server, token: str) -> tuple[int, str]:
    """Post with a token as it is, where a better client would refuse to."""
    connection = HTTPConnection(server.client.base_url.host, server.client.base_url.port, timeout=10)
    try:
        headers: dict[str, str | bytes] = {"content-type": "application/json"}
        headers["authorization"] = b"Bearer " + token.encode("latin-1")
        connection.request("POST", "/graphql", b"{}", headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "value",
    [
        b"Bearer",
        b"Bearer ",
        b"Basic YTpi",
        b"bearer: x",
        b"Bearer\n{}",
        b"Bearer{}",
        b"Token {}",
        b"{}",
        b"Bearer {}\n",
        b"\xff",
    ],
)
async def test_what_is_no_bearer_token_is_refused(value: bytes) -> None:
    given = value.replace(b"{}", good().encode())
    assert await reason(authentication(), (b"authorization", given)) == "MALFORMED"


async def test_two_authorization_headers_are_refused_even_when_alike() -> None:
    assert await reason(authentication(), header(good()), header(good())) == "MALFORMED"


@pytest.mark.parametrize("algorithm", IDS)
@pytest.mark.parametrize("with_id", [True, False])
async def test_a_token_signed_with_an_issuer_s_key_is_taken(algorithm: str, with_id: bool, issuer: Issuer) -> None:  # noqa: FBT001
    headers = {"kid": IDS[algorithm]} if with_id else None
    token = jwt.encode(claims(roles=["EDITOR", "PILOT"]), PRIVATE[algorithm], algorithm, headers=headers)
    viewer = await authentication(issuer.url).authenticate([header(token)])
    assert (viewer.subject, viewer.roles) == ("somebody", frozenset({"EDITOR"}))


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
async def test_an_algorithm_that_is_not_pinned_is_refused(algorithm: str, issuer: Issuer) -> None:
    key: Any = PRIVATE.get(algorithm, SECRET)
    token = jwt.encode(claims(), key, algorithm, headers={"kid": IDS.get(algorithm, "none")})
    rules = TokenRules(ALGORITHMS - {algorithm}, SECRET, ISSUER, AUDIENCE)
    checked = Authentication(rules, JsonWebKeys(issuer.url), Revocations())
    assert await reason(checked, header(token)) == "INVALID"
    assert issuer.asked == []


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -25), ("nbf", 25), ("iat", 25)])
async def test_clocks_may_differ_by_thirty_seconds(claim: str, seconds: int) -> None:
    token = good(**{claim: int(time.time()) + seconds})
    assert (await authentication().authenticate([header(token)])).subject == "somebody"


DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    ("begin", "seconds", "is_taken"),
    [
        (0, DAY, True),
        (0, DAY + 1, False),
        (-DAY + 60, DAY, True),
        (None, DAY - 60, True),
        (None, DAY + 20, True),
        (None, DAY + 60, False),
        (0, 10 * 365 * DAY, False),
        (None, 10 * 365 * DAY, False),
    ],
)
async def test_a_token_is_good_for_a_day_at_most(begin: int | None, seconds: int, is_taken: bool) -> None:  # noqa: FBT001
    now = int(time.time())
    iat = None if begin is None else now + begin
    given = header(good(iat=iat, exp=(now if iat is None else iat) + seconds))
    rules = TokenRules.of(Settings(_env_file=None, token_secret=SecretStr(SECRET)))
    checked = Authentication(rules, JsonWebKeys(None), known_revocations())
    if is_taken:
        assert await checked.authenticate([given])
    else:
        assert await reason(checked, given) == "TOO_LONG_LIVED"
    assert await authentication(max_lifetime=0).authenticate([given])


@pytest.mark.parametrize(
    "kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT", None]
)
async def test_a_token_is_of_one_of_these_types(kind: str | None) -> None:
    token = signed({"alg": "HS256", "typ": kind}, claims())
    assert (await authentication().authenticate([header(token)])).subject == "somebody"


async def test_a_viewer_has_the_id_of_the_token() -> None:
    assert (await authentication().authenticate([header(good(jti="one of many"))])).jti == "one of many"
    assert (await authentication().authenticate([header(good(jti=None))])).jti is None


async def test_null_is_as_a_claim_or_a_header_that_is_not_there() -> None:
    nulls = dict.fromkeys(("nbf", "iat", "jti", "roles", "companies"))
    token = signed({"alg": "HS256", "kid": None, "typ": None, "cty": None}, {**claims(), **nulls})
    viewer = await authentication().authenticate([header(token)])
    assert (viewer.subject, viewer.roles) == ("somebody", frozenset())


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "x5t", "cnf"])
async def test_a_header_that_nobody_looks_at_refuses_nothing(name: str) -> None:
    token = signed({"alg": "HS256", name: "http://127.0.0.1:9/"}, claims())
    assert (await authentication().authenticate([header(token)])).subject == "somebody"


@pytest.mark.parametrize(
    ("token", "detail"),
    [
        (good(roles=7), "roles is 7; it must be a text or a list of texts"),
        (good(roles=[1]), "roles is [1]; it must be a text or a list of texts"),
        (good(sub=None), "it has no sub"),
        (good(exp="soon"), 'exp is "soon"; it must be a number of seconds since 1970'),
        (good(iss="https://issuer.example/"), 'iss is "https://issuer.example/"; TOKEN_ISSUER is "https://issuer.example"'),
        (good(aud=["a", "b"]), 'aud is ["a", "b"]; TOKEN_AUDIENCE is "ariesone"'),
        (good(aud=None), 'it has no aud; TOKEN_AUDIENCE is "ariesone"'),
        (good(companies="1"), "companies is a text of 1 characters; it must be a list of at most 500 NPIs"),
        (good(companies=["1"]), "companies has a text of 1 characters, which is no NPI in quotes"),
        (good(exp=0), "exp is 1970-01-01 00:00:00 UTC"),
        (signed({"alg": "none"}, claims()), 'alg is "none"; TOKEN_ALGORITHMS has ES256, EdDSA, HS256, RS256'),
        (signed({"alg": "nOnE"}, claims()), 'alg is "nOnE"; TOKEN_ALGORITHMS has ES256, EdDSA, HS256, RS256'),
        (
            signed({"alg": "HS256", "typ": "logout+jwt"}, claims()),
            'the header\'s typ is "logout+jwt"; tokens of the types JWT and at+jwt are taken',
        ),
        (signed({"alg": "HS256", "crit": ["exp"]}, claims()), "the header has crit, which isn't taken"),
        (signed({"alg": "HS256", "b64": False}, claims()), "the header has b64, which isn't taken"),
        (
            signed({"alg": "HS256", "kid": 7}, claims()),
            "the header's kid is 7; it must be a text of up to 255 characters",
        ),
        (
            signed({"alg": "HS256", "cty": "JWT"}, claims()),
            "the header's cty says that there is another token inside (a nested JWT)",
        ),
        (signed({"alg": "RS256"}, claims()), "no key of JWKS_URL or JWKS_FILE has kid null for RS256"),
        (
            signed({"alg": "HS256"}, claims(), "another"),
            "its signature is by none of the keys that it may be signed with (1)",
        ),
        ("a.b.c.d.e", "the token has five parts, so it is an encrypted one (JWE); only signed ones"),
        (good(more="x" * 9000), "the Authorization header is longer than 8192 bytes"),
        (good(jti="\ud800" * 100), "jti is a text of 100 characters; it must be a text of at most 255"),
    ],
)  # fmt: skip
async def test_the_log_names_the_claim_or_the_header_that_is_wrong(token: str, detail: str) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        await authentication().authenticate([header(token)])
    assert refused.value.detail.startswith(detail)
    assert refused.value.detail.isascii()


def test_what_is_logged_of_a_bad_token_is_not_told_to_its_bearer(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ariesone.tokens")
    token = jwt.encode({"sub": "a", "exp": int(time.time()) + 60, "roles": 7}, DEVELOPMENT_SECRET, "HS256")
    answer = server.post(WHO, authorization=f"Bearer {token}")
    [error] = answer.json()["errors"]
    assert error["message"] == MESSAGES["MALFORMED"]
    [record] = [each for each in caplog.records if each.name == "ariesone.tokens"]
    assert record.getMessage() == (
        "a token was refused (MALFORMED): roles is 7; it must be a text or a list of texts"
    )
    assert vars(record)["trace.id"] == error["extensions"]["traceId"]
    assert token not in caplog.text


async def test_issuer_and_audience_count_only_where_they_are_set() -> None:
    checked = authentication(issuer=None, audience=None)
    for token in (good(), good(iss=None, aud=None), good(iss="other", aud="other")):
        assert (await checked.authenticate([header(token)])).subject == "somebody"
    assert (await authentication().authenticate([header(good(aud=["other", AUDIENCE]))])).subject == "somebody"


async def test_no_token_is_the_anonymous_viewer_unless_one_is_needed() -> None:
    assert await authentication().authenticate([(b"accept", b"*/*")]) is ANONYMOUS
    assert await reason(authentication(required=True)) == "MISSING"


async def test_an_empty_header_brings_no_token() -> None:
    empty = (b"authorization", b"")
    assert await authentication().authenticate([empty]) is ANONYMOUS
    assert await reason(authentication(required=True), empty) == "MISSING"
    assert await reason(authentication(), empty, empty) == "MALFORMED"
    assert await reason(authentication(), empty, header(good())) == "MALFORMED"


@pytest.mark.slow
async def test_a_verified_token_is_remembered_until_it_ends() -> None:
    checked = authentication()
    given = header(good(exp=int(time.time()) - 28))
    first = await checked.authenticate([given])
    assert await checked.authenticate([given]) is first
    await asyncio.sleep(2.1)
    assert await reason(checked, given) == "EXPIRED"


async def test_memory_for_tokens_is_bounded_in_number_and_bytes() -> None:
    remembered = RememberedTokens(Revocations())
    entry = Entry(Viewer("a"), time.time() + 60, None)
    for number in range(MAX_TOKENS + 10):
        remembered.keep(b"%d" % number, entry)
    assert remembered.find(b"9") is None
    assert remembered.find(b"10") is entry.viewer
    for number in range(20):
        remembered.keep(b"%02d" % number + bytes(MAX_BYTES // 10), entry)
    kept = [number for number in range(20) if remembered.find(b"%02d" % number + bytes(MAX_BYTES // 10))]
    assert kept == list(range(11, 20))


async def test_what_was_refused_is_not_remembered() -> None:
    checked = authentication()
    for _ in range(3):
        assert await reason(checked, header(good(exp=1))) == "EXPIRED"
    assert not checked._remembered._entries


@pytest.mark.parametrize("role", ["viewer", "PARTNER", "Editor", "admin"])
def test_a_development_token_says_who_asks(server: Server, role: str) -> None:
    answer = server.post(WHO, authorization=bearer(role, ("1234567893",))).json()["data"]["viewer"]
    assert answer["subject"] == f"development-{role.lower()}"
    assert answer["roles"] == [role.upper()]
    assert answer["companies"] == ["1234567893"]


def test_without_a_token_the_viewer_is_nobody(server: Server) -> None:
    nobody: dict[str, Any] = {"subject": None, "roles": [], "companies": [], "expiresAt": None}
    assert server.post(WHO).json() == {"data": {"viewer": nobody}}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_a_bad_token_is_401_and_says_which_way_it_is_bad_and_nothing_more(server: Server, accept: str) -> None:
    token = jwt.encode({"sub": "a", "exp": 1}, DEVELOPMENT_SECRET, "HS256")
    answer = server.post(WHO, authorization=f"Bearer {token}", accept=accept)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    [error] = answer.json()["errors"]
    assert error["message"] == "The token has expired."
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["extensions"]["reason"] == "EXPIRED"
    assert "data" not in answer.json()
    assert set(error["extensions"]) == {"code", "status", "reason", "traceId", "timestamp", "help"}


def test_a_token_can_be_made_obligatory(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, token_required=True))) as closed:
        answer = closed.post(WHO)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["errors"][0]["extensions"]["reason"] == "MISSING"
        assert closed.post(WHO, authorization=bearer("viewer")).status_code == 200


def test_in_production_a_token_opens_the_schema_get_and_larger_operations(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    settings = settings_for(
        directory_url, environment="production", token_secret=SecretStr(SECRET), max_cost=50, max_cost_anonymous=10
    )
    authorization = f"Bearer {good()}"
    with serve(create_app(settings)) as production:
        for query in ("{ __schema { queryType { name } } }", "{ companies(first: 20) { nodes { npi } } }"):
            assert "errors" in production.post(query).json()
            assert "errors" not in production.post(query, authorization=authorization).json()
        got = production.client.get("/graphql?query={__typename}", headers={"authorization": authorization})
        assert got.json() == {"data": {"__typename": "Query"}}
        published = jwt.encode(claims(), DEVELOPMENT_SECRET, "HS256")
        assert production.post(WHO, authorization=f"Bearer {published}").status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "api.example"])  # noqa: S104 - nothing is bound
def test_what_everybody_knows_opens_nothing_to_other_machines(host: str) -> None:
    settings = Settings(_env_file=None, host=host)
    assert settings.hs256_secret() is None
    with pytest.raises(ValueError, match="HOST isn't loopback"):
        development_token(settings, "admin")
    assert Settings(_env_file=None, host=host, token_secret=SecretStr(SECRET)).hs256_secret() == SECRET


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.5"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-real-ip": "203.0.113.5"},
        {"forwarded": "for=203.0.113.5"},
        {"via": "1.1 proxy"},
        {"host": "public.example"},
    ],
)
def test_what_everybody_knows_opens_nothing_through_a_proxy_on_this_machine(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    server: Server,
    headers: dict[str, Any],
) -> None:
    token = bearer("admin")
    for _ in range(2):
        assert server.post(WHO, authorization=token).status_code == 200
        answer = server.post(WHO, authorization=token, **headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["reason"] == "INVALID"
    with serve(create_app(settings_for(directory_url, token_secret=SecretStr(SECRET)))) as secret:
        assert secret.post(WHO, authorization=f"Bearer {good()}", **headers).status_code == 200


def test_production_refuses_what_everybody_knows() -> None:
    with pytest.raises(ValidationError, match="development secret"):
        Settings(_env_file=None, environment="production", token_secret=SecretStr(DEVELOPMENT_SECRET))
    with pytest.raises(ValueError, match="development only"):
        development_token(Settings(_env_file=None, environment="production"), "admin")


@pytest.mark.parametrize(
    "wrong",
    [
        {"token_secret": "x" * 31}, {"token_algorithms": "HS256,none"}, {"token_algorithms": ""},
        {"jwks_url": "http://issuer.example/keys"}, {"jwks_url": "file:///etc/passwd"},
        {"jwks_url": "http://127.0.0.1.evil.example/"},
        {"jwks_url": "https://a.example", "jwks_file": "keys.json"},
    ],
)  # fmt: skip
def test_settings_that_would_weaken_tokens_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)


def test_a_batch_and_a_token_belong_together(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, max_batch=2))) as batching:
        sent = {"content-type": "application/json", "authorization": bearer("admin")}
        answers = batching.client.post("/graphql", content=json.dumps([{"query": WHO}] * 2), headers=sent).json()
        assert [answer["data"]["viewer"]["roles"] for answer in answers] == [["ADMIN"], ["ADMIN"]]
