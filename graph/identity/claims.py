"""A token's claims (RFC 7519): what each must be, and when, by whom and for whom a token is good."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db import npi
from graph.identity.refusal import kind_of, refuse, shown
from graph.identity.viewer import EVERY

# Seconds by which clocks may differ.
LEEWAY = 30

# Companies that one token may name, and characters of a subject, an issuer or an id.
MAX_COMPANIES = 500
MAX_CHARACTERS = 255
# A time that no date comes near; larger numbers are no times.
MAX_TIME = 253_402_300_800

# Half of a character, which JSON can spell and UTF-8 can't.
_SURROGATE = re.compile("[\ud800-\udfff]")

Claims = Mapping[str, Any]


def require_types(claims: Claims) -> None:
    """Refuse a token in which a claim that is read here is missing or of another type; roles are read later."""
    for name in ("sub", "exp"):
        if name not in claims:
            refuse("MALFORMED", f"it has no {name}")
    for name in ("sub", "iss", "jti"):
        # PostgreSQL can't hold a NUL.
        if not is_text(claims.get(name, "")) or "\0" in claims.get(name, ""):
            needed = f"a text of at most {MAX_CHARACTERS} characters, none of them NUL or half of one"
            refuse("MALFORMED", f"{name} is {kind_of(claims[name])}; it must be {needed}")
    if not claims["sub"]:
        refuse("MALFORMED", "sub is empty")
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if type(value) not in {int, float} or not 0 <= value < MAX_TIME:
            refuse("MALFORMED", f"{name} is {shown(value)}; it must be a number of seconds since 1970")
    require_companies(claims.get("companies", []))


def require_companies(companies: object) -> None:
    """Refuse a token whose companies aren't a list of NPIs, or of EVERY."""
    if not isinstance(companies, list) or len(companies) > MAX_COMPANIES:
        refuse(
            "MALFORMED", f"companies is {kind_of(companies)}; it must be a list of at most {MAX_COMPANIES} NPIs"
        )
    for each in companies:
        if each != EVERY and (not isinstance(each, str) or npi.verdict(each) != "VALID"):
            refuse("MALFORMED", f"companies has {kind_of(each)}, which is no NPI in quotes")


def is_text(value: object) -> bool:
    """Return whether a claim is a text of honest length, without half a character in it."""
    return isinstance(value, str) and len(value) <= MAX_CHARACTERS and not _SURROGATE.search(value)


def require_time(claims: Claims, max_lifetime: int = 0) -> None:
    """Refuse a token that is over, that isn't good yet, or that is good for more seconds than this (0 is any)."""
    now = time.time()
    if now >= claims["exp"] + LEEWAY:
        refuse("EXPIRED", f"exp is {moment(claims['exp'])}")
    for name in ("nbf", "iat"):
        if claims.get(name, 0) > now + LEEWAY:
            refuse("NOT_YET_VALID", f"{name} is {moment(claims[name])}, which is to come")
    # Without iat it may have been made this moment, on a clock that differs.
    seconds = claims["exp"] - claims.get("iat", now + LEEWAY)
    if max_lifetime and seconds > max_lifetime:
        since = "iat" if "iat" in claims else "now, since it has no iat"
        refuse(
            "TOO_LONG_LIVED",
            f"exp is {moment(claims['exp'])}, {seconds:.0f} s from {since}; TOKEN_MAX_LIFETIME is {max_lifetime}",
        )


def require_issuer(claims: Claims, issuer: str) -> None:
    """Refuse a token that another issuer made."""
    if claims.get("iss") != issuer:
        found = f"iss is {shown(claims['iss'])}" if "iss" in claims else "it has no iss"
        refuse("WRONG_ISSUER", f"{found}; TOKEN_ISSUER is {shown(issuer)}")


def require_audience(claims: Claims, audience: str) -> None:
    """Refuse a token that is meant for others, or for nobody in particular."""
    given = claims.get("aud")
    meant = [given] if isinstance(given, str) else given
    if not isinstance(meant, list) or not all(isinstance(each, str) for each in meant) or audience not in meant:
        found = f"aud is {shown(given)}" if "aud" in claims else "it has no aud"
        refuse("WRONG_AUDIENCE", f"{found}; TOKEN_AUDIENCE is {shown(audience)}")


def moment(seconds: float) -> str:
    """Return a time as a person reads it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
