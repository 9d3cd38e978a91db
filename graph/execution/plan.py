"""What an operation comes to before it is written as code: its fields merged by name, and the reads they take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_abstract_type,
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
from graph.execution.arguments import BACKREF, Arguments
from graph.execution.operation import Operation
from graph.guard import Guard
from graph.resolvers import Call, Expression, Read, Resolver

# Not columns that a row has by their names: what they stand for comes after the columns.
_PSEUDO = frozenset({CURSOR, DISTANCE})

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
    columns: dict[str, None] = field(default_factory=dict)
    # Whether its rows are of one type: only then are their columns known by position.
    is_uniform: bool = True
    # The columns that the database never leaves empty.
    never_null: frozenset[str] = frozenset()

    def position(self, column: str) -> int | None:
        """Return where a column stands in this read's rows, or None where it must be asked for by name."""
        if not (self.is_uniform and self.resolver.takes_columns and column not in _PSEUDO):
            return None
        return next(n for n, name in enumerate(self.real_columns()) if name == column)

    def real_columns(self) -> Iterator[str]:
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
    # A guard refuses it to the viewer; None stands for __typename.
    resolver: Resolver | Guard | str | None
    arguments: Arguments
    # What is asked of each object type that the field can be.
    selections: Mapping[str, "Selection"]
    reading: Reading | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the columns of the parent that it needs."""
        if self.resolver is None or isinstance(self.resolver, Guard):
            return ()
        return (self.resolver,) if isinstance(self.resolver, str) else self.resolver.reads


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

    `forbidden` are the nodes of fields that they may not use, by their identity.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        variables: VariableValues,
        forbidden: Mapping[int, Guard],
    ) -> None:
        self._schema = schema
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
        resolver: Resolver | Guard | str | None = None
        if name != TYPENAME:
            resolver = refusing[0] if refusing else resolver_of(definition)
        inner = self._inner_reading(resolver, reading, level)
        fixed: dict[str, Any] = {}
        if isinstance(resolver, Read):
            level += 1
        selections = {
            type_.name: self._selection(
                type_,
                collect_subfields(
                    self._schema,
                    self._fragments,
                    self._variables,
                    self._operation.definition,
                    type_,
                    details,
                ).grouped_field_set,
                inner,
                level,
            )
            for type_ in (() if refusing else self._possible(definition))
        }
        if isinstance(resolver, Read) and inner is not None:
            inner.is_uniform = len(selections) <= 1
            if resolver.takes_columns:
                fixed["columns"] = tuple(inner.columns)
        arguments = Arguments(self._schema, definition, nodes[0], fixed)
        field_ = Field(len(self._fields), key, parent, definition, nodes, resolver, arguments, selections)
        field_.reading = inner if isinstance(resolver, Read) else None
        if reading is not None:
            reading.columns |= dict.fromkeys(field_.reads)
        self._fields.append(field_)
        return field_

    def _inner_reading(
        self, resolver: Resolver | Guard | str | None, reading: Reading | None, level: int
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
