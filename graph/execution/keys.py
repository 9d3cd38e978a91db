"""The keys that mutations come with: what a key stands for, claimed before a change and kept with it."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from db import idempotency
from db.changes import Author
from db.idempotency import Answered, Key
from db.transaction import Transaction
from graph.errors import KeyInProgressError, KeyReusedError
from graph.execution.arguments import Values
from graph.execution.document import Operation


def key_of(
    text: str, author: Author, operation: Operation, values: Values, place: int, names: Sequence[str]
) -> Key:
    """The key of an operation's fields with these response names, the first of them in this place."""
    given = orjson.dumps(values, default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    asked = [operation.digest, *(name.encode() for name in names), given]
    return Key(author, text, place, hashlib.sha256(b"\0".join(asked)).digest())


async def claim(transaction: Transaction, key: Key) -> Answered | None:
    """What was answered to a key before; raises KeyInProgressError or KeyReusedError."""
    with telling_of_keys():
        return await idempotency.claim(transaction, key)


async def keep(transaction: Transaction, key: Key, answered: Answered) -> None:
    """Keep what was answered; raises KeyInProgressError."""
    with telling_of_keys():
        await idempotency.keep(transaction, key, answered)


@contextmanager
def telling_of_keys() -> Iterator[None]:
    """Tell clients of keys that stand for something else."""
    try:
        yield
    except idempotency.InProgressError:
        raise KeyInProgressError(
            "A mutation with this Idempotency-Key is running; ask again in a moment."
        ) from None
    except idempotency.ReusedError:
        raise KeyReusedError("This Idempotency-Key was used for another mutation; take a new one.") from None
