"""Tokens for development: signed with the secret that everybody knows, or with the one that is set."""

import time
from collections.abc import Sequence
from uuid import uuid4

import jwt

from graph.identity.role_names import RoleNames
from graph.identity.viewer import ROLES
from graph.settings import Settings

# Seconds that a token of one's own making is good for: a working day.
LIFETIME = 12 * 60 * 60


def development_token(
    settings: Settings,
    roles: str | Sequence[str],
    companies: Sequence[str] = (),
    lifetime: int | None = None,
    subject: str | None = None,
) -> str:
    """Return a token with roles (in any case) that this server takes; `lifetime` is in seconds.

    Raises ValueError in production, for a role that there isn't, for a lifetime that isn't taken, and where tokens
    signed with HS256 aren't taken.
    """
    names = [name.upper() for name in ([roles] if isinstance(roles, str) else roles)]
    secret = secret_of(settings)
    for name in names:
        if name not in ROLES:
            raise ValueError(f"There is no role {name.lower()}; there are {', '.join(sorted(ROLES))}.")
    longest = settings.token_max_lifetime
    lifetime = lifetime or min(LIFETIME, longest or LIFETIME)
    if longest and lifetime > longest:
        raise ValueError(f"A token for {lifetime} s isn't taken: TOKEN_MAX_LIFETIME is {longest}.")
    now = int(time.time())
    claims: dict[str, object] = {
        "sub": subject or f"development-{'-'.join(name.lower() for name in names)}",
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
    }
    given = {"companies": list(companies), "iss": settings.token_issuer, "aud": settings.token_audience}
    claims |= {key: value for key, value in given.items() if value}
    claims |= roles_claim(RoleNames.of(settings), names)
    return jwt.encode(claims, secret, algorithm="HS256")


def secret_of(settings: Settings) -> str:
    """Return what a token of one's own making is signed with; raises ValueError where none is taken."""
    if settings.environment == "production":
        raise ValueError("Tokens are made for development only; in production they come from who knows the users.")
    secret = settings.hs256_secret()
    if secret is None:
        raise ValueError(
            "No token of one's own making is taken: TOKEN_ALGORITHMS leaves out HS256, or HOST isn't loopback and "
            "TOKEN_SECRET isn't set."
        )
    return secret


def roles_claim(names: RoleNames, roles: Sequence[str]) -> dict[str, object]:
    """Return the claim that gives roles, where and as this server looks for them."""
    return {names.claims[0]: [names.name_of(role) for role in roles]}
