"""Links to files, valid for a while without a token: whoever has one may read that file and nothing else."""

import hmac
import time
from hashlib import sha256
from typing import Final
from uuid import UUID

# Where files are downloaded from.
FILES: Final = "/files/"
# Seconds that a link is valid for at least.
LIFETIME: Final = 3600
# Seconds for which the same link is given: whoever asks again meanwhile gets the same answer.
STEP: Final = 900


def link_to(id_: UUID, key: bytes) -> str:
    """Return a link to a job's file that is good from now on, without scheme and host; the job's key signs it.

    It ends LIFETIME seconds after the STEP that it is made in.
    """
    expires = (int(time.time()) // STEP + 1) * STEP + LIFETIME
    return f"{FILES}{id_}?expires={expires}&signature={_signature(id_, key, str(expires))}"


def is_good(id_: UUID, key: bytes, expires: str, signature: str) -> bool:
    """Return whether a link to a job's file was made with its key, and hasn't expired."""
    is_ours = hmac.compare_digest(signature.encode(), _signature(id_, key, expires).encode())
    return is_ours and int(expires) > time.time()


def _signature(id_: UUID, key: bytes, expires: str) -> str:
    return hmac.new(key, f"{id_} {expires}".encode(), sha256).hexdigest()
