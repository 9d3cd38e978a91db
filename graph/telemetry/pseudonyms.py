"""What viewers are called in the log: a name that tells them apart, and nothing of who they are."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

# Bytes of a pseudonym: enough to tell billions apart.
SIZE: Final = 8
# Bytes that a key of BLAKE2b has at most.
KEY: Final = 64
PURPOSE: Final = b"ariesone.log"


class Pseudonyms:
    """Makes pseudonyms with a key, without which nobody can try who may be meant."""

    def __init__(self) -> None:
        self._key = b""
        self.of = lru_cache(maxsize=4096)(self._make)

    def use_key(self, secret: str) -> None:
        """Make them with a key of this secret from now on."""
        self._key = blake2b(secret.encode(), digest_size=KEY, person=PURPOSE).digest()
        self.of.cache_clear()

    def _make(self, subject: str, issuer: str) -> str:
        """Return the pseudonym of a subject of tokens, whom an issuer tells apart: 16 hexadecimal digits."""
        whom = f"{len(issuer)} {issuer}{subject}".encode("utf-8", "surrogatepass")
        return blake2b(whom, digest_size=SIZE, key=self._key, person=PURPOSE).hexdigest()


pseudonyms: Final = Pseudonyms()
