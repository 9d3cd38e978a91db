"""Tokens that nobody should take: forged, misshapen, confused about their key, out of time, meant for others."""

import base64
import hashlib
import hmac
import json
import string
import time
from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SECRET = "the secret of these tests, long enough"  # noqa: S105 - it opens nothing
ISSUER = "https://issuer.example"
AUDIENCE = "ariesone"


def claims(**others: Any) -> dict[str, Any]:
    """Claims that are right but for what is given, for an hour; a claim of None is left out."""
    now = int(time.time())
    found = {"sub": "somebody", "roles": ["VIEWER"], "exp": now + 3600, "iss": ISSUER, "aud": AUDIENCE, "jti": "1"}
    return {name: value for name, value in {**found, **others}.items() if value is not None}


def encoded(content: bytes | object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(head: bytes | object, body: bytes | object, secret: str | bytes = SECRET) -> str:
    """A token signed with HS256, whatever its header says."""
    text = f"{encoded(head)}.{encoded(body)}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{text}.{encoded(hmac.digest(key, text.encode(), hashlib.sha256))}"


ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
HEAD = {"alg": "HS256", "typ": "JWT"}


def good(**others: Any) -> str:
    return signed(HEAD, claims(**others))


def headers(key: RSAPrivateKey, stranger: RSAPrivateKey, url: str) -> Iterator[tuple[str, str, str]]:
    """Tokens whose header lies: the name of the trick, the token, and the reason for which it is refused."""
    value: Any
    kid: Any
    body = claims()
    for name in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS384",
        "HS512",
        "RS384",
        "PS256",
        "ES512",
        "ES256K",
        "hs256",
        "HS256 ",
    ):
        yield f"algorithm {name!r}", signed({**HEAD, "alg": name}, body), "INVALID"
        yield (
            f"algorithm {name!r}, no signature",
            f"{encoded({**HEAD, 'alg': name})}.{encoded(body)}.",
            "MALFORMED",
        )
    for value in (None, 1, ["HS256"], {"a": 1}, True):
        yield f"algorithm {value!r}", signed({**HEAD, "alg": value}, body), "MALFORMED"
    yield "no algorithm", signed({"typ": "JWT"}, body), "MALFORMED"
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), der, json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(public)).encode()):
        yield "the public key as a secret", signed({**HEAD, "kid": "rsa"}, body, secret), "INVALID"
        yield "RS256 over a secret", signed({**HEAD, "alg": "RS256", "kid": "rsa"}, body, secret), "INVALID"
    for kid in (
        "../../../../dev/null",
        "/etc/passwd",
        "' OR 1=1 --",
        "rsa\u0000",
        "RSA",
        "rsa ",
        url,
        "a" * 255,
        "ec",
    ):
        token = jwt.encode(body, key, "RS256", headers={"kid": kid})
        yield f"key id {kid[:20]!r}", token, "INVALID"
    for kid in (1, ["rsa"], {"rsa": 1}, False, "a" * 256):
        yield f"key id {str(kid)[:20]!r}", signed({**HEAD, "kid": kid}, body), "MALFORMED"
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
    # A key that a token brings or names is looked at by nobody.
    mine = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))
    for name, trick in {"jku": url, "x5u": url, "jwk": mine, "x5c": ["MIIB"]}.items():
        token = jwt.encode(body, stranger, "RS256", headers={"kid": "rsa", name: trick})
        yield f"a key by {name}", token, "INVALID"
    tricks = {
        "crit": ["exp"], "b64": False, "zip": "DEF", "enc": "A128GCM", "epk": jwk, "p2c": 10**9, "cty": "JWT",
    }  # fmt: skip
    for name, trick in tricks.items():
        token = jwt.encode(body, key, "RS256", headers={"kid": "rsa"} | ({name: trick} if name != "b64" else {}))
        head = {"alg": "RS256", "typ": "JWT", "kid": "rsa", name: trick}
        yield f"header {name}", token if name not in {"b64", "crit"} else signed(head, body), "MALFORMED"
    for value in ("JWE", "secevent+jwt", "logout+jwt", "application/json", "", 1, [], True):
        yield f"type {value!r}", signed({**HEAD, "typ": value}, body), "MALFORMED"


def shapes() -> Iterator[tuple[str, str, str]]:
    """Tokens that aren't written as tokens are."""
    token = good()
    head, body, signature = token.split(".")
    # The last character of 32 bytes has two bits that no byte needs.
    loose = ALPHABET[ALPHABET.index(signature[-1]) ^ 1]
    spelled = {
        "nothing": "", "a word": "token", "two parts": f"{head}.{body}", "four parts": f"{token}.{signature}",
        "encrypted": f"{token}.a.b", "no head": f".{body}.{signature}", "no body": f"{head}..{signature}",
        "no signature": f"{head}.{body}.", "padding": f"{token}=", "padded twice": f"{token}==",
        "padding inside": f"{head}=.{body}.{signature}", "a blank": f"{head}. {body}.{signature}",
        "a tab": f"{token}\t", "a plus": f"{head}.{body}.+{signature[1:]}",
        "a slash": f"{head}.{body}./{signature[1:]}", "lower case": token.lower(),
        "detached": f"{head}..{signature}",
        "percent": f"{head}.{body}.%41{signature[3:]}", "quoted": f'"{token}"', "a comma": f"{token},{token}",
        "two tokens": f"{token} {token}", "too long": f"{head}.{body}.{'A' * 9000}", "a NUL": f"{token}\x00",
        "latin-1": f"{head}.{body}.\xe9{signature[1:]}", "one character": f"{head}.{body}.A",
        "no base64": f"{head}.{body}.AAAAA", "swapped": f"{body}.{head}.{signature}",
    }  # fmt: skip
    for name, text in spelled.items():
        yield name, text, "MALFORMED"
    yield "loose bits", f"{head}.{body}.{signature[:-1]}{loose}", "MALFORMED"
    for name, raw in {
        "an array": b"[]", "a number": b"1", "a text": b'"a"', "null": b"null", "no JSON": b"{",
        "two values": b"{}{}",
        "not UTF-8": b'{"a": "\xff"}', "UTF-16": '{"sub": "a"}'.encode("utf-16"),
        "nested": b"[" * 2000 + b"]" * 2000,
        "deep": b'{"a":' * 900 + b"1" + b"}" * 900, "NaN": b'{"exp": NaN}', "Infinity": b'{"exp": Infinity}',
        "empty": b" ", "a BOM": b"\xef\xbb\xbf{}", "single quotes": b"{'sub': 'a'}",
    }.items():  # fmt: skip
        yield f"body: {name}", signed(HEAD, raw), "MALFORMED"
        yield f"head: {name}", signed(raw, claims()), "MALFORMED"
    for name in ("sub", "exp", "roles", "aud", "iss", "jti"):
        again = json.dumps(claims())[:-1] + f', "{name}": 1}}'
        yield f"{name} twice", signed(HEAD, again.encode()), "MALFORMED"
    yield "alg twice", signed(b'{"alg": "none", "alg": "HS256"}', claims()), "MALFORMED"


def times() -> Iterator[tuple[str, str, str]]:
    """Tokens that are signed well but are over, or not yet begun, or say no time at all."""
    now = int(time.time())
    value: Any
    for name, value in {"past": now - 31, "long past": 1, "zero": 0, "fraction": now - 31.5}.items():
        yield f"exp: {name}", good(exp=value), "EXPIRED"
    for value in (str(now + 600), True, [now + 600], {}, -1, 10**30, 1e300):
        yield f"exp: {value!r}", good(exp=value), "MALFORMED"
    yield "no exp", good(exp=None), "MALFORMED"
    for name in ("nbf", "iat"):
        yield f"{name} to come", good(**{name: now + 60}), "NOT_YET_VALID"
        for value in (str(now), True, [], -1, 10**30):
            yield f"{name}: {value!r}", good(**{name: value}), "MALFORMED"


def meanings() -> Iterator[tuple[str, str, str]]:
    """Tokens that are signed well but are meant for others, or say what can't be."""
    value: Any
    for audience in ("other", ["other", "another"], [], "", "ariesone2", "ARIESONE", "ariesone "):
        yield f"aud: {audience!r}", good(aud=audience), "WRONG_AUDIENCE"
    yield "no aud", good(aud=None), "WRONG_AUDIENCE"
    for issuer in ("https://issuer.example/", "https://issuer.example.evil", "", "http://issuer.example"):
        yield f"iss: {issuer!r}", good(iss=issuer), "WRONG_ISSUER"
    yield "no iss", good(iss=None), "WRONG_ISSUER"
    for name in ("sub", "iss", "jti"):
        for value in (1, True, ["a"], {"a": 1}, "a" * 256):
            yield f"{name}: {str(value)[:9]!r}", good(**{name: value}), "MALFORMED"
        yield f"half a character in {name}", good(**{name: "\ud800"}), "MALFORMED"
        yield f"NUL in {name}", good(**{name: "a\0"}), "MALFORMED"
    yield "no sub", good(sub=None), "MALFORMED"
    yield "empty sub", good(sub=""), "MALFORMED"
    for value in (7, {"ADMIN": True}, [1], [["ADMIN"]], True, ["VIEWER", 1]):
        yield f"roles: {value!r}", good(roles=value), "MALFORMED"
    for value in ("1234567893", [1234567893], ["1234567890"], "*", ["**"], ["1234567893"] * 501):
        yield f"companies: {str(value)[:20]}", good(companies=value), "MALFORMED"


def signatures(key: RSAPrivateKey, stranger: RSAPrivateKey) -> Iterator[tuple[str, str, str]]:
    """Tokens whose signature isn't that of their key over their text."""
    head, body, signature = good().split(".")
    other = encoded(claims(roles=["ADMIN"]))
    yield "another body", f"{head}.{other}.{signature}", "INVALID"
    yield "another head", f"{encoded({**HEAD, 'x': 1})}.{body}.{signature}", "INVALID"
    yield "zeros", f"{head}.{body}.{encoded(bytes(32))}", "INVALID"
    yield "cut short", f"{head}.{body}.{encoded(bytes(16))}", "INVALID"
    yield "too much", f"{head}.{body}.{encoded(bytes(64))}", "INVALID"
    for secret in (b"", b"\0", b"secret", SECRET[:-1].encode(), f"{SECRET} ".encode(), SECRET.upper().encode()):
        yield f"secret {secret!r}", signed(HEAD, claims(), secret), "INVALID"
    yield "development secret", signed(HEAD, claims(), "development only: this secret is published"), "INVALID"
    yield "a stranger's key", jwt.encode(claims(), stranger, "RS256", headers={"kid": "rsa"}), "INVALID"
    yield "a key that is not pinned", jwt.encode(claims(), key, "RS512", headers={"kid": "rsa"}), "INVALID"
    for algorithm in ("ES256", "EdDSA"):
        head = encoded({"alg": algorithm, "typ": "JWT", "kid": "rsa"})
        yield f"{algorithm} by the id of another key", f"{head}.{body}.{encoded(bytes(64))}", "INVALID"
