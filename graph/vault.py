"""Encrypts the secrets of webhooks, with keys from the settings, which the database doesn't have."""

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
    """A secret can't be decrypted: its key isn't among those that are set."""


class Vault:
    """Encrypts and decrypts secrets. The first key encrypts, all decrypt, so that a key can be replaced."""

    def __init__(self, keys: str) -> None:
        self._keys = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in read_keys(keys)])

    def seal(self, secret: bytes) -> bytes:
        """Return a secret encrypted, as it may be stored."""
        return self._keys.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Return an encrypted secret decrypted; raises LostKeyError."""
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise LostKeyError("None of the keys in WEBHOOK_KEY decrypts this secret.") from None


def key_in(folder: Path) -> str:
    """Return the key stored in a folder; make one if there is none, the same for all who ask at once."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Readable by nobody else, and never half written.
        with NamedTemporaryFile("w", encoding="ascii", dir=folder, prefix=f"{FILE}.") as made:
            made.write(base64.b64encode(token_bytes(KEY_BYTES)).decode())
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, file)
    return file.read_text(encoding="ascii")
