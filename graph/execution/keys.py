"""What a key that a mutation comes with stands for."""

import hashlib
from collections.abc import Sequence

from db.changes import Author
from db.idempotency import Key
from graph.cache.keys import written
from graph.execution.arguments import Values
from graph.execution.document import Operation


def key_of(
    text: str, author: Author, operation: Operation, values: Values, place: int, names: Sequence[str]
) -> Key:
    """The key of an operation's fields with these response names, the first of them in this place."""
    asked = [operation.digest, *(name.encode() for name in names), written(values)]
    return Key(author, text, place, hashlib.sha256(b"\0".join(asked)).digest())
