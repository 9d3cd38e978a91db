"""What an operation comes to: the reads it takes, level by level, and the shape that its answer is made in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from graphql import GraphQLNamedType, GraphQLObjectType, is_enum_type, is_non_null_type

from db.columns import CURSOR, DISTANCE, Columns
from db.nested import Constant, JsonColumns, Member, Nested, Object, Rows
from db.statement import parameter
from graph.execution import tree
from graph.execution.arguments import Arguments, Values, Variable
from graph.execution.document import Operation
from graph.execution.facts import Facts, FieldFact
from graph.execution.sources import (
    Call,
    Column,
    Every,
    Inline,
    Json,
    Move,
    Own,
    Read,
    Refused,
    SizeVariable,
    Source,
    TypeName,
    columns_of,
    in_json,
)
from graph.execution.tree import Occurrence, Selection
from graph.roles.guard import Guard

# Not columns that a row has by their names: what they stand for comes after the columns.
_PSEUDO = frozenset({CURSOR, DISTANCE})

_PLAIN = frozenset({"String", "ID", "Int", "Float", "Boolean", "NPI", "PhoneNumber", "Date", "DateTime"})


class ForeignError(Exception):
    """An operation that is left to graphql-core, and why."""


class ReadByLevelError(Exception):
    """Rows must be read level by level and field by field after all.

    No page has this size, the statement of nested rows failed, or what stands between a row and its relations did.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One read of a plan: a field that the database is asked for, once for all its parents."""

    number: int
    level: int
    field: FieldFact
    source: Read
    arguments: Arguments
    # What anyone below needs of this read's rows, in the order of their first use; None where it always reads the
    # same. `sizes` are the variables that the nested ones among them take.
    columns: Columns | None
    sizes: tuple[str, ...]
    # Whether its rows are of one type: only then are their columns known by position.
    is_uniform: bool
    # The columns that the database never leaves empty.
    never_null: frozenset[str]
    # How it moves to another context, if it does; and the number of the read above it that did.
    move: Move | None
    mover: int | None

    @property
    def nests(self) -> bool:
        """Return whether its rows hold rows of other tables."""
        return self.columns is not None and any(isinstance(column, Nested) for column in self.columns)

    @property
    def constant(self) -> Mapping[str, object] | None:
        """Return the arguments where they are the same for each request; else None."""
        return None if self.sizes or self.arguments.varying else self._with_columns(self.arguments.constant)

    def bind(self, values: Values, sizes: range) -> Mapping[str, object]:
        """Return the arguments with the values of variables; a page may have any of `sizes`.

        Raises UnboundError or ReadByLevelError.
        """
        bound = self._with_columns(self.arguments.bind(values))
        if not self.sizes or self.columns is None:
            return bound
        taken: dict[str, object] = {}
        for name in self.sizes:
            if values[name] not in sizes:
                raise ReadByLevelError
            taken[parameter(name)] = values[name]
        return {**bound, "columns": self.columns.taking(taken)}

    def position(self, column: str | Nested) -> int | None:
        """Return where a column stands in this read's rows, or None where it must be asked for by name."""
        if not self.is_uniform or self.columns is None or column in _PSEUDO:
            return None
        real = (name for name in self.columns if name not in _PSEUDO)
        return next(number for number, name in enumerate(real) if name == column)

    def _with_columns(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        return arguments if self.columns is None else {**arguments, "columns": self.columns}


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of one object type in an answer, with the characters that it is written at."""

    number: int
    key: str
    fact: FieldFact
    positions: tuple[int, ...]
    source: Source
    arguments: Arguments
    # What is asked of each object type that its value can be of.
    shapes: tuple["Shape", ...]
    reading: Reading | None

    @property
    def read_number(self) -> int:
        """Return the number of the read that gives its value; raises TypeError where none does."""
        if self.reading is None:
            raise TypeError(self.fact.coordinate)
        return self.reading.number


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is asked of one object type."""

    type: GraphQLObjectType
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The shape of an answer, and its reads in the order of their levels: those of a level run side by side."""

    root: Shape
    readings: tuple[Reading, ...]

    @property
    def is_refused(self) -> bool:
        """Return whether the viewer may not use some of its fields."""
        return any(isinstance(each.source, Refused) for each in fields_in(self.root))

    @property
    def nests(self) -> bool:
        """Return whether rows come with their owners'."""
        return any(reading.nests for reading in self.readings)

    @property
    def moves(self) -> bool:
        """Return whether some of its reads take place in another context than the operation's."""
        return any(reading.move for reading in self.readings)


def fields_in(shape: Shape) -> Iterator[Field]:
    """Yield all fields of a shape."""
    for each in shape.fields:
        yield each
        for inner in each.shapes:
            yield from fields_in(inner)


@dataclass(frozen=True, slots=True)
class Form:
    """What decides how one operation is planned, besides itself.

    `given` are the values of its conditions, `nulls` those of its `nullables` that are null or missing, `refused`
    the places of fields that the viewer may not use. With `nests`, rows may come with their owners'.
    """

    given: Mapping[str, object]
    nulls: frozenset[str]
    refused: Mapping[Occurrence, Guard]
    nests: bool = True


def plan_of(facts: Facts, operation: Operation, form: Form, root: Selection | None = None) -> Plan:
    """Return the plan of an operation, or of a part of its root; raises ForeignError for graphql-core's.

    What graphql-core alone can do is introspection, and what declares no source.
    """
    if operation.is_foreign:
        raise ForeignError("It asks for the schema, or for what declares no source; graphql-core runs it.")
    if any(form.given.get(name) is None for name in operation.conditions):
        raise ForeignError("@skip or @include is given null.")
    return _Planner(facts, form).plan(root or operation.root)


@dataclass(slots=True, eq=False)
class _Rows:
    """The rows that a read will give, while those below it are asked what they need of them."""

    level: int
    takes_columns: bool
    is_uniform: bool
    columns: dict[str | Nested, None] = field(default_factory=dict)
    sizes: dict[str, None] = field(default_factory=dict)
    never_null: frozenset[str] = frozenset()

    @property
    def can_nest(self) -> bool:
        """Return whether rows of other tables may be columns of these."""
        return self.is_uniform and self.takes_columns


class _Planner:
    """Plans one operation: from the leaves up, so that what is made is whole."""

    def __init__(self, facts: Facts, form: Form) -> None:
        self._facts = facts
        self._form = form
        self._fields = 0
        self._readings: list[Reading] = []
        self._numbers = 0
        # The read that moved whatever is planned at the moment.
        self._mover: int | None = None

    def plan(self, root: Selection) -> Plan:
        shape = self._shape(root, None, 0)
        return Plan(shape, tuple(sorted(self._readings, key=lambda reading: (reading.level, reading.number))))

    def _shape(self, selection: Selection, rows: _Rows | None, level: int) -> Shape:
        fields = tuple(
            self._field(each, places, rows, level) for each, places in selection.included(self._form.given)
        )
        if rows is not None and (never_null := self._facts.never_null(selection.type)) is not None:
            rows.never_null = never_null
        return Shape(selection.type, fields)

    def _field(self, field: tree.Field, places: list[Occurrence], rows: _Rows | None, level: int) -> Field:
        refusing = next((self._form.refused[each] for each in places if each in self._form.refused), None)
        source: Source = Refused(refusing) if refusing else self._source_of(field, rows)
        shapes: tuple[Shape, ...] = ()
        reading = None
        match source:
            case Read():
                shapes, reading = self._read(field, source, rows, level)
            case Inline():
                shapes = self._shapes(field, rows, level)
            case Column() | Call():
                # What a row holds is asked by name; relations of it are read as those of a row.
                shapes = self._shapes(field, _Rows(level, takes_columns=False, is_uniform=True), level)
            case Json() | Refused() | TypeName():
                pass
            case _:
                assert_never(source)
        if rows is not None:
            rows.columns |= dict.fromkeys(columns_of(source))
            rows.sizes |= dict.fromkeys(source.sizes if isinstance(source, Json) else ())
        self._fields += 1
        positions = tuple(each.position for each in places)
        return Field(self._fields, field.key, field.fact, positions, source, field.arguments, shapes, reading)

    def _shapes(self, field: tree.Field, rows: _Rows | None, level: int) -> tuple[Shape, ...]:
        return tuple(self._shape(each, rows, level) for each in field.selections.values())

    def _read(
        self, field: tree.Field, source: Read, rows: _Rows | None, level: int
    ) -> tuple[tuple[Shape, ...], Reading]:
        if source.is_batched and rows is None:
            raise ForeignError("A relation of what is no row.")
        number, self._numbers = self._numbers, self._numbers + 1
        # What depends on no parent needn't wait for any.
        own_level = level if source.is_batched else 0
        found = _Rows(own_level, source.takes_columns, is_uniform=len(field.selections) <= 1)
        move, mover = self._move_of(field, source), self._mover
        self._mover = mover if move is None else number
        shapes = self._shapes(field, found, level + 1)
        self._mover = mover
        columns = Columns(found.columns) if source.takes_columns else None
        reading = Reading(
            number,
            own_level,
            field.fact,
            source,
            field.arguments,
            columns,
            tuple(found.sizes),
            found.is_uniform,
            found.never_null,
            move,
            mover,
        )
        self._readings.append(reading)
        return shapes, reading

    def _move_of(self, field: tree.Field, source: Read) -> Move | None:
        """Return how a read moves: only where the argument for it is given."""
        if source.move is None:
            return None
        name = source.move.argument
        if name not in field.arguments.varying:
            return source.move if field.arguments.constant.get(name) is not None else None
        given, _ = field.arguments.varying[name]
        is_null = isinstance(given, Variable) and given.name in self._form.nulls
        return None if is_null else source.move

    def _source_of(self, field: tree.Field, rows: _Rows | None) -> Source:
        """Return where a field's value comes from: with its owner's row, where that can be and is asked for."""
        source = field.fact.source
        if source is None:
            raise ForeignError(f"{field.fact.coordinate} declares no source.")
        if isinstance(source, Read) and source.nest and rows is not None and rows.can_nest and self._form.nests:
            return self._nested(field, source) or source
        return source

    def _nested(self, field: tree.Field, read: Read) -> Json | None:
        """Return the column of its owner's rows that holds what a relation reads, where one can."""
        if read.nest is None:
            return None
        given: dict[str, object] = dict(field.arguments.constant)
        sizes = []
        for name, (value, _) in field.arguments.varying.items():
            if not isinstance(value, Variable):
                return None
            if value.name not in self._form.nulls:
                given[name] = SizeVariable(value.name)
                sizes.append(value.name)
        [selection] = field.selections.values()
        wanted = self._object(selection, read.nestable)
        column = read.nest(wanted, **given) if wanted is not None else None
        return None if column is None else Json(column, tuple(sizes))

    def _object(self, selection: Selection, nestable: JsonColumns, unless: str | None = None) -> Object | None:
        """Return an object as its members in JSON; None where some of them can't be nested."""
        found: list[tuple[str, Member]] = []
        for each, places in selection.included(self._form.given):
            member = self._member(each, places, nestable)
            if member is None:
                return None
            found.append((each.key, member))
        return Object(tuple(found), unless)

    def _member(self, field: tree.Field, places: list[Occurrence], nestable: JsonColumns) -> Member | None:
        source = field.fact.source
        if isinstance(source, TypeName):
            return Constant(source.name)
        if source is None or any(each in self._form.refused for each in places):
            return None
        match in_json(source, nestable):
            case None:
                return None
            case Own(unless, given):
                are_given = not field.arguments.varying and field.arguments.constant == dict(given)
                return self._object(self._only(field), nestable, unless) if are_given else None
            case Every():
                each = self._object(self._only(field), nestable)
                return None if each is None else Rows(each)
            case name:
                return name if can_hold(nestable, name, field.fact) else None

    def _only(self, field: tree.Field) -> Selection:
        [selection] = field.selections.values()
        return selection


def is_plain(named: GraphQLNamedType) -> bool:
    """Return whether a leaf is in JSON what it is in a row; others are serialized."""
    return named.name in _PLAIN or is_enum_type(named)


def can_hold(columns: JsonColumns, name: str, fact: FieldFact) -> bool:
    """Return whether a column in JSON is all that a field can be."""
    found = columns.get(name)
    if found is None or not is_plain(fact.named):
        return False
    return not (found.nullable and is_non_null_type(fact.type))
