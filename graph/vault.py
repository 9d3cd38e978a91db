"""Secrets that are kept for webhooks: encrypted by keys of the settings, which the database doesn't have."""

import base64
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from graph.environment.webhook_keys import KEY_BYTES, read_keys

# Where development keeps a key of its own, in the folder of the embedded servers.
FILE = "webhook.key"


class LostKeyError(Exception):
    """What was sealed can't be opened: its key isn't among those that are set."""


class Vault:
    """Seals and opens secrets. The first of its keys seals, each opens: so a key can be replaced by another."""

    def __init__(self, keys: str) -> None:
        self._keys = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in read_keys(keys)])

    def seal(self, secret: bytes) -> bytes:
        """Return a secret as it may be kept."""
        return self._keys.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Return a secret that was sealed; raises LostKeyError."""
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise LostKeyError("None of the keys in WEBHOOK_KEY decrypts this secret.") from None


def key_in(folder: Path) -> str:
    """Return the key that is kept in a folder, made where there is none, and the same for whoever asks at once."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # For nobody else's eyes, and never seen half written.
        with NamedTemporaryFile("w", encoding="ascii", dir=folder, prefix=f"{FILE}.") as made:
            made.write(base64.b64encode(token_bytes(KEY_BYTES)).decode())
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, file)
    return file.read_text(encoding="ascii")
