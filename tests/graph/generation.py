"""Random operations over the schema: fields, arguments, variables, aliases, fragments, directives."""

import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from db import npi

# Texts that a client may send by mistake or on purpose.
TEXTS = [
    "", "a", "medical", "TX", "O'Brien", "78701", "78701-1234", "%", "_", "\\", "'", '"', ";--", "\u0000", "é",
    "\U0001f600", "\uffff", "a" * 300, "(", "&", "|", "!", ":*", "company:1234567893", "location:x", "null", "-1",
    "2001-02-30", "2024-02-29", "WyJhIl0", "332B", "332B00000X",
]  # fmt: skip
INTEGERS = [0, 1, 2, 5, 25, 200, 201, -1, 2_147_483_647, -2_147_483_648]
FLOATS = [0.0, 1.0, 5.5, -1.0, 90.0, 180.0, 1e300, -1e-300]


@dataclass
class Generator:
    """Makes operations; the same seed makes the same ones."""

    schema: GraphQLSchema
    rng: random.Random
    npis: list[str] = field(default_factory=list)
    # How likely an argument's value is one that can be wrong.
    wildness: float = 0.3
    # How likely an argument or an input's field that may be null is null.
    nullness: float = 0.04
    # How likely a list in the arguments is a long one.
    length: float = 0.02

    def __post_init__(self) -> None:
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: dict[str, str] = {}

    def operation(self, depth: int = 6) -> tuple[str, dict[str, Any]]:
        """Return a document and its variables."""
        self._variables, self._fragments = {}, {}
        root = self.schema.query_type
        assert root is not None
        body = self._selections(root, depth, width=3)
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self._variables.items())
        head = f"query Random{f'({declared})' if declared else ''}"
        values = {
            name: value
            for name, (type_, value) in self._variables.items()
            if type_ == "Boolean!" or self.rng.random() > 0.05
        }
        return "\n".join([f"{head} {body}", *self._fragments.values()]), values

    def _selections(self, type_: GraphQLNamedType, depth: int, width: int = 5) -> str:
        parts = ["__typename"] if self.rng.random() < 0.2 else []
        if isinstance(type_, GraphQLInterfaceType):
            for possible in self.schema.get_possible_types(type_):
                if self.rng.random() < 0.7:
                    parts += [f"... on {possible.name} {self._selections(possible, depth)}"]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            names = list(type_.fields)
            for name in self.rng.sample(names, min(len(names), self.rng.randint(1, width))):
                parts += self._field(name, type_.fields[name], depth)
        if not parts:
            parts = ["__typename"]
        if self.rng.random() < 0.03:
            # An object of which nothing may be left.
            return "{ ..." + self._directive() + " { " + " ".join(parts) + " } }"
        if isinstance(type_, GraphQLObjectType) and self.rng.random() < 0.1:
            parts = [f"... on {type_.name}{self._condition()} {{ {' '.join(parts)} }}", *self._again(parts)]
        if isinstance(type_, GraphQLObjectType) and self.rng.random() < 0.15 and len(self._fragments) < 8:
            return "{ " + self._as_fragment(type_, parts) + " }"
        return "{ " + " ".join(parts) + " }"

    def _condition(self) -> str:
        return self._directive() if self.rng.random() < 0.5 else ""

    def _again(self, parts: list[str]) -> list[str]:
        """Return some of the parts once more, bare or under a condition."""
        some = [part for part in parts if self.rng.random() < 0.5]
        return some if self.rng.random() < 0.5 or not some else [f"...{self._directive()} {{ {' '.join(some)} }}"]

    def _as_fragment(self, type_: GraphQLObjectType, parts: list[str]) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments[name] = f"fragment {name} on {type_.name} {{ {' '.join(parts)} }}"
        again = f" ...{name}{self._condition()}" if self.rng.random() < 0.3 else ""
        return f"...{name}{self._condition()}{again} __typename"

    def _field(self, name: str, field_: GraphQLField, depth: int) -> list[str]:
        inner = get_named_type(field_.type)
        if not is_leaf_type(inner) and depth <= 0:
            return []
        alias = f"a{self.rng.randint(0, 99)}_{name}: " if self.rng.random() < 0.1 else ""
        text = alias + name + self._arguments(field_) + (self._directive() if self.rng.random() < 0.05 else "")
        return [text if is_leaf_type(inner) else f"{text} {self._selections(inner, depth - 1)}"]

    def _directive(self) -> str:
        condition = self.rng.choice(["true", "false", "$v_shown", "$v_told"])
        if condition.startswith("$"):
            self._variables.setdefault(condition[1:], ("Boolean!", self.rng.random() < 0.5))
        return f" @{self.rng.choice(['include', 'skip'])}(if: {condition})"

    def _arguments(self, field_: GraphQLField) -> str:
        given = []
        for name, argument in field_.args.items():
            required = isinstance(argument.type, GraphQLNonNull)
            if not required and self.rng.random() > 0.35:
                continue
            given.append(f"{name}: {self._argument(name, argument)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        is_null = not isinstance(argument.type, GraphQLNonNull) and self.rng.random() < self.nullness
        value = None if is_null else self._value(name, argument.type, 3)
        if self.rng.random() < 0.3 and len(self._variables) < 10:
            variable = f"v{len(self._variables)}"
            self._variables[variable] = (str(argument.type), value)
            return f"${variable}"
        return literal(value)

    def _value(self, name: str, type_: GraphQLInputType, depth: int) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(name, type_.of_type, depth)
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type, depth) for _ in range(self._length(type_))]
        if isinstance(type_, GraphQLEnumType):
            return Symbol(self.rng.choice(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        assert isinstance(type_, GraphQLNamedType)
        return self._scalar(name, type_.name)

    def _length(self, type_: GraphQLList[Any]) -> int:
        is_long = is_leaf_type(get_named_type(type_)) and self.rng.random() < self.length
        return self.rng.randint(100, 1100) if is_long else self.rng.randint(0, 3)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, each in type_.fields.items():
            nested = isinstance(get_named_type(each.type), GraphQLInputObjectType)
            required = isinstance(each.type, GraphQLNonNull)
            if not required and self.rng.random() < self.nullness:
                found[name] = None
            elif required or (self.rng.random() < 0.2 and not (nested and depth <= 0)):
                found[name] = self._value(name, each.type, depth - 1)
        return found

    def _scalar(self, name: str, type_: str) -> Any:  # noqa: PLR0911 - one for each scalar
        wild = self.rng.random() < self.wildness
        if type_ == "Int":
            return self.rng.choice(INTEGERS) if wild else self.rng.randint(0, 30)
        if type_ == "Float":
            return self.rng.choice(FLOATS)
        if type_ == "Boolean":
            return self.rng.random() < 0.5
        if type_ == "Date":
            return self.rng.choice(["2020-01-01", "2001-02-30" if wild else "1999-12-31"])
        if type_ == "NPI" or (type_ == "String" and name == "npis"):
            return self.rng.choice(TEXTS) if wild else self._npi()
        if type_ == "ID":
            return self.rng.choice(TEXTS) if wild else f"company:{self._npi()}"
        return self.rng.choice(TEXTS)

    def _npi(self) -> str:
        if self.npis and self.rng.random() < 0.7:
            return self.rng.choice(self.npis)
        nine = "1" + "".join(self.rng.choices("0123456789", k=8))
        return nine + npi.check_digit(nine)


class Symbol(str):
    """An enum's value: a text in variables, a bare word in a document."""

    __slots__ = ()


def literal(value: object) -> str:
    """Return a value as it stands in a document."""
    if isinstance(value, Symbol):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {literal(each)}' for name, each in value.items())}}}"
    return "null" if value is None else repr(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character >= " " else f"\\u{ord(character):04x}"
