"""From the Authorization header to a viewer, for whom a token speaks that is signed, in time and not revoked."""

import time
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass

import jwt

from graph.identity.claims import LEEWAY, Claims, moment, require_audience, require_issuer, require_time
from graph.identity.jwks import JsonWebKeys, PublicKey
from graph.identity.loopback import is_own
from graph.identity.refusal import refuse, shown
from graph.identity.remembered import Entry, RememberedTokens
from graph.identity.revocation import Revocations
from graph.identity.role_names import DIRECT_NAMES, RoleNames
from graph.identity.token import Token, read_token
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.settings import DEVELOPMENT_SECRET, Settings

_JWS = jwt.PyJWS()

PUBLISHED = (
    "it is signed with the development secret, which everybody knows: such a token is taken of this machine's own "
    "requests alone, and this one came by another name or through a proxy; set TOKEN_SECRET"
)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What tokens must be: signed how, by whom, for whom, for how long; and whether everyone needs one."""

    algorithms: frozenset[str]
    secret: str | None = None
    issuer: str | None = None
    audience: str | None = None
    required: bool = False
    # Whether everybody knows the secret, so that it is good for this machine's own requests only.
    secret_is_known: bool = False
    # Seconds that a token may be good for; 0 for any.
    max_lifetime: int = 0
    role_names: RoleNames = DIRECT_NAMES

    @classmethod
    def of(cls, settings: Settings) -> "TokenRules":
        """Return what the settings say."""
        return cls(
            settings.algorithms(),
            settings.hs256_secret(),
            settings.token_issuer,
            settings.token_audience,
            settings.token_required,
            settings.hs256_secret() == DEVELOPMENT_SECRET,
            settings.token_max_lifetime,
            RoleNames.of(settings),
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
        """Return who asks, where nothing has to be verified; None where `authenticate` must find out.

        `headers` are the given ones by name. None too where a header is given twice.
        """
        value = headers.get(b"authorization")
        if value is None and not self._rules.required:
            return ANONYMOUS
        return self._remembered.find(value) if value is not None and len(given) == len(headers) else None

    async def authenticate(self, headers: Sequence[tuple[bytes, bytes]]) -> Viewer:
        """Return who asks with these headers; no token is the anonymous viewer, where that is allowed.

        An empty header is none: Apollo Client's guide sends that as long as nobody has signed in. Raises
        UnauthenticatedError, or ServiceUnavailableError where a token can't be verified yet.
        """
        given = [value for name, value in headers if name == b"authorization"]
        if given in ([], [b""]):
            return refuse("MISSING") if self._rules.required else ANONYMOUS
        if len(given) > 1:
            refuse("MALFORMED", "there are two Authorization headers")
        known = self._remembered.find(given[0])
        return known or await self._verify(given[0], dict(headers))

    async def _verify(self, value: bytes, headers: Mapping[bytes, bytes]) -> Viewer:
        token = read_token(value)
        await self.verify_signature(token)
        is_published = token.algorithm == "HS256" and self._rules.secret_is_known
        if is_published and not is_own(headers):
            refuse("INVALID", PUBLISHED)
        require_claims(token.claims, self._rules)
        viewer = viewer_of(token.claims, self._rules.role_names)
        entry = Entry(viewer, float(token.claims["exp"]) + LEEWAY, identity_of(token.claims))
        if await self._revocations.has(entry.identity):
            refuse("REVOKED", f"jti is {shown(token.claims['jti'])}")
        if not is_published:
            # The other is looked at anew with each request: how it came matters.
            self._remembered.keep(value, entry)
        return viewer

    async def verify_signature(self, token: Token) -> None:
        """Raise UnauthenticatedError unless one of the keys that a token may be signed with has signed it."""
        keys = await self._keys_for(token)
        if not any(has_signed(key, token) for key in keys):
            refuse("INVALID", f"its signature is by none of the keys that it may be signed with ({len(keys)})")

    async def _keys_for(self, token: Token) -> Sequence[str | PublicKey]:
        """Return the keys that a token may be signed with, at least one: a secret is never a public key."""
        name = token.algorithm
        if name not in self._rules.algorithms:
            refuse(
                "INVALID",
                f"alg is {shown(name)}; TOKEN_ALGORITHMS has {', '.join(sorted(self._rules.algorithms))}",
            )
        if name == "HS256":
            secret = self._rules.secret
            return [secret] if secret else refuse("INVALID", "alg is HS256, and TOKEN_SECRET isn't set")
        if token.claims["exp"] + LEEWAY < time.time():
            # It is over whoever signed it, so its key isn't worth asking the issuer for.
            refuse("EXPIRED", f"exp is {moment(token.claims['exp'])}")
        found = await self._keys.find(token.key_id, name)
        return found or refuse(
            "INVALID", f"no key of JWKS_URL or JWKS_FILE has kid {shown(token.key_id)} for {name}"
        )


def has_signed(key: str | PublicKey, token: Token) -> bool:
    """Return whether a token's signature is by a key."""
    algorithm = _JWS.get_algorithm_by_name(token.algorithm)
    return algorithm.verify(token.signed, algorithm.prepare_key(key), token.signature)


def require_claims(claims: Claims, rules: TokenRules) -> None:
    """Refuse a token that is out of time, by another issuer, or for others; raises UnauthenticatedError."""
    require_time(claims, rules.max_lifetime)
    if rules.issuer is not None:
        require_issuer(claims, rules.issuer)
    if rules.audience is not None:
        require_audience(claims, rules.audience)


def viewer_of(claims: Claims, role_names: RoleNames) -> Viewer:
    """Return who verified claims speak of; a role that isn't known here gives nothing.

    Raises UnauthenticatedError where a claim can't hold roles.
    """
    return Viewer(
        claims["sub"],
        role_names.roles_in(claims),
        frozenset(claims.get("companies", ())),
        float(claims["exp"]),
        claims.get("iss", ""),
        claims.get("jti"),
    )


def identity_of(claims: Claims) -> tuple[str, str] | None:
    """Return what a token is revoked by: its issuer and its id; None for a token without an id."""
    return (claims.get("iss", ""), claims["jti"]) if claims.get("jti") else None
