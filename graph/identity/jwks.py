"""The public keys that tokens may be signed with: a JSON Web Key Set (RFC 7517), from a URL or a file."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import HTTPRedirectHandler, build_opener

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from graph.errors import ServiceUnavailableError

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
KeySet = Mapping[tuple[str | None, str], PublicKey]

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

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have something called when keys are added or dropped."""
        self._changed = changed

    async def find(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        """Return the key of a token, or None; an unknown id leads to a look at the source, but not soon again.

        Raises ServiceUnavailableError where the source could not be read yet: the token may be a good one.
        """
        found = self._known(key_id, algorithm)
        if found is None and self._source is not None:
            async with self._lock:
                if time.monotonic() - self._looked >= self._cooldown:
                    await self._look()
            found = self._known(key_id, algorithm)
        if found is None and self._is_unread:
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

    def _known(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        if key_id is not None:
            return self._keys.get((key_id, algorithm))
        # A token that names no key can mean only one.
        fitting = [key for (_, name), key in self._keys.items() if name == algorithm]
        return fitting[0] if len(fitting) == 1 else None

    async def _look(self) -> None:
        if self._source is None:
            return
        self._looked = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT):
                content = await asyncio.to_thread(content_of, self._source)
            found = key_set(content)
        except (OSError, ValueError, HTTPException) as error:
            log.warning("the issuer's keys can't be read: %s", error)
            return
        self._is_unread = False
        is_same = found.keys() == self._keys.keys() and all(key == self._keys[name] for name, key in found.items())
        if not is_same:
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


def key_set(content: bytes) -> KeySet:
    """Return the keys that verify signatures, by id and algorithm; raises ValueError where there is no set."""
    parsed = orjson.loads(content)
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is no JSON Web Key Set")  # noqa: TRY004 - the content is wrong, not the call
    found: dict[tuple[str | None, str], PublicKey] = {}
    for entry in entries:
        is_named = isinstance(entry, dict) and isinstance(entry.get("kid"), str | None)
        algorithm = algorithm_of(entry) if is_named else None
        if algorithm is not None and (key := public_key(entry, algorithm)) is not None:
            found.setdefault((entry.get("kid"), algorithm), key)
    return found


def algorithm_of(entry: Mapping[str, Any]) -> str | None:
    """Return what a key verifies; None where it is secret, or meant for something else."""
    curve, uses = entry.get("crv"), entry.get("key_ops", ["verify"])
    algorithm = ALGORITHMS.get((str(entry.get("kty")), curve if isinstance(curve, str) else None))
    is_meant = entry.get("use", "sig") == "sig" and isinstance(uses, list) and "verify" in uses
    return algorithm if is_meant and "d" not in entry and entry.get("alg", algorithm) == algorithm else None


def public_key(entry: Mapping[str, Any], algorithm: str) -> PublicKey | None:
    """Return the key of an entry, or None where it is broken or too short."""
    try:
        key = jwt.PyJWK(dict(entry), algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        return None
    return key if isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey) else None
