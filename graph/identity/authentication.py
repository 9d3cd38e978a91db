"""From the Authorization header to a viewer: the only file that reads a token (JWT, RFC 7519 and RFC 8725)."""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any, NoReturn

import jwt

from db import npi
from graph.errors import UnauthenticatedError
from graph.identity.jwks import JsonWebKeys, PublicKey
from graph.identity.remembered import Entry, RememberedTokens
from graph.identity.revocation import Revocations
from graph.settings import Settings
from graph.viewer import ANONYMOUS, ROLES, Viewer

# Seconds by which clocks may differ.
LEEWAY = 30
# Bytes of a header with a token.
MAX_BYTES = 8 * 1024
# Companies that one token may name, and characters of a subject, an issuer or an id.
MAX_COMPANIES = 500
MAX_CHARACTERS = 255
# A time that no date comes near; larger numbers are no times.
MAX_TIME = 253_402_300_800

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
# Half of a character, which JSON can spell and UTF-8 can't.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Header parameters by which a token would bring or name its own key, or change how it is to be read.
_REFUSED_PARAMETERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "p2c", "epk"})

MESSAGES = {
    "MISSING": "A token is needed: send it as Authorization: Bearer TOKEN.",
    "MALFORMED": "The Authorization header holds no token of the form that is taken here.",
    "INVALID": "The token is not signed as it must be.",
    "EXPIRED": "The token has expired.",
    "NOT_YET_VALID": "The token is not valid yet.",
    "WRONG_AUDIENCE": "The token is meant for another audience.",
    "WRONG_ISSUER": "The token is from another issuer.",
    "REVOKED": "The token has been revoked.",
}

_REASONS: Mapping[type[jwt.PyJWTError], str] = {
    jwt.ExpiredSignatureError: "EXPIRED",
    jwt.ImmatureSignatureError: "NOT_YET_VALID",
    jwt.InvalidAudienceError: "WRONG_AUDIENCE",
    jwt.InvalidIssuerError: "WRONG_ISSUER",
    jwt.InvalidSignatureError: "INVALID",
    jwt.InvalidKeyError: "INVALID",
    jwt.InvalidAlgorithmError: "INVALID",
}


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What tokens must be: signed how, by whom, for whom; and whether everyone needs one."""

    algorithms: frozenset[str]
    secret: str | None = None
    issuer: str | None = None
    audience: str | None = None
    required: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "TokenRules":
        """Return what the settings say."""
        return cls(
            settings.algorithms(),
            settings.hs256_secret(),
            settings.token_issuer,
            settings.token_audience,
            settings.token_required,
        )


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token of the right form that nobody vouches for yet: its text, how it says it is signed, its claims."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]


class Authentication:
    """Says who asks; verified tokens are remembered until they expire, are revoked, or their keys change."""

    def __init__(self, rules: TokenRules, keys: JsonWebKeys, revocations: Revocations) -> None:
        self._rules = rules
        self._keys = keys
        self._revocations = revocations
        self._remembered = RememberedTokens(revocations)
        keys.on_change(self._remembered.clear)

    def remembered(self, given: Sized, headers: Mapping[bytes, bytes]) -> Viewer | None:
        """Return who asks, where a token says so that was verified before; else see `viewer`.

        `headers` are the given ones by name: of as many as were given, none stands twice.
        """
        value = headers.get(b"authorization")
        return self._remembered.viewer(value) if value is not None and len(given) == len(headers) else None

    async def viewer(self, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Return who asks with these headers; no token is the anonymous viewer, where that is allowed.

        Raises UnauthenticatedError, or ServiceUnavailableError where a token can't be verified yet.
        """
        given = [value for name, value in headers if name == b"authorization"]
        if not given:
            return refused("MISSING") if self._rules.required else ANONYMOUS
        if len(given) > 1:
            refused("MALFORMED")
        known = self._remembered.viewer(given[0])
        return known or await self._verified(given[0])

    async def _verified(self, value: bytes) -> Viewer:
        token = unverified(value)
        key = await self._key(token)
        claims = verified(token, key, self._rules)
        viewer = viewer_of(claims)
        entry = Entry(viewer, float(claims["exp"]) + LEEWAY, identity_of(claims))
        if await self._revocations.has(entry.identity):
            refused("REVOKED")
        self._remembered.keep(value, entry)
        return viewer

    async def _key(self, token: Unverified) -> str | PublicKey:
        """Return the one key that this token may be signed with: a secret is never a public key."""
        if token.algorithm not in self._rules.algorithms:
            refused("INVALID")
        if token.algorithm == "HS256":
            return self._rules.secret or refused("INVALID")
        if token.claims["exp"] + LEEWAY < time.time():
            # It is over whoever signed it, so its key isn't worth asking the issuer for.
            refused("EXPIRED")
        return await self._keys.find(token.key_id, token.algorithm) or refused("INVALID")


def refused(reason: str) -> NoReturn:
    """Refuse a token; raises UnauthenticatedError."""
    raise UnauthenticatedError(MESSAGES[reason], reason)


def unverified(value: bytes) -> Unverified:
    """Return the token in an Authorization header; raises UnauthenticatedError where it has not quite the form.

    There is one way only to write a token, so that nothing that is known of one can be walked round by another
    spelling: no padding, no loose bits, no key twice.
    """
    match = _BEARER.fullmatch(value) if len(value) <= MAX_BYTES else None
    if match is None:
        refused("MALFORMED")
    text = match[1].decode("ascii")
    head, body, signature = (decoded(part) for part in text.split("."))
    parameters, claims = parsed(head), parsed(body)
    algorithm, key_id = parameters.get("alg"), parameters.get("kid")
    is_typed = str(parameters.get("typ", "JWT")).lower() in {"jwt", "at+jwt"}
    if not (isinstance(algorithm, str) and signature and is_typed) or _REFUSED_PARAMETERS & parameters.keys():
        refused("MALFORMED")
    if not is_text(key_id) or not are_well_formed(claims):
        refused("MALFORMED")
    return Unverified(text, algorithm, key_id, claims)


def verified(token: Unverified, key: str | PublicKey, rules: TokenRules) -> Mapping[str, Any]:
    """Return the claims of a token whose signature and claims hold; raises UnauthenticatedError."""
    try:
        return jwt.decode(
            token.text,
            key,
            algorithms=[token.algorithm],
            options={
                "require": ["exp", "sub"],
                "verify_aud": rules.audience is not None,
                "verify_iss": rules.issuer is not None,
            },
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=LEEWAY,
        )
    except jwt.MissingRequiredClaimError as error:
        refused({"aud": "WRONG_AUDIENCE", "iss": "WRONG_ISSUER"}.get(error.claim, "MALFORMED"))
    except jwt.PyJWTError as error:
        refused(next((reason for cls, reason in _REASONS.items() if isinstance(error, cls)), "MALFORMED"))


def viewer_of(claims: Mapping[str, Any]) -> Viewer:
    """Return who verified claims speak of; a role that isn't known here gives nothing."""
    return Viewer(
        claims["sub"],
        frozenset(claims.get("roles", ())) & ROLES,
        frozenset(claims.get("companies", ())),
        float(claims["exp"]),
    )


def identity_of(claims: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what a token is revoked by: its issuer and its id; None for a token without an id."""
    return (claims.get("iss", ""), claims["jti"]) if "jti" in claims else None


def are_well_formed(claims: Mapping[str, Any]) -> bool:
    """Return whether each claim that is read here is of its type."""
    times = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
    roles, companies = claims.get("roles", []), claims.get("companies", [])
    return (
        {"exp", "sub"} <= claims.keys()
        and bool(claims["sub"])
        and all(is_text(claims.get(name)) for name in ("sub", "iss", "jti"))
        and all(type(each) in {int, float} and 0 <= each < MAX_TIME for each in times)
        and isinstance(roles, list)
        and all(isinstance(role, str) for role in roles)
        and isinstance(companies, list)
        and len(companies) <= MAX_COMPANIES
        and all(isinstance(each, str) and npi.verdict(each) == "VALID" for each in companies)
    )


def is_text(value: object) -> bool:
    """Return whether a claim is left out or is a text of honest length, without half a character (surrogates)."""
    if value is None:
        return True
    return isinstance(value, str) and len(value) <= MAX_CHARACTERS and not _SURROGATE.search(value)


def decoded(part: str) -> bytes:
    """Return the bytes of base64url, written in the one way there is; raises UnauthenticatedError."""
    try:
        content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        refused("MALFORMED")
    if urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        refused("MALFORMED")
    return content


def parsed(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object in bytes; raises UnauthenticatedError where it is none, or gives a key twice."""
    try:
        found = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError):
        refused("MALFORMED")
    return found if isinstance(found, dict) else refused("MALFORMED")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
