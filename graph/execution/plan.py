"""What an operation comes to before it is written as code: its fields merged by name, and the reads they take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from db.columns import CURSOR, DISTANCE
from db.nested import Constant, JsonColumns, Member, Nested, Object, Rows
from graph.execution.arguments import BACKREF, Arguments
from graph.execution.operation import Operation
from graph.guard import Guard
from graph.resolvers import ROWS, SELF, Call, Expression, Read, Resolver

# Not columns that a row has by their names: what they stand for comes after the columns.
_PSEUDO = frozenset({CURSOR, DISTANCE})

_PLAIN = frozenset({"String", "ID", "Int", "Float", "Boolean", "NPI", "PhoneNumber", "Date", "DateTime"})

TYPENAME = "__typename"


class NotCompilableError(Exception):
    """An operation that is left to the reference executor, and why."""


@dataclass(slots=True, eq=False)
class Reading:
    """One read of a plan: a field that the database is asked for, once for all its parents."""

    number: int
    level: int
    resolver: Read
    # The columns that anyone below needs of this read's rows, in the order of their first use.
    columns: dict[str | Nested, None] = field(default_factory=dict)
    # Whether its rows are of one type: only then are their columns known by position.
    is_uniform: bool = True
    # The columns that the database never leaves empty.
    never_null: frozenset[str] = frozenset()

    @property
    def nests(self) -> bool:
        """Return whether its rows hold rows of other tables."""
        return any(isinstance(column, Nested) for column in self.columns)

    def position(self, column: str | Nested) -> int | None:
        """Return where a column stands in this read's rows, or None where it must be asked for by name."""
        if not (self.is_uniform and self.resolver.takes_columns and column not in _PSEUDO):
            return None
        return next(n for n, name in enumerate(self.real_columns()) if name == column)

    def real_columns(self) -> Iterator[str | Nested]:
        """Return the columns but for those that come after them."""
        return (name for name in self.columns if name not in _PSEUDO)


@dataclass(slots=True, eq=False)
class Field:
    """A field of one object type, as the operation asks for it: its nodes are merged."""

    number: int
    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    # A guard refuses it to the viewer; its parent's row holds it as JSON; None stands for __typename.
    resolver: Resolver | Guard | Nested | str | None
    arguments: Arguments
    # What is asked of each object type that the field can be.
    selections: Mapping[str, "Selection"]
    reading: Reading | None = None

    @property
    def reads(self) -> tuple[str | Nested, ...]:
        """Return the columns of the parent that it needs."""
        if self.resolver is None or isinstance(self.resolver, Guard):
            return ()
        return (self.resolver,) if isinstance(self.resolver, str | Nested) else self.resolver.reads


@dataclass(slots=True, eq=False)
class Selection:
    """What is asked of one object type."""

    type: GraphQLObjectType
    fields: list[Field]
    # The read whose rows (or page of rows) objects of this type are; None for what a column or a call holds.
    reading: Reading | None


@dataclass(slots=True, eq=False)
class Plan:
    """An operation's root selection, and its reads by level: those of a level run side by side."""

    root: Selection
    readings: list[Reading]
    fields: list[Field]

    @property
    def is_refused(self) -> bool:
        """Return whether the viewer may not use some of its fields."""
        return any(isinstance(each.resolver, Guard) for each in self.fields)


class Planner:
    """Plans one operation with the values of the variables that its @skip and @include name, for some viewers.

    `forbidden` are the nodes of fields that they may not use, by their identity. With `nests`, relations may come
    with their parents' rows.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        variables: VariableValues,
        forbidden: Mapping[int, Guard],
        *,
        nests: bool = True,
    ) -> None:
        self._schema = schema
        self._nests = nests
        self._operation = operation
        self._variables = variables
        self._forbidden = forbidden
        self._fragments = {name: FragmentDetails(node) for name, node in operation.document.fragments.items()}
        self._fields: list[Field] = []
        self._readings: list[Reading] = []

    def plan(self) -> Plan:
        """Return the plan; raises NotCompilableError for what compiled code doesn't do."""
        definition = self._operation.definition
        root = self._schema.query_type
        if definition.operation is not OperationType.QUERY or root is None:
            raise NotCompilableError("only queries are compiled")
        collected = collect_fields(self._schema, self._fragments, self._variables, root, definition)
        selection = self._selection(root, collected.grouped_field_set, None, level=0)
        return Plan(selection, self._readings, self._fields)

    def _selection(
        self,
        type_: GraphQLObjectType,
        grouped: Mapping[str, list[FieldDetails]],
        reading: Reading | None,
        level: int,
    ) -> Selection:
        fields = [self._field(type_, key, details, reading, level) for key, details in grouped.items()]
        if reading is not None and (row := row_of(type_)):
            reading.never_null = row.never_null
        return Selection(type_, fields, reading)

    def _field(
        self,
        parent: GraphQLObjectType,
        key: str,
        details: list[FieldDetails],
        reading: Reading | None,
        level: int,
    ) -> Field:
        nodes = [each.node for each in details]
        name = nodes[0].name.value
        definition = self._schema.get_field(parent, name)
        if definition is None or name in {"__schema", "__type"}:
            raise NotCompilableError("introspection is not compiled")
        refusing = [self._forbidden[id(node)] for node in nodes if id(node) in self._forbidden]
        resolver: Resolver | Guard | Nested | str | None = None
        if name != TYPENAME:
            resolver = refusing[0] if refusing else resolver_of(definition)
        if isinstance(resolver, Read):
            resolver = self._nested(resolver, definition, details, reading) or resolver
        possible = [] if isinstance(resolver, Guard | Nested) else self._possible(definition)
        inner = self._inner_reading(resolver, reading, level)
        fixed: dict[str, Any] = {}
        if isinstance(resolver, Read) and inner is not None:
            level += 1
            inner.is_uniform = len(possible) <= 1
        selections = {
            type_.name: self._selection(type_, self._subfields(type_, details), inner, level) for type_ in possible
        }
        if isinstance(resolver, Read) and inner is not None and resolver.takes_columns:
            fixed["columns"] = tuple(inner.columns)
        arguments = Arguments(self._schema, definition, nodes[0], fixed)
        field_ = Field(len(self._fields), key, parent, definition, nodes, resolver, arguments, selections)
        field_.reading = inner if isinstance(resolver, Read) else None
        if reading is not None:
            reading.columns |= dict.fromkeys(field_.reads)
        self._fields.append(field_)
        return field_

    def _subfields(
        self, type_: GraphQLObjectType, details: list[FieldDetails]
    ) -> Mapping[str, list[FieldDetails]]:
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation.definition, type_, details
        )
        return collected.grouped_field_set

    def _nested(
        self, read: Read, definition: GraphQLField, details: list[FieldDetails], owner: Reading | None
    ) -> Nested | None:
        """Return the column of its owner's rows that holds what a relation reads, where one can."""
        if not self._nests or read.nest is None or owner is None:
            return None
        if not (owner.is_uniform and owner.resolver.takes_columns):
            return None
        arguments = Arguments(self._schema, definition, details[0].node, {}).constant
        [type_] = self._possible(definition)
        wanted = self._object(type_, details, read.nestable)
        return None if wanted is None or arguments is None else read.nest(wanted, **arguments)

    def _object(
        self, type_: GraphQLObjectType, details: list[FieldDetails], nestable: JsonColumns
    ) -> Object | None:
        """Return an object as its members in JSON; None where some of them are none of the nestable columns."""
        found = []
        for key, inner in self._subfields(type_, details).items():
            member = self._member(type_, inner, nestable)
            if member is None:
                return None
            found.append((key, member))
        return Object(tuple(found))

    def _member(
        self, parent: GraphQLObjectType, details: list[FieldDetails], nestable: JsonColumns
    ) -> Member | None:
        name = details[0].node.name.value
        if name == TYPENAME:
            return Constant(parent.name)
        definition = self._schema.get_field(parent, name)
        if definition is None or any(id(each.node) in self._forbidden for each in details):
            return None
        resolver = resolver_of(definition)
        column = resolver if isinstance(resolver, str) else getattr(resolver, "json", None)
        if column not in {SELF, ROWS}:
            return column if column is not None and holds(nestable, column, definition.type) else None
        [type_] = self._possible(definition)
        wanted = self._object(type_, details, nestable)
        return Rows(wanted) if column == ROWS and wanted is not None else wanted

    def _inner_reading(
        self, resolver: Resolver | Guard | Nested | str | None, reading: Reading | None, level: int
    ) -> Reading | None:
        """Return the read whose rows a field's objects are."""
        if isinstance(resolver, Expression):
            return reading
        if not isinstance(resolver, Read):
            return None
        if resolver.is_batched and reading is None:
            raise NotCompilableError("a relation of what is no row")
        # What depends on no parent needn't wait for any.
        found = Reading(len(self._readings), level if resolver.is_batched else 0, resolver)
        self._readings.append(found)
        return found

    def _possible(self, definition: GraphQLField) -> list[GraphQLObjectType]:
        type_ = get_named_type(definition.type)
        if is_abstract_type(type_):
            return list(self._schema.get_possible_types(type_))
        return [type_] if is_object_type(type_) else []


def is_plain(named: GraphQLNamedType) -> bool:
    """Return whether a leaf is in JSON what it is in a row; others are serialized."""
    return named.name in _PLAIN or is_enum_type(named)


def holds(columns: JsonColumns, column: str, type_: GraphQLOutputType) -> bool:
    """Return whether a column in JSON is all that a field of this type can be."""
    found = columns.get(column)
    if found is None or not is_plain(get_named_type(type_)):
        return False
    return not (found.nullable and is_non_null_type(type_))


def row_of(type_: GraphQLObjectType) -> Any:  # noqa: ANN401 - a class of rows
    """Return the class of rows that a type's objects are, if it says so."""
    return getattr(type_.extensions[BACKREF].origin, "row", None)


def resolver_of(definition: GraphQLField) -> Resolver | str:
    """Return how a field gets its value: a resolver, or the name of the column that it is."""
    declared = definition.extensions[BACKREF]
    if declared.base_resolver is None:
        return str(declared.python_name)
    resolver = getattr(declared.base_resolver.wrapped_func, "resolver", None)
    if not isinstance(resolver, Read | Expression | Call):
        raise NotCompilableError(f"the resolver of {declared.python_name} doesn't say what it reads")
    return resolver
