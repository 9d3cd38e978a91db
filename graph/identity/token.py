"""A bearer token's text (JWT, RFC 7519 and RFC 8725): its one form, and the claims in it, unverified as yet."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from db import npi
from graph.errors import UnauthenticatedError

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
    "MISSING": "A token is needed; send `Authorization: Bearer <JWT>`.",
    "MALFORMED": "The Authorization header is not `Bearer <JWT>`, or a claim is missing or of a wrong type.",
    "INVALID": "The token's signature, its algorithm or its key is not one that this server takes.",
    "EXPIRED": "The token has expired.",
    "NOT_YET_VALID": "The token is not valid yet.",
    "WRONG_AUDIENCE": "The token is meant for another audience.",
    "WRONG_ISSUER": "The token is from another issuer.",
    "REVOKED": "The token has been revoked.",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the right form that nobody vouches for yet: its text, how it says it is signed, its claims."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]


def refuse(reason: str) -> NoReturn:
    """Refuse a token; raises UnauthenticatedError."""
    raise UnauthenticatedError(MESSAGES[reason], reason)


def read_token(value: bytes) -> Token:
    """Return the token in an Authorization header; raises UnauthenticatedError where it has not quite the form.

    There is one way only to write a token, so that nothing that is known of one can be walked round by another
    spelling: no padding, no loose bits, no key twice.
    """
    match = _BEARER.fullmatch(value) if len(value) <= MAX_BYTES else None
    if match is None:
        refuse("MALFORMED")
    text = match[1].decode("ascii")
    head, body, signature = (decode_part(part) for part in text.split("."))
    parameters, claims = parse_object(head), parse_object(body)
    algorithm, key_id = parameters.get("alg"), parameters.get("kid")
    is_typed = str(parameters.get("typ", "JWT")).lower() in {"jwt", "at+jwt"}
    if not (isinstance(algorithm, str) and signature and is_typed) or _REFUSED_PARAMETERS & parameters.keys():
        refuse("MALFORMED")
    if not is_text(key_id) or not are_well_formed(claims):
        refuse("MALFORMED")
    return Token(text, algorithm, key_id, claims)


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


def decode_part(part: str) -> bytes:
    """Return the bytes of base64url, written in the one way there is; raises UnauthenticatedError."""
    try:
        content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        refuse("MALFORMED")
    if urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        refuse("MALFORMED")
    return content


def parse_object(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object in bytes; raises UnauthenticatedError where it is none, or gives a key twice."""
    try:
        found = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError):
        refuse("MALFORMED")
    return found if isinstance(found, dict) else refuse("MALFORMED")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
