"""Writes rows of a file in a transaction, by the verbs of mutations."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.changes import Change
from graph.context import Context
from graph.execution.facts import Facts
from graph.jobs.imports.outcomes import Fate, RowOutcome
from graph.jobs.imports.reader import InputReader
from graph.jobs.imports.subject import Subject
from graph.mutations.import_input import ImportOperation
from graph.mutations.rows import Row, Rows
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.scalars import bare

# Characters of what names something; with more it names nothing.
LONGEST_KEY: Final = 100


@dataclass(frozen=True, slots=True)
class Given:
    """A row of a file: its number, its fields, and whether an earlier row is about the same."""

    number: int
    fields: Mapping[str, Any]
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A row on its way: its number, whether it enters something, and what its verb is handed, unless it is bad."""

    number: int
    is_new: bool
    row: Row[Any]


class RowWriter:
    """Writes rows about one subject by one operation."""

    def __init__(self, subject: Subject, operation: ImportOperation, facts: Facts) -> None:
        self._subject = subject
        self._operation = operation
        self._verbs = {True: subject.create, False: subject.update}
        create = InputReader(facts, subject.create.input.__name__, "for what is entered")
        update = InputReader(facts, subject.update.input.__name__, "for what is there already")
        self._readers = {True: create, False: update}

    def key_of(self, fields: Mapping[str, Any]) -> str | None:
        """Return what a row names something by that is there; None where it names nothing."""
        key = fields.get(self._subject.key)
        return bare(key) if isinstance(key, str) and len(key) <= LONGEST_KEY else None

    async def do(self, context: Context, given: Sequence[Given]) -> tuple[list[RowOutcome], list[Change]]:
        """Do the good ones of some rows in a transaction; the outcomes of all, and the changes to record."""
        entries = await self._enter(context, given)
        changes: list[Change] = []
        for is_new, verb in self._verbs.items():
            rows = [each.row for each in entries if each.is_new is is_new and not each.row.problems.found]
            if rows:
                changes += await verb.do(context, Rows(rows, keeps_good=True))
        return list(await self._outcomes(context, entries, changes)), changes

    async def _enter(self, context: Context, given: Sequence[Given]) -> list[Entry]:
        """Read rows as inputs of their verbs."""
        known = await self._known(context, given)
        entries = []
        for each in given:
            is_new, problems = self.key_of(each.fields) not in known, Problems()
            found = self._readers[is_new].read(each.fields, problems)
            if each.is_repeated:
                problems.add(UserErrorCode.REPEATED, self._subject.repeated, self._subject.key)
            entries.append(Entry(each.number, is_new, Row(found, problems)))
        return entries

    async def _known(self, context: Context, given: Sequence[Given]) -> Collection[str | None]:
        """Return the keys of the rows that update something."""
        keys = {self.key_of(each.fields) for each in given}
        match self._operation:
            case ImportOperation.CREATE:
                return ()
            case ImportOperation.UPDATE:
                return keys
            case ImportOperation.UPSERT:
                return await self._subject.known(context.database, sorted(filter(None, keys)))

    async def _outcomes(
        self, context: Context, entries: Sequence[Entry], changes: Sequence[Change]
    ) -> Iterator[RowOutcome]:
        """Return what became of rows."""
        subject = self._subject
        done = [subject.of_row(each.row) for each in entries if not each.row.problems.found]
        versions = await subject.versions(context.database, done) if done else {}
        changed = {subject.of_change(each) for each in changes}

        def outcome_of(entry: Entry) -> RowOutcome:
            row, about = entry.row, subject.of_row(entry.row)
            if row.problems.found:
                return RowOutcome(entry.number, Fate.FAILED, problems=row.problems.found)
            fate = Fate.CREATED if entry.is_new else Fate.UPDATED if about in changed else Fate.UNCHANGED
            return RowOutcome(entry.number, fate, row.npi, f"{subject.prefix}{about}", versions.get(about))

        return map(outcome_of, entries)
