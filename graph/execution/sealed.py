"""A mutation's answer that holds a secret: what is kept of it by its key is encrypted."""

from collections.abc import Mapping

import orjson

from graph.vault import Vault

# Stands in place of the fields; these are objects, and this is a text.
SEALED = "sealed"


def seal(vault: Vault, data: Mapping[str, object]) -> Mapping[str, object]:
    """Return an answer's data as they may be kept."""
    return {SEALED: vault.seal(orjson.dumps(data)).decode()}


def is_sealed(data: Mapping[str, object]) -> bool:
    """Return whether data were sealed."""
    return len(data) == 1 and isinstance(data.get(SEALED), str)


def unseal(vault: Vault, data: Mapping[str, object]) -> Mapping[str, object]:
    """Return the data that were sealed; raises LostKeyError."""
    found: Mapping[str, object] = orjson.loads(vault.open(str(data[SEALED]).encode()))
    return found
