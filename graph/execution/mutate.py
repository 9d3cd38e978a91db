"""Runs a mutation: its fields in their order, each in a transaction of its own.

A field is planned and interpreted like a query's, over the transaction that it writes in: its answer shows what it
wrote, and is known before anything is kept.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, strip_ignored_characters

from db import changes, idempotency
from db.changes import Author
from db.engine import Database
from db.failures import DatabaseUnavailableError, OutcomeUnknownError
from db.idempotency import Answered, Key
from db.transaction import Transaction
from graph.context import Context, Writing
from graph.errors import (
    BadUserInputError,
    ClientError,
    KeyInProgressError,
    KeyReusedError,
    ServiceUnavailableError,
)
from graph.execution.arguments import UnboundError, Values
from graph.execution.document import Operation
from graph.execution.interpret import complete, gather
from graph.execution.plan import Plan
from graph.execution.reads import Outcomes
from graph.execution.retold import note_errors, retell
from graph.execution.sources import Read

log = logging.getLogger("ariesone.mutation")


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a mutation: its place among them, and its plan."""

    place: int
    plan: Plan

    @property
    def key(self) -> str:
        """Its response name."""
        return self.plan.root.fields[0].key

    @property
    def writes(self) -> bool:
        """Whether it does anything: not where it is refused, or only asks for a name."""
        return isinstance(self.plan.root.fields[0].source, Read)


@dataclass(slots=True)
class Done:
    """What a field came to, the change that it ended with, and whether that was told before.

    `is_refused` where nothing could be done, which is yet to be kept by its key.
    """

    data: Mapping[str, Any]
    errors: list[GraphQLError] = field(default_factory=list)
    cursor: int | None = None
    is_replayed: bool = False
    is_refused: bool = False


class Mutation:
    """One mutation that runs; with `key`, what was done for it before isn't done again."""

    def __init__(
        self, operation: Operation, values: Values, context: Context, sizes: range, key: str | None
    ) -> None:
        if not isinstance(context.database, Database):
            raise TypeError("A mutation begins its transactions itself.")
        self._database = context.database
        self._operation = operation
        self._values = values
        self._context = context
        self._sizes = sizes
        self._key = key
        self._author = Author(context.viewer.issuer, context.viewer.subject or "")

    async def run(self, steps: list[Step]) -> ExecutionResult:
        """The data and errors of its fields, done one after the other."""
        done = [await self._do(step) for step in steps]
        data = {name: value for each in done for name, value in each.data.items()}
        errors = [error for each in done for error in each.errors]
        cursors = [each.cursor for each in done if each.cursor is not None]
        extensions: dict[str, Any] = {}
        if cursors:
            extensions["consistency"] = {"cursor": str(max(cursors))}
        if self._key is not None:
            extensions["idempotency"] = {"replayed": any(each.is_replayed for each in done)}
        return ExecutionResult(data, errors or None, extensions or None)

    async def _do(self, step: Step) -> Done:
        if not step.writes:
            return self._complete(step, {})
        try:
            return await self._done(step)
        except UnboundError:
            error: Exception = BadUserInputError(f"{step.key} needs a value that its variables leave null.")
        except DatabaseUnavailableError as lost:
            log.warning("the database is out of reach: %s", lost)
            is_known = not isinstance(lost, OutcomeUnknownError)
            error = ServiceUnavailableError(self._advice(is_known=is_known))
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is this field's error
            error = failure
        return self._fail(step, error)

    async def _done(self, step: Step) -> Done:
        """Do a field in a transaction; that it can't be done is kept in another one, where it has a key."""
        async with self._database.transaction() as transaction:
            done = await self._write(step, transaction)
        if done.is_refused:
            async with self._database.transaction() as transaction:
                done = await self._keep_refusal(step, transaction, done)
        return done

    async def _write(self, step: Step, transaction: Transaction) -> Done:
        """Do a field within a transaction, which is undone where nothing of it may be kept."""
        key = self._key_of(step)
        if key is not None and (answered := await claim(transaction, key)) is not None:
            return self._replay(answered)
        writing = Writing(transaction, self._author)
        context = replace(self._context, database=transaction, writing=writing)
        outcomes = await gather(step.plan, context, self._values, self._sizes)
        raise_what_broke(outcomes)
        done = self._complete(step, outcomes)
        if writing.is_undone:
            transaction.undo()
            done.is_refused = key is not None and not writing.is_rehearsed
            return done
        done.cursor = await changes.record(transaction, writing.changes, self._author)
        if key is not None:
            await keep(transaction, key, done)
        return done

    async def _keep_refusal(self, step: Step, transaction: Transaction, done: Done) -> Done:
        """Keep that a field can't be done; another one may have been quicker with the same key."""
        key = self._key_of(step)
        if key is None:
            return done
        if (answered := await claim(transaction, key)) is not None:
            return self._replay(answered)
        await keep(transaction, key, done)
        return done

    def _replay(self, answered: Answered) -> Done:
        """What was answered the first time."""
        errors = [retell(each, self._operation.source) for each in answered.errors]
        return Done(answered.data, errors, answered.cursor, is_replayed=True)

    def _advice(self, *, is_known: bool) -> str:
        """What to do about a database that is out of reach; whether anything was done may not be known."""
        if is_known:
            return "The database can't be reached right now; nothing was done. Trying again is safe."
        if self._key is not None:
            return (
                "The database was lost at the last moment, and whether the change was made isn't known. Send it "
                "again with the same Idempotency-Key: it won't be made twice."
            )
        return (
            "The database was lost at the last moment, and whether the change was made isn't known. Look before "
            "you send it again; with an Idempotency-Key it wouldn't be made twice."
        )

    def _complete(self, step: Step, outcomes: Outcomes) -> Done:
        result = complete(step.plan, outcomes, self._values, self._operation.source)
        return Done(result.data or {step.key: None}, list(result.errors or ()))

    def _fail(self, step: Step, error: Exception) -> Done:
        positions = list(step.plan.root.fields[0].positions)
        message = str(getattr(error, "message", error))
        source = self._operation.source
        told = GraphQLError(message, source=source, positions=positions, path=[step.key], original_error=error)
        return Done({step.key: None}, [told])

    def _key_of(self, step: Step) -> Key | None:
        if self._key is None:
            return None
        values = orjson.dumps(self._values, default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        asked = [digest_of(self._operation), step.key.encode(), values]
        return Key(self._author, self._key, step.place, hashlib.sha256(b"\0".join(asked)).digest())


def digest_of(operation: Operation) -> bytes:
    """What tells an operation from others, however it is laid out; kept with it."""
    if operation.digest is None:
        text = f"{operation.name}\0{strip_ignored_characters(operation.source.body)}"
        operation.digest = hashlib.sha256(text.encode()).digest()
    return operation.digest


async def claim(transaction: Transaction, key: Key) -> Answered | None:
    """What was answered to a key before; raises KeyInProgressError or KeyReusedError."""
    with telling_of_keys():
        return await idempotency.claim(transaction, key)


async def keep(transaction: Transaction, key: Key, done: Done) -> None:
    """Keep what a field came to; raises KeyInProgressError."""
    answered = Answered(done.data, note_errors(done.errors), done.cursor)
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


def raise_what_broke(outcomes: Outcomes) -> None:
    """Raise what a statement failed with: after that, nothing of its transaction can be kept."""
    for _, results in outcomes.values():
        for found in results:
            if isinstance(found, Exception) and not isinstance(found, ClientError):
                raise found
