"""An operation for each root field of the schema, as small as it can be and still read or check something."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)

from graph.execution.facts import facts_of
from graph.schema import core_schema

# What is given besides what must be, since one of several arguments must.
BESIDES: Final = {
    "company": ("npi",),
    "companiesByNpi": ("npis",),
    "changes": ("after",),
    "companyChanged": ("after",),
    "locationChanged": ("after",),
    "AddLicenseInput": ("number", "state", "issuer"),
    "AddressInput": ("state", "postalCode"),
    "CreateWatchListInput": ("npis",),
    "RegisterWebhookInput": ("topics",),
    "UpdateWebhookInput": ("description",),
}
# Given wherever there is one: pages of one, and nothing kept.
ALWAYS: Final = {"first": "1", "validateOnly": "true"}

# Values of a form that their type doesn't tell.
FORMS: Final = {
    "after": "0",
    "code": "332B00000X",
    "country": "US",
    "fields": "npi",
    "from": "0",
    "postalCode": "77002",
    "state": "TX",
    "timeZone": "America/Chicago",
    "url": "https://example.com/",
}
OF_TYPES: Final = {"Date": '"2030-01-31"', "DateTime": '"2030-01-31T00:00:00Z"', "Boolean": "true", "JSON": "{}"}

# How ids begin, by a word of the field or the argument that they are given to; nothing has what follows.
KINDS: Final = {
    "webhook": "webhook",
    "watchlist": "watch-list",
    "upload": "upload",
    "job": "job",
    "license": "license",
}
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Samples:
    """What is asked for: the NPI of a company and the id of one of its locations."""

    npi: str = "1234567893"
    location_id: str = f"location:{NOBODY}"


@dataclass(frozen=True, slots=True)
class Document:
    """An operation with one root field."""

    field: str
    text: str


def roots_of(kind: str) -> Mapping[str, GraphQLField]:
    """Return the root fields of a kind: query, mutation or subscription."""
    root = facts_of(core_schema).schema.type_map[kind.capitalize()]
    return root.fields if is_object_type(root) else {}


def documents_of(kind: str, samples: Samples) -> Iterator[Document]:
    """Yield an operation for each root field of a kind, but for mutations that can't be undone (validateOnly)."""
    for name, field in roots_of(kind).items():
        if kind == "mutation" and "validateOnly" not in field.args:
            continue
        given = arguments_of(name, field, samples)
        yield Document(name, f"{kind} Probe {{ {name}{given}{selection_of(field.type, 1)} }}")


def arguments_of(name: str, field: GraphQLField, samples: Samples) -> str:
    """Return the arguments of a root field in brackets, or nothing."""
    given = [
        f"{each}: {ALWAYS.get(each) or literal_of(argument, each, name, samples)}"
        for each, argument in field.args.items()
        if is_required_argument(argument) or each in ALWAYS or each in BESIDES.get(name, ())
    ]
    return f"({', '.join(given)})" if given else ""


def literal_of(place: GraphQLArgument | GraphQLInputField, name: str, root: str, samples: Samples) -> str:
    """Return a value for an argument, or for a field of an input, below a root field."""
    return literal(place.type, name, root, samples)


def literal(type_: GraphQLInputType, name: str, root: str, samples: Samples) -> str:
    """Return a value of a type in GraphQL."""
    nullable = get_nullable_type(type_)
    if is_list_type(nullable):
        return f"[{literal(nullable.of_type, name, root, samples)}]"
    if is_input_object_type(nullable):
        return object_of(nullable, root, samples)
    if is_enum_type(nullable):
        return str(next(iter(nullable.values)))
    named = str(nullable)
    if named == "NPI" or name == "npis":
        return json.dumps(samples.npi)
    if named == "ID":
        return json.dumps(id_for(name, root, samples))
    return OF_TYPES.get(named) or ("1" if named in {"Int", "Float"} else json.dumps(FORMS.get(name, "a")))


def object_of(type_: GraphQLInputObjectType, root: str, samples: Samples) -> str:
    """Return an object with what must be in it."""
    given = [
        f"{name}: {literal_of(field, name, root, samples)}"
        for name, field in type_.fields.items()
        if is_required_input_field(field) or name in BESIDES.get(type_.name, ())
    ]
    return f"{{{', '.join(given)}}}"


def id_for(name: str, root: str, samples: Samples) -> str:
    """Return the id of what an argument of this name is about, below a root field."""
    about = root.lower() if name in {"id", "ids"} else name.lower()
    for word, prefix in KINDS.items():
        if word in about:
            return f"{prefix}:{NOBODY}"
    return samples.location_id if "location" in about else f"company:{samples.npi}"


def selection_of(type_: GraphQLOutputType, depth: int) -> str:
    """Return the leaves of a type, and those of what stands so deep below it."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    fields = named.fields.items() if is_object_type(named) else ()
    chosen = [name for name, field in fields if is_leaf_type(get_named_type(field.type)) and is_free(field)]
    if depth:
        chosen += [
            name + selection_of(field.type, depth - 1)
            for name, field in fields
            if is_object_type(get_named_type(field.type)) and is_free(field) and name != "edges"
        ]
    return f" {{ {' '.join(chosen or ['__typename'])} }}"


def is_free(field: GraphQLField) -> bool:
    """Return whether a field can be asked for without arguments."""
    return not any(map(is_required_argument, field.args.values()))
