"""Tokens for development: signed with the secret that everybody knows, or with the one that is set."""

import time
from collections.abc import Sequence
from uuid import uuid4

import jwt

from graph.identity.viewer import ROLES
from graph.settings import Settings

# Seconds that a token of one's own making is good for: a working day.
LIFETIME = 12 * 60 * 60


def development_token(
    settings: Settings, role: str, companies: Sequence[str] = (), lifetime: int = LIFETIME
) -> str:
    """Return a token with a role (in any case) that this server takes; `lifetime` is in seconds.

    Raises ValueError in production, for a role that there isn't, and where tokens signed with HS256 aren't taken.
    """
    name = role.upper()
    secret = settings.hs256_secret()
    if settings.environment == "production":
        raise ValueError("Tokens are made for development only; in production they come from who knows the users.")
    if name not in ROLES:
        raise ValueError(f"There is no role {role}; there are {', '.join(sorted(ROLES))}.")
    if secret is None:
        raise ValueError(
            "No token of one's own making is taken: TOKEN_ALGORITHMS leaves out HS256, or HOST isn't loopback and "
            "TOKEN_SECRET isn't set."
        )
    now = int(time.time())
    claims: dict[str, object] = {
        "sub": f"development-{name.lower()}",
        "roles": [name],
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
    }
    given = {"companies": list(companies), "iss": settings.token_issuer, "aud": settings.token_audience}
    claims |= {key: value for key, value in given.items() if value}
    return jwt.encode(claims, secret, algorithm="HS256")
