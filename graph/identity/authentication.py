"""From the Authorization header to a viewer, for whom a token speaks that is signed, in time and not revoked."""

import time
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

import jwt

from graph.identity.jwks import JsonWebKeys, PublicKey
from graph.identity.remembered import Entry, RememberedTokens
from graph.identity.revocation import Revocations
from graph.identity.token import Token, read_token, refuse
from graph.identity.viewer import ANONYMOUS, ROLES, Viewer
from graph.settings import Settings

# Seconds by which clocks may differ.
LEEWAY = 30

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


class Authentication:
    """Says who asks; verified tokens are remembered until they expire, are revoked, or their keys change."""

    def __init__(self, rules: TokenRules, keys: JsonWebKeys, revocations: Revocations) -> None:
        self._rules = rules
        self._keys = keys
        self._revocations = revocations
        self._remembered = RememberedTokens(revocations)
        keys.on_change(self._remembered.clear)

    def find_remembered(self, given: Sized, headers: Mapping[bytes, bytes]) -> Viewer | None:
        """Return who asks, where the token was verified before; None where `authenticate` must find out.

        `headers` are the given ones by name. None too where a header is given twice.
        """
        value = headers.get(b"authorization")
        return self._remembered.find(value) if value is not None and len(given) == len(headers) else None

    async def authenticate(self, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Return who asks with these headers; no token is the anonymous viewer, where that is allowed.

        Raises UnauthenticatedError, or ServiceUnavailableError where a token can't be verified yet.
        """
        given = [value for name, value in headers if name == b"authorization"]
        if not given:
            return refuse("MISSING") if self._rules.required else ANONYMOUS
        if len(given) > 1:
            refuse("MALFORMED")
        known = self._remembered.find(given[0])
        return known or await self._verify(given[0])

    async def _verify(self, value: bytes) -> Viewer:
        token = read_token(value)
        key = await self._key(token)
        claims = verify(token, key, self._rules)
        viewer = viewer_of(claims)
        entry = Entry(viewer, float(claims["exp"]) + LEEWAY, identity_of(claims))
        if await self._revocations.has(entry.identity):
            refuse("REVOKED")
        self._remembered.keep(value, entry)
        return viewer

    async def _key(self, token: Token) -> str | PublicKey:
        """Return the one key that this token may be signed with: a secret is never a public key."""
        if token.algorithm not in self._rules.algorithms:
            refuse("INVALID")
        if token.algorithm == "HS256":
            return self._rules.secret or refuse("INVALID")
        if token.claims["exp"] + LEEWAY < time.time():
            # It is over whoever signed it, so its key isn't worth asking the issuer for.
            refuse("EXPIRED")
        return await self._keys.find(token.key_id, token.algorithm) or refuse("INVALID")


def verify(token: Token, key: str | PublicKey, rules: TokenRules) -> Mapping[str, Any]:
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
        refuse({"aud": "WRONG_AUDIENCE", "iss": "WRONG_ISSUER"}.get(error.claim, "MALFORMED"))
    except jwt.PyJWTError as error:
        refuse(next((reason for cls, reason in _REASONS.items() if isinstance(error, cls)), "MALFORMED"))


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
