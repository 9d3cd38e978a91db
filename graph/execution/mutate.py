"""Runs a mutation: its fields in their order, each in a transaction of its own, or under @atomic all in one.

A field is planned and run like a query, over the transaction that it writes in: its answer shows what it wrote,
and is known before anything is kept.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import ExecutionResult, GraphQLError

from db import changes, idempotency
from db.changes import Author, Change
from db.columns import Asked
from db.engine import Database
from db.failures import DatabaseUnavailableError, OutcomeUnknownError
from db.idempotency import Answered, AnsweredError, Claim, InProgressError, Key, ReusedError
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
from graph.execution.compile import Compiled, IrregularError
from graph.execution.document import Operation
from graph.execution.interpret import complete, gather
from graph.execution.keys import key_of
from graph.execution.plan import Plan
from graph.execution.reads import Outcomes
from graph.execution.retold import note_errors, retell
from graph.execution.sealed import is_sealed, seal, unseal
from graph.execution.sources import Read
from graph.mutations.payload import NOT_DONE, SHOWN, not_done
from graph.telemetry.tracing import trace_here
from graph.vault import LostKeyError, Vault

log = logging.getLogger("ariesone.mutation")


class Step:
    """One field of a mutation: its place among them, its plan, and what that was compiled to, if it was.

    `key` is its response name. It `writes` unless it is refused, or only asks for a name.
    """

    __slots__ = ("compiled", "key", "place", "plan", "writes")

    def __init__(self, place: int, plan: Plan, compiled: Compiled | None = None) -> None:
        [root] = plan.root.fields
        self.place = place
        self.plan = plan
        self.compiled = compiled
        self.key = root.key
        self.writes = isinstance(root.source, Read)

    @property
    def shown(self) -> Asked:
        """The columns that its payload shows of a company; None where it doesn't."""
        reading = next((each for each in self.plan.readings if each.source.call is SHOWN.call), None)
        return None if reading is None else reading.columns


@dataclass(slots=True)
class Unit:
    """The fields that are kept or undone together, and the one of them that is being done."""

    steps: Sequence[Step]
    running: Step | None = None


@dataclass(slots=True)
class Done:
    """What fields came to, the change that they ended with, and whether any of it was told before.

    `is_refused` where nothing could be done, which is yet to be kept by its key, where there is one; `is_secret`
    where the data hold a secret.
    """

    data: dict[str, Any] = field(default_factory=dict)
    errors: list[GraphQLError] = field(default_factory=list)
    cursor: int | None = None
    is_replayed: bool = False
    is_refused: bool = False
    is_secret: bool = False

    def add(self, other: "Done") -> None:
        """Add what other fields came to."""
        self.data |= other.data
        self.errors += other.errors
        if other.cursor is not None:
            self.cursor = max(self.cursor or 0, other.cursor)
        self.is_replayed |= other.is_replayed
        self.is_secret |= other.is_secret


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
        self._author = Author(context.viewer.issuer, context.viewer.subject or "", trace_here())

    async def run(self, steps: list[Step]) -> ExecutionResult:
        """The data and errors of its fields, done one after the other."""
        done = Done()
        for unit in [Unit(steps)] if self._operation.is_atomic else [Unit([each]) for each in steps]:
            done.add(await self._do(unit))
        extensions: dict[str, Any] = {}
        if done.cursor is not None:
            extensions["consistency"] = {"cursor": str(done.cursor)}
        if self._key is not None:
            extensions["idempotency"] = {"replayed": done.is_replayed}
        return ExecutionResult(done.data, done.errors or None, extensions or None)

    async def _do(self, unit: Unit) -> Done:
        """Do what is kept or undone together; whatever fails becomes its field's error."""
        if not any(step.writes for step in unit.steps):
            return self._told(unit, {})
        try:
            return await self._done(unit)
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is this field's error
            error = self._error_of(unit, failure)
        failing = [unit.running] if unit.running else [step for step in unit.steps if step.writes]
        return self._told(unit, {step.key: self._fail(step, error) for step in failing})

    async def _done(self, unit: Unit) -> Done:
        """Do a unit in a transaction; that it can't be done is kept in another one, where it has a key."""
        key = self._key_of(unit)
        try:
            async with self._database.transaction() as transaction:
                done = await self._write(unit, transaction, key)
            if done.is_refused and key is not None:
                async with self._database.transaction() as transaction:
                    transaction.begin_with(Claim(key))
                    # Another one may have been quicker with the same key.
                    await transaction.settle()
                    await idempotency.keep(transaction, key, done.data, note_errors(done.errors), [])
        except AnsweredError as found:
            return self._replay(found.answered)
        except (InProgressError, ReusedError):
            # The key stands for the whole unit.
            unit.running = None
            raise
        return done

    async def _write(self, unit: Unit, transaction: Transaction, key: Key | None) -> Done:
        """Do a unit within a transaction, which is undone where nothing of it may be kept."""
        if key is not None:
            transaction.begin_with(Claim(key))
        done, changed = await self._write_fields(unit, transaction)
        await transaction.settle()
        if not transaction.is_undone:
            if key is None:
                done.cursor = await changes.record(transaction, changed, self._author)
            else:
                data = seal(self._vault(), done.data) if done.is_secret else done.data
                noted = note_errors(done.errors)
                done.cursor = await idempotency.keep(transaction, key, data, noted, changed)
        return done

    async def _write_fields(self, unit: Unit, transaction: Transaction) -> tuple[Done, list[Change]]:
        """Do the fields of a unit, up to one that can't be done, and what they change; see `_write`."""
        done, changed, rehearsals = Done(), list[Change](), set[bool]()
        for step in unit.steps:
            unit.running = step
            writing = Writing(transaction, self._author, self._database, step.shown)
            answer = await self._write_field(step, writing)
            if writing.is_refused or answer.data[step.key] is None:
                transaction.undo()
                done = self._told(unit, {step.key: answer})
                done.is_refused = True
                return done, []
            answer.is_secret = writing.is_secret
            done.add(answer)
            changed += writing.changes
            if step.writes:
                rehearsals.add(writing.is_rehearsed)
                require_alike(rehearsals)
        unit.running = None
        if True in rehearsals:
            await transaction.flush()
            transaction.undo()
        return done, changed

    async def _write_field(self, step: Step, writing: Writing) -> Done:
        """Do a field, and answer it; raises what a statement failed with, and UnboundError."""
        if not step.writes:
            return self._complete(step, {})
        context = self._context.over(writing)
        if step.compiled is None:
            outcomes = await gather(step.plan, context, self._values, self._sizes)
        else:
            try:
                return Done(await step.compiled.run(context, self._values))
            except IrregularError as irregular:
                outcomes = irregular.outcomes
        raise_what_broke(outcomes)
        return self._complete(step, outcomes)

    def _replay(self, answered: Answered) -> Done:
        """What was answered the first time."""
        errors = [retell(each, self._operation.source) for each in answered.errors]
        data = unseal(self._vault(), answered.data) if is_sealed(answered.data) else answered.data
        return Done(dict(data), errors, answered.cursor, is_replayed=True)

    def _vault(self) -> Vault:
        """What seals answers that hold a secret."""
        checker = self._context.webhooks
        if checker is None or checker.vault is None:
            raise LostKeyError("An answer contains a secret, and no WEBHOOK_KEY is set.")
        return checker.vault

    def _key_of(self, unit: Unit) -> Key | None:
        if self._key is None:
            return None
        names = [step.key for step in unit.steps]
        return key_of(self._key, self._author, self._operation, self._values, unit.steps[0].place, names)

    def _told(self, unit: Unit, failed: Mapping[str, Done]) -> Done:
        """The answer to a unit of which nothing is kept: why fields failed, and that the others aren't done."""
        told = Done()
        for step in unit.steps:
            told.add(failed.get(step.key) or self._leave(step))
        return told

    def _leave(self, step: Step) -> Done:
        """The answer to a field that isn't done since another one can't be."""
        try:
            return self._complete(step, outcomes_of_nothing(step.plan, self._values))
        except UnboundError:
            return self._fail(step, unbound(step))

    def _error_of(self, unit: Unit, failure: Exception) -> Exception:
        """What clients are told of what a unit failed with."""
        match failure:
            case UnboundError():
                return unbound(unit.running)
            case InProgressError():
                return KeyInProgressError(
                    "A mutation with this Idempotency-Key is running; ask again in a moment."
                )
            case ReusedError():
                return KeyReusedError("This Idempotency-Key was used for another mutation; take a new one.")
            case DatabaseUnavailableError():
                log.warning("the database is out of reach: %s", failure)
                is_known = not isinstance(failure, OutcomeUnknownError)
                return ServiceUnavailableError(self._advice(is_known=is_known))
            case _:
                return failure

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


def outcomes_of_nothing(plan: Plan, values: Values) -> Outcomes:
    """What the reads of a field give that isn't done: its payload says so, and leads to nothing."""
    field = plan.root.fields[0]
    payload = not_done(field.arguments.bind(values).get("input"))
    return {
        each.number: ((), [payload]) if each is field.reading else ([NOT_DONE], [None]) for each in plan.readings
    }


def require_alike(rehearsals: set[bool]) -> None:
    """Refuse to try some fields and to do others in one transaction; raises BadUserInputError."""
    if len(rehearsals) > 1:
        raise BadUserInputError("Give validateOnly to all fields of an @atomic mutation, or to none.")


def unbound(step: Step | None) -> BadUserInputError:
    """The error of a field that can't be done without a value which its variables leave null."""
    return BadUserInputError(f"{step.key if step else 'A field'} needs a value that its variables leave null.")


def raise_what_broke(outcomes: Outcomes) -> None:
    """Raise what a statement failed with: after that, nothing of its transaction can be kept."""
    for _, results in outcomes.values():
        for found in results:
            if isinstance(found, Exception) and not isinstance(found, ClientError):
                raise found
