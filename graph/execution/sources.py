"""Where a field's value comes from: a closed set of ways; what differs between them is decided by `match`."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar, assert_never

from db.nested import JsonColumns, Nested
from db.reads import Reads
from graph.roles.guard import Guard

# What an inlined expression may name: {root} is the parent; {owner} is what the list came from that the parent
# stands in; any other name is a column of the parent.
ROOT, OWNER = "root", "owner"
_NAMES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Own:
    """In JSON: an object over the same row, or the same page; null where the column `unless` is.

    It is so where the field's arguments are the ones `given`, each by its name.
    """

    unless: str | None = None
    given: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Every:
    """In JSON: a list with an object for each row of a page."""


# What a field's value is in JSON that PostgreSQL writes (see db/nested.py): a column by its name, or one of these.
InJson = str | Own | Every | None

# Makes of a shape and of a field's arguments, by name, the column that holds what the field reads; None where none
# does. An argument that is a variable is given as a SizeVariable.
Nest = Callable[..., Nested | None]


T = TypeVar("T")

# What a read depends on, by its parents (none of a read that has none in particular) and its arguments; None where
# that is what its parents depend on.
Dependence = Callable[..., Iterable[str] | None]


@dataclass(frozen=True, slots=True)
class SizeVariable:
    """A variable that says how long a page is, and what is asked for where it isn't given."""

    name: str

    @property
    def sql(self) -> str:
        """Write its value."""
        return f"$({self.name})::int"


@dataclass(frozen=True, slots=True)
class Column:
    """A column (or a key) of the parent."""

    name: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A Python expression over the parent."""

    form: str
    # Columns that it needs besides those that it names.
    others: tuple[str, ...] = ()
    in_json: InJson = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the columns of the parent that it needs."""
        return (*(name for name in _NAMES.findall(self.form) if name not in {ROOT, OWNER}), *self.others)

    @property
    def column(self) -> str | None:
        """Return the column that it is and nothing else; None where it is more."""
        found = _NAMES.fullmatch(self.form)
        return found[1] if found and found[1] not in {ROOT, OWNER} else None

    def write(self, root: str, owner: str, column: Callable[[str], str]) -> str:
        """Write the expression over a parent, its owner and its columns, each an expression itself."""
        return _NAMES.sub(lambda name: {ROOT: root, OWNER: owner}.get(name[1]) or column(name[1]), self.form)


@dataclass(frozen=True, slots=True)
class Call:
    """What a function makes of the parent, and of the columns of it that it names."""

    function: Callable[..., object]
    reads: tuple[str, ...]
    takes_root: bool = True
    in_json: InJson = None


@dataclass(frozen=True, slots=True)
class Move:
    """How a read moves to another context, and all that stands below it, where an argument of its is given.

    `to` makes the context of the one that the operation runs in and of the argument.
    """

    argument: str
    to: Callable[[Any, Any], Awaitable[Any]]


class Event(NamedTuple):
    """What a feed tells: the root of one answer, and its place among all that is told.

    `has_next` where the next one is there already.
    """

    cursor: str
    root: Any
    has_next: bool = False


class Feed(Protocol):
    """What a field of Subscription tells: events one after the other, for as long as somebody listens."""

    @property
    def cursor(self) -> str:
        """After what to go on: all before it was told."""

    @property
    def first(self) -> Event | None:
        """The first of the events that were read when it began, before any is told; None where there were none."""

    @property
    def key(self) -> Hashable:
        """What distinguishes its events from those of others; None if nobody else has the same."""

    def copy(self) -> "Feed":
        """A feed of the same events, from where this one is."""

    def move_to(self, cursor: str) -> None:
        """Continue after a cursor: the events up to it were told otherwise."""

    def read(self) -> AsyncGenerator[Event | None]:
        """Yield each event that there is by now once; None, now and then, while they can't be read."""

    async def goes_on(self, seconds: float) -> bool:
        """Whether there may be more to read within so many seconds."""

    def events(self, pause: float) -> AsyncGenerator[Event | None]:
        """Yield each event once, without an end; None where nothing was to be told for so many seconds."""

    async def answer(self, event: Event, run: Callable[[Reads], Awaitable[T]]) -> T:
        """Return what `run` makes of an event, of the directory as this feed shows it; it may run twice."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the database is asked for: once for all parents, or where it has none in particular, once.

    `reads` are columns of the parents that it needs; one that takes columns reads no others of its own rows.
    `nest` may give a column of the parents' rows in place of a read, where nothing is asked for but `nestable`.
    One without parents may `move`.
    `tags` says what the read depends on besides its parents, by these and its arguments; None where nobody knows.
    `is_dear` where it costs the database more than a shared cache costs to ask.
    `feed` begins to tell the events of a field of Subscription; each is what the read gives for one answer.
    """

    call: Callable[..., Awaitable[object]]
    reads: tuple[str, ...]
    is_batched: bool
    takes_columns: bool
    nest: Nest | None = None
    nestable: JsonColumns = field(default_factory=dict, compare=False)
    in_json: InJson = None
    tags: Dependence | None = None
    is_dear: bool = False
    move: Move | None = None
    feed: Callable[..., Awaitable[Feed]] | None = None


@dataclass(frozen=True, slots=True)
class TypeName:
    """The name of the parent's type."""

    name: str


@dataclass(frozen=True, slots=True)
class Json:
    """A column of the parent's row that is JSON already; `sizes` are the variables that it takes."""

    column: Nested
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing: the viewer's roles don't open the field."""

    guard: Guard


# What the schema says; and what a plan makes of some of them.
Declared = Column | Inline | Call | Read | TypeName
Source = Declared | Json | Refused


def columns_of(source: Source) -> tuple[str | Nested, ...]:
    """Return the columns of its parent that a field needs."""
    match source:
        case Column(name):
            return (name,)
        case Json(column):
            return (column,)
        case Inline() | Call() | Read():
            return source.reads
        case TypeName() | Refused():
            return ()
        case _:
            assert_never(source)


def in_json(source: Declared, names: Mapping[str, object]) -> InJson:
    """Return what a field is in JSON; a column is what is called like it, where there is such a thing."""
    match source:
        case Column(name):
            return name if name in names else None
        case Inline() | Call() | Read():
            return source.in_json
        case TypeName():
            return None
        case _:
            assert_never(source)


def looks_at_root(source: Source) -> bool:
    """Return whether the value can't be had from a parent that is null, or a failure."""
    match source:
        case Column() | Inline() | Json():
            return True
        case Call() | Read() | TypeName() | Refused():
            return False
        case _:
            assert_never(source)


def is_read(source: Source) -> bool | None:
    """Return whether the database is asked for a field itself: True, or False where it comes in its owner's row.

    None for what comes from what is there already.
    """
    match source:
        case Read():
            return True
        case Json():
            return False
        case Column() | Inline() | Call() | TypeName() | Refused():
            return None
        case _:
            assert_never(source)
