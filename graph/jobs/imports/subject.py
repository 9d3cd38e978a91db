"""What the rows of a file are about, such as companies, and the verbs that write it."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.changes import Change
from db.columns import Columns
from db.reads import Reads
from graph.mutations.rows import Row
from graph.mutations.verb import Verb

# What is read of what a row has written.
VERSION: Final = Columns(("version",))


@dataclass(frozen=True, slots=True)
class Subject:
    """What rows are about: the verbs that write it, and how one of it is told from another.

    `name` is what the files of outcomes are called by. `key` is the field that names one that is there, `repeated`
    what a row is told that has the key of an earlier one, `needed` the columns one of which a table must have.

    `known` finds those of some keys that are there. `of_row` and `of_change` return which one a row that is done
    and a change are about, `versions` the versions of some, `prefix` stands before that one in its id.
    """

    name: str
    create: Verb[Any]
    update: Verb[Any]
    key: str
    repeated: str
    needed: Sequence[str]
    known: Callable[[Reads, Sequence[str]], Awaitable[Collection[str]]]
    of_row: Callable[[Row[Any]], Any]
    of_change: Callable[[Change], Hashable]
    versions: Callable[[Reads, Sequence[Any]], Awaitable[Mapping[Any, int]]]
    prefix: str
