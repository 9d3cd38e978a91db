"""Links to files, valid for a while without a token: whoever has one may read, or send, that file alone."""

import hmac
import time
from hashlib import sha256
from typing import Final
from uuid import UUID

# Where files are downloaded from, and where they are sent to.
FILES: Final = "/files/"
UPLOADS: Final = "/uploads/"
# Seconds that a link is valid for at least.
LIFETIME: Final = 3600
# Seconds for which the same link is given: whoever asks again meanwhile gets the same answer.
STEP: Final = 900


def link_to(id_: UUID, key: bytes) -> str:
    """Return a link to a job's file that is good from now on, without scheme and host; the job's key signs it.

    It ends LIFETIME seconds after the STEP that it is made in.
    """
    expires = (int(time.time()) // STEP + 1) * STEP + LIFETIME
    return _signed(FILES, id_, key, expires)


def link_for(id_: UUID, key: bytes, expires: int) -> str:
    """Return a link that a file may be sent to until `expires` (seconds since 1970); the upload's key signs it."""
    return _signed(UPLOADS, id_, key, expires)


def is_good(id_: UUID, key: bytes, expires: str, signature: str) -> bool:
    """Return whether a link was made with this key, and hasn't expired."""
    return is_signed(id_, key, expires, signature) and not is_over(expires)


def is_signed(id_: UUID, key: bytes, expires: str, signature: str) -> bool:
    """Return whether a link was made with this key."""
    return hmac.compare_digest(signature.encode(), _signature(id_, key, expires).encode())


def is_over(expires: str) -> bool:
    """Return whether a link that was made here has expired."""
    return int(expires) <= time.time()


def _signed(place: str, id_: UUID, key: bytes, expires: int) -> str:
    return f"{place}{id_}?expires={expires}&signature={_signature(id_, key, str(expires))}"


def _signature(id_: UUID, key: bytes, expires: str) -> str:
    return hmac.new(key, f"{id_} {expires}".encode(), sha256).hexdigest()
