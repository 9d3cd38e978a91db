"""A bearer token's text (JWT, RFC 7519 and RFC 8725): its one form, its header, its claims; all unverified."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from graph.identity.claims import MAX_CHARACTERS, is_text, require_types
from graph.identity.refusal import kind_of, refuse, shown

# Bytes of a header with a token.
MAX_BYTES = 8 * 1024

PARTS = ("header", "body", "signature")

_BEARER = re.compile(rb"(?i:bearer)[ \t]+([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
_ENCRYPTED = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] [A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}")
# RFC 9068, section 4: with and without "application/".
_TYPES = frozenset({"jwt", "at+jwt"})
# Header parameters that change how a token is to be read. Those by which one would bring or name its own key
# (jku, jwk, x5u, x5c) change nothing: nobody looks at them.
_REFUSED_PARAMETERS = ("crit", "b64", "zip", "enc", "p2c", "epk")


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the right form that nobody vouches for yet: how it says it is signed, and its claims.

    A claim that is null is as one that isn't there.
    """

    # What the signature is of, and the signature.
    signed: bytes
    signature: bytes
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]


def read_token(value: bytes) -> Token:
    """Return the token in an Authorization header; raises UnauthenticatedError where it has not quite the form.

    There is one way only to write a token, so that nothing that is known of one can be walked round by another
    spelling: no padding, no loose bits, no key twice.
    """
    match = _BEARER.fullmatch(value) if len(value) <= MAX_BYTES else None
    if match is None:
        refuse("MALFORMED", fault_of(value))
    signed, _, _ = match[1].rpartition(b".")
    parts = match[1].decode("ascii").split(".")
    head, body, signature = (decode_part(name, part) for name, part in zip(PARTS, parts, strict=True))
    header = parse_object("header", head)
    algorithm, key_id = require_header(header)
    claims = parse_object("body", body)
    require_types(claims)
    return Token(signed, signature, algorithm, key_id, claims)


def fault_of(value: bytes) -> str:
    """Return why a header brings no signed token."""
    if len(value) > MAX_BYTES:
        return f"the Authorization header is longer than {MAX_BYTES} bytes"
    if _ENCRYPTED.fullmatch(value):
        return "the token has five parts, so it is an encrypted one (JWE); only signed ones (JWS) are taken"
    return "it is not `Bearer` and a token of three parts in base64url, with dots between them"


def require_header(header: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return how a token is signed, and the id of its key; raises UnauthenticatedError for what isn't taken."""
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str):
        refuse("MALFORMED", f"the header's alg is {shown(algorithm)}; it must be a text")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
        refuse("MALFORMED", f"the header's typ is {shown(kind)}; tokens of the types JWT and at+jwt are taken")
    if str(header.get("cty", "")).lower().removeprefix("application/") == "jwt":
        refuse("MALFORMED", "the header's cty says that there is another token inside (a nested JWT)")
    for name in _REFUSED_PARAMETERS:
        if name in header:
            refuse("MALFORMED", f"the header has {name}, which isn't taken")
    if key_id is not None and not is_text(key_id):
        refuse(
            "MALFORMED",
            f"the header's kid is {shown(key_id)}; it must be a text of up to {MAX_CHARACTERS} characters",
        )
    return algorithm, key_id


def decode_part(name: str, part: str) -> bytes:
    """Return the bytes of base64url, written in the one way there is; raises UnauthenticatedError."""
    try:
        content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        refuse("MALFORMED", f"the token's {name} is not base64url")
    if urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        refuse("MALFORMED", f"the token's {name} has bits at its end that no byte needs")
    return content


def parse_object(name: str, content: bytes) -> Mapping[str, Any]:
    """Return the JSON object in bytes without its nulls; raises UnauthenticatedError where it is none.

    It is none either where it gives a key twice.
    """
    try:
        found = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        refuse("MALFORMED", f"the token's {name} is no JSON in UTF-8: {shown(str(error))}")
    if not isinstance(found, dict):
        refuse("MALFORMED", f"the token's {name} is {kind_of(found)}; it must be a JSON object")
    return {key: value for key, value in found.items() if value is not None}


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
