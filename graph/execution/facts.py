"""What the schema says of each field, read once: the only file that knows Strawberry's inside."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    NameNode,
    ValueNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage
from strawberry import UNSET, Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graph.deprecation import Deprecation
from graph.directives.cache_control import CacheControl, CacheScope
from graph.directives.cost import LEAF, SHORT, UNSIZED, Cost, ListSize
from graph.directives.example import Example
from graph.directives.sunset import Sunset
from graph.execution.deprecations import Deprecations
from graph.execution.literals import Usage
from graph.execution.sources import Column, Declared, TypeName
from graph.roles.directive import RequiresRole
from graph.roles.guard import Guard
from graph.roles.guards import Guards

# Under this name Strawberry leaves what it made an element of the schema from.
_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF

TYPENAME = "__typename"
# What asks for the schema itself.
META = frozenset({"__schema", "__type"})

# Stands for the default of an argument that has none.
ABSENT = object()

D = TypeVar("D")


@dataclass(frozen=True, slots=True, eq=False)
class ArgumentFact:
    """An argument: its name for a resolver, its type, its default as graphql-core has it, and what guards it."""

    name: str
    python_name: str
    type: GraphQLInputType
    default: object
    guard: Guard | None
    # Whether a value can hold something that is guarded.
    hides: bool


@dataclass(frozen=True, slots=True, eq=False)
class FieldFact:
    """A field of an object type or an interface.

    Its source is None where only graphql-core can tell: a field of the schema's own, or of an interface, or whose
    resolver declares nothing.
    """

    parent: str
    name: str
    type: GraphQLOutputType
    named: GraphQLNamedType
    source: Declared | None
    guards: tuple[Guard, ...]
    # What asking for it once weighs, and how long its list is.
    weight: float
    size: ListSize
    # As @cacheControl says it of the field, or else of its type: the seconds that an answer with it may be kept,
    # those more that it may be given while a new one is made, whether the object that it stands in decides that,
    # and whether its value is the viewer's alone.
    max_age: int | None
    stale: int
    inherits_age: bool
    is_private: bool
    arguments: Mapping[str, ArgumentFact]
    # The same as graphql-core has them.
    declared: Mapping[str, GraphQLArgument]
    # The object types that its value can be of; none of a leaf.
    possible: tuple[GraphQLObjectType, ...]
    # Whether using it can use something deprecated.
    concerns_deprecations: bool

    @property
    def coordinate(self) -> str:
        """Return the field as the specification writes it: Company.name."""
        return f"{self.parent}.{self.name}"

    @property
    def concerns_roles(self) -> bool:
        """Return whether using it can need a role."""
        return bool(self.guards) or any(each.guard or each.hides for each in self.arguments.values())


@dataclass(frozen=True, slots=True, eq=False)
class InputFact:
    """An input object: what a resolver is given, and its members' names there, by their names in the schema."""

    make: type[Any]
    names: Mapping[str, str]
    # What stands for members that have no default.
    implied: Mapping[str, None]


@dataclass(slots=True, eq=False)
class Facts:
    """The facts of one schema, each read when it is first asked for; there are as many as the schema has parts."""

    schema: GraphQLSchema
    guards: Guards = field(init=False)
    deprecations: Deprecations = field(init=False)
    _fields: dict[tuple[str, str], FieldFact | None] = field(default_factory=dict)
    _inputs: dict[str, InputFact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.guards = Guards(self.schema, {each.place: each for each in _guards_in(self.schema)})
        self.deprecations = Deprecations(self.schema, _deprecations_in(self.schema))

    def field(self, parent: GraphQLNamedType, name: str) -> FieldFact | None:
        """Return a field of a type, or None where it has none of this name."""
        place = (parent.name, name)
        found = self._fields.get(place)
        if found is None and place not in self._fields:
            found = self._read(parent, name)
            if found is not None:
                # What a client makes up isn't kept.
                self._fields[place] = found
        return found

    def possible(self, type_: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
        """Return the object types that a value of a type can be of."""
        if is_abstract_type(type_):
            return tuple(self.schema.get_possible_types(type_))
        return (type_,) if is_object_type(type_) else ()

    def never_null(self, type_: GraphQLObjectType) -> frozenset[str] | None:
        """Return the columns that are never empty in a type's rows; None where its objects are no rows."""
        row = getattr(_definition(type_).origin, "row", None) if _definition(type_) else None
        return None if row is None else row.never_null

    def input(self, type_: GraphQLInputObjectType) -> InputFact:
        """Return what an input object becomes; raises TypeError for one that makes its own value."""
        found = self._inputs.get(type_.name)
        if found is None:
            found = self._inputs[type_.name] = _input_fact(self.schema, type_)
        return found

    def _read(self, parent: GraphQLNamedType, name: str) -> FieldFact | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            # A union has nothing but this.
            definition = self.schema.get_field(parent, name) if name == TYPENAME else None  # type: ignore[arg-type]
        else:
            definition = self.schema.get_field(parent, name)
        if definition is None:
            return None
        named = get_named_type(definition.type)
        is_meta = name in META
        # What the schema says of itself is bounded by the limits on fields and depth.
        weight, size = (LEAF, UNSIZED) if is_meta else _weight_of(definition)
        return FieldFact(
            parent=parent.name,
            name=name,
            type=definition.type,
            named=named,
            source=_source_of(parent, name, definition),
            guards=self.guards.of_field(parent, name),
            weight=weight,
            size=size,
            **_cache_control_of(definition, named),
            arguments={each.name: each for each in self._arguments(parent, name, definition)},
            declared=definition.args,
            possible=() if is_meta else self.possible(named),
            concerns_deprecations=self.deprecations.concern(f"{parent.name}.{name}", definition),
        )

    def _arguments(self, parent: GraphQLNamedType, name: str, definition: GraphQLField) -> Iterator[ArgumentFact]:
        names = _python_names(self.schema, definition)
        for argument_name, argument in definition.args.items():
            yield ArgumentFact(
                argument_name,
                names.get(argument_name, argument_name),
                argument.type,
                _default_of(argument_name, argument),
                self.guards.of_argument(parent, name, argument_name),
                self.guards.hides(get_named_type(argument.type)),
            )


@lru_cache(maxsize=8)
def facts_of(schema: GraphQLSchema) -> Facts:
    """Return a schema's facts."""
    return Facts(schema)


def core_of(schema: Schema) -> GraphQLSchema:
    """Return graphql-core's schema under Strawberry's."""
    return schema._schema  # noqa: SLF001 - Strawberry has no other way to it


def is_usage_allowed(
    schema: GraphQLSchema, type_: GraphQLInputType, default: ValueNode | None, usage: Usage
) -> bool:
    """Return whether a variable of a type, which may have a default, may stand where it is used."""
    return allowed_variable_usage(schema, type_, default, usage.type, usage.default)


@lru_cache(maxsize=8)
def print_schema(schema: GraphQLSchema) -> str:
    """Return a schema as Strawberry writes it, with its directives."""
    written: str = schema.extensions[_DEFINITION].as_str()
    return written


def _definition(element: Any) -> Any:  # noqa: ANN401 - any element of a schema
    """Return what Strawberry made an element from; None where it made none."""
    return (element.extensions or {}).get(_DEFINITION)


def _declared(element: Any, directive: type[D]) -> Iterator[D]:  # noqa: ANN401 - any element of a schema
    directives = getattr(_definition(element), "directives", None) or ()
    return (each for each in directives if isinstance(each, directive))


def _source_of(parent: GraphQLNamedType, name: str, definition: GraphQLField) -> Declared | None:
    if not isinstance(parent, GraphQLObjectType):
        return None
    if name == TYPENAME:
        return TypeName(parent.name)
    declared = _definition(definition)
    if declared is None:
        return None
    if declared.base_resolver is None:
        return Column(str(declared.python_name))
    source = getattr(declared.base_resolver.wrapped_func, "source", None)
    if source is not None and not isinstance(source, Declared):
        raise TypeError(f"{parent.name}.{name} declares a source of a kind that isn't known.")
    return source


def _weight_of(definition: GraphQLField) -> tuple[float, ListSize]:
    weights = [float(each.weight) for each in _declared(definition, Cost)]
    sizes = list(_declared(definition, ListSize))
    usual = LEAF if is_leaf_type(get_named_type(definition.type)) else 1.0
    usual_size = SHORT if is_list_type(get_nullable_type(definition.type)) else UNSIZED
    return weights[0] if weights else usual, sizes[0] if sizes else usual_size


def _cache_control_of(definition: GraphQLField, named: GraphQLNamedType) -> dict[str, Any]:
    hints = [*_declared(definition, CacheControl), *_declared(named, CacheControl)]
    scope = next((each.scope for each in hints if each.scope), None)
    # A time of the field's own counts for more than that its type leaves it to others.
    ages = [each for each in hints if each.max_age is not UNSET or each.inherit_max_age]
    return {
        "max_age": ages[0].max_age if ages and ages[0].max_age is not UNSET else None,
        "stale": next((each.stale_while_revalidate for each in hints if each.stale_while_revalidate), 0),
        "inherits_age": bool(ages and ages[0].inherit_max_age),
        "is_private": scope is CacheScope.PRIVATE,
    }


def _python_names(schema: GraphQLSchema, definition: GraphQLField) -> Mapping[str, str]:
    declared = _definition(definition)
    if declared is None:
        return {}
    names = schema.extensions[_DEFINITION].config.name_converter
    return {names.from_argument(each): each.python_name for each in declared.arguments}


def _default_of(name: str, argument: GraphQLArgument) -> object:
    """Return an argument's default, coerced; ABSENT where it has none."""
    asked = GraphQLField(argument.type, {name: argument})  # type: ignore[arg-type]  # only its arguments are looked at
    try:
        found = get_argument_values(asked, FieldNode(name=NameNode(value=name)))
    except Exception:  # noqa: BLE001 - one that must be given has none
        return ABSENT
    return found.get(name, ABSENT)


def _input_fact(schema: GraphQLSchema, type_: GraphQLInputObjectType) -> InputFact:
    declared = _definition(type_)
    if declared is None or declared.from_input is not None:
        raise TypeError(f"{type_.name} makes its value in a way that isn't known here.")
    names = schema.extensions[_DEFINITION].config.name_converter
    python_names = {names.from_field(each): each.python_name for each in declared.fields}
    defaults = {name for name, each in declared.origin.__dataclass_fields__.items() if _has_default(each)}
    implied = dict.fromkeys(name for name in python_names.values() if name not in defaults)
    return InputFact(declared.origin, python_names, implied)


def _has_default(member: Any) -> bool:  # noqa: ANN401 - a field of a dataclass
    return member.default is not MISSING or member.default_factory is not MISSING


def _guards_in(schema: GraphQLSchema) -> Iterator[Guard]:
    for place, element in elements_of(schema):
        for directive in _declared(element, RequiresRole):
            yield Guard(place, frozenset(role.name for role in directive.any_of), directive.longest)


def _deprecations_in(schema: GraphQLSchema) -> Iterator[Deprecation]:
    for place, element in elements_of(schema):
        if (reason := getattr(element, "deprecation_reason", None)) is None:
            continue
        sunset = next(_declared(element, Sunset), None)
        if sunset is None:
            yield Deprecation(place, reason)
        else:
            yield Deprecation(place, reason, sunset.since, sunset.on, sunset.replacement or None)


def examples_in(schema: GraphQLSchema) -> Mapping[str, str]:
    """Return what @example says, by the coordinates of where it stands."""
    found = ((place, next(_declared(element, Example), None)) for place, element in elements_of(schema))
    return {place: example.value for place, example in found if example is not None}


def elements_of(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Yield the types of a schema and their parts, each with its coordinate: Type.field(argument:)."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name, type_
        for value_name, value in getattr(type_, "values", {}).items():
            yield f"{name}.{value_name}", value
        for field_name, definition in getattr(type_, "fields", {}).items():
            yield f"{name}.{field_name}", definition
            for argument_name, argument in getattr(definition, "args", {}).items():
                yield f"{name}.{field_name}({argument_name}:)", argument
