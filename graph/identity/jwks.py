"""The public keys that tokens may be signed with: a JSON Web Key Set (RFC 7517), from a URL or a file."""

import asyncio
import logging
import math
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import HTTPRedirectHandler, build_opener

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from db.failures import words_of
from graph.errors import ServiceUnavailableError
from graph.identity.refusal import shown

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
# By id and algorithm; an issuer may publish several under one id.
KeySet = Mapping[tuple[str | None, str], Sequence[PublicKey]]

# Seconds between two looks, so that keys that were withdrawn are dropped.
INTERVAL = 300.0
# Seconds that must pass before an unknown key leads to another look.
COOLDOWN = 30.0
# Seconds and bytes that the issuer may take to answer.
TIMEOUT = 3.0
MAX_BYTES = 256 * 1024

# What each kind of key (and curve) signs with; the smallest RSA key is that of RFC 7518, section 3.3.
ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
MIN_RSA_BITS = 2048
# Keys that one token is tried with: each costs up to 0.1 ms, whoever sent the token.
MAX_TRIED = 8

log = logging.getLogger("ariesone.tokens")


class JsonWebKeys:
    """The issuer's keys: known ones go on while their source is away, and are dropped when it drops them."""

    def __init__(self, source: str | Path | None, cooldown: float = COOLDOWN) -> None:
        self._source = source
        self._cooldown = cooldown
        self._keys: KeySet = {}
        # Whether there is a source that hasn't been read yet.
        self._is_unread = source is not None
        self._lock = asyncio.Lock()
        self._looked = float("-inf")
        self._changed: Callable[[], None] = lambda: None
        # What was said last of the keys that aren't used.
        self._unused: Sequence[str] = ()

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have something called when keys are added or dropped."""
        self._changed = changed

    async def find(self, key_id: str | None, algorithm: str) -> Sequence[PublicKey]:
        """Return the keys that a token may be signed with, none where nothing is known of them.

        An unknown id leads to a look at the source, but not soon again. Raises ServiceUnavailableError where the
        source could not be read yet: the token may be a good one.
        """
        found = self._known(key_id, algorithm)
        if not found and self._source is not None:
            async with self._lock:
                if time.monotonic() - self._looked >= self._cooldown:
                    await self._look()
            found = self._known(key_id, algorithm)
        if not found and self._is_unread:
            raise ServiceUnavailableError(
                "Tokens can't be verified right now: the issuer's keys can't be read.", math.ceil(self._cooldown)
            )
        return found

    async def watch(self) -> NoReturn:
        """Keep the keys up to date until cancelled."""
        while True:
            async with self._lock:
                await self._look()
            await asyncio.sleep(self._cooldown if self._is_unread else INTERVAL)

    def _known(self, key_id: str | None, algorithm: str) -> Sequence[PublicKey]:
        if key_id is not None:
            return self._keys.get((key_id, algorithm), ())
        # A token that names no key can mean any.
        fitting = [keys for (_, name), keys in self._keys.items() if name == algorithm]
        return [key for keys in fitting for key in keys][:MAX_TRIED]

    async def _look(self) -> None:
        if self._source is None:
            return
        self._looked = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT):
                content = await asyncio.to_thread(content_of, self._source)
            unused: list[str] = []
            found = key_set(content, unused.append)
        except (OSError, ValueError, HTTPException) as error:
            log.warning("the issuer's keys can't be read: %s", words_of(error))
            return
        self._is_unread = False
        if unused != self._unused:
            self._unused = unused
            for each in unused:
                log.info("a key of the issuer's isn't used: %s", each)
        if found != self._keys:
            self._keys = found
            self._changed()


class _Direct(HTTPRedirectHandler):
    """Follows no redirect: keys come from where the settings say, or not at all."""

    def redirect_request(self, *_: object) -> None:
        """Refuse to go elsewhere."""
        return


def content_of(source: str | Path) -> bytes:
    """Return what a URL or a file holds; raises OSError."""
    if isinstance(source, Path):
        return source.read_bytes()
    with build_opener(_Direct).open(source, timeout=TIMEOUT) as answer:
        return bytes(answer.read(MAX_BYTES))


def key_set(content: bytes, tell: Callable[[str], None] = lambda _: None) -> KeySet:
    """Return the keys that verify signatures, and `tell` of each other one.

    A member that is null is as one that isn't there. Raises ValueError where there is no set.
    """
    # Some editors put a mark before JSON that says nothing (RFC 8259, 8.1).
    parsed = orjson.loads(content.removeprefix(BOM_UTF8))
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is no JSON Web Key Set")  # noqa: TRY004 - the content is wrong, not the call
    found: dict[tuple[str | None, str], list[PublicKey]] = {}
    for number, given in enumerate(entries):
        entry = (
            {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else {}
        )
        try:
            algorithm = algorithm_of(entry)
            alike = found.setdefault((entry.get("kid"), algorithm), [])
            key = public_key(entry, algorithm)
            if len(alike) == MAX_TRIED:
                raise UnusedError(f"{MAX_TRIED} others have its kid")  # noqa: TRY301 - told with the others
            alike.append(key)
        except UnusedError as reason:
            tell(f"number {number + 1}, kid {shown(entry.get('kid'))}: {reason}")
    return {name: keys for name, keys in found.items() if keys}


class UnusedError(ValueError):
    """Why a key of a set is no public key that verifies tokens here."""


def algorithm_of(entry: Mapping[str, Any]) -> str:
    """Return what a key verifies; raises UnusedError where it is secret, or meant for something else."""
    if fault := next(faults_of(entry), None):
        raise UnusedError(fault)
    kind, curve = entry["kty"], entry.get("crv")
    algorithm = ALGORITHMS.get((kind, None if kind == "RSA" else curve))
    if algorithm is None:
        raise UnusedError(f"its kty is {shown(kind)} and its crv {shown(curve)}")
    if entry.get("alg", algorithm) != algorithm:
        raise UnusedError(f"its alg is {shown(entry['alg'])}, not {algorithm}")
    return algorithm


def faults_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a key from verifying signatures, whatever its kind."""
    if not isinstance(entry.get("kid"), str | None):
        yield "its kid is no text"
    if not isinstance(entry.get("kty"), str) or not isinstance(entry.get("crv"), str | None):
        yield "it is no JSON Web Key"
    if entry.get("use", "sig") != "sig":
        yield f"its use is {shown(entry['use'])}, not signatures"
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        yield f"its key_ops are {shown(operations)}, without verify"
    if "d" in entry or "k" in entry:
        yield "it is a secret key, which nobody should publish"


def public_key(entry: Mapping[str, Any], algorithm: str) -> PublicKey:
    """Return the key of an entry; raises UnusedError where it is broken or too short."""
    try:
        key = jwt.PyJWK(dict(entry), algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise UnusedError(f"it can't be read: {error}") from None
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise UnusedError(f"it has {key.key_size} bits; an RSA key needs {MIN_RSA_BITS}")
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey):
        raise UnusedError("it is no public key")
    return key
