"""The access matrix, asked in full: every field, as every viewer, in every way of reaching it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from db.reads import Read
from graph.execution.facts import facts_of
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.roles.matrix import VIEWERS, page, types
from graph.schema import core_schema
from tests.graph.conftest import Ask, Server, bearer

ROOT = Path(__file__).resolve().parents[3]
NPI = "2999999909"
LOCATION = "location:00000000-0000-4000-8000-000000000001"
# PARTNER's own.
WEBHOOK = "webhook:2bae3472-68de-109a-88a5-66baa5f02138"
WATCH_LIST = "watch-list:95aa5f7a-2430-cf19-5292-2d89b419170c"

JOB = "job:9b82073d-5c86-4f01-fd40-d53fdec257ca"

# What the fields at the root need to be asked for.
ARGUMENTS = {
    "node": f'(id: "company:{NPI}")', "nodes": f'(ids: ["company:{NPI}", "{LOCATION}"])',
    "company": f'(npi: "{NPI}")', "companiesByNpi": f'(npis: ["{NPI}"])', "verifyNpis": f'(npis: ["{NPI}"])',
    "location": f'(id: "{LOCATION}")', "companies": f'(first: 2, filter: {{npi: ["{NPI}"]}})',
    "locations": "(first: 2)", "taxonomy": '(code: "332BX2000X")', "taxonomies": "(first: 2)",
    "watchList": f'(id: "{WATCH_LIST}")', "suggest": '(prefix: "a")',
    "job": f'(id: "{JOB}")',
    "webhook": f'(id: "{WEBHOOK}")',
}  # fmt: skip

# What is sensitive: types that hold how to reach somebody or who somebody is, and fields by their names.
SENSITIVE_TYPES = {"PhoneNumber", "TaxId", "AuthorizedOfficial"}
SENSITIVE_NAMES = {"email", "phoneExtension", "taxId", "authorizedOfficial"}

FORMS = {
    "plain": ("{field}", ""),
    "alias": ("x_{name}: {field}", ""),
    "inline fragment": ("... on {type} {{ {field} }}", ""),
    "fragment": ("...F", "fragment F on {type} {{ {fields} }}"),
    "nested fragments": ("...F", "fragment F on {type} {{ ...G }} fragment G on {type} {{ ... {{ {fields} }} }}"),
    "variable": ("...F @include(if: $yes)", "fragment F on {type} {{ {fields} }}"),
}

# The shortest ways to a type, which it is asked for on in each form; `make test-long` does so on all.
ASKED_IN_FULL = 3

Way = tuple[str, ...]
Allowed = dict[tuple[str, str], dict[str, bool]]


def viewer_named(name: str) -> Viewer:
    return ANONYMOUS if name == "anonymous" else Viewer(name.lower(), frozenset({name}))


@pytest.fixture(scope="session")
def allowed() -> Allowed:
    """What the page of the documentation says, which is what people read."""
    found: Allowed = {}
    type_ = ""
    for line in (ROOT / "docs" / "access.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            type_ = line.removeprefix("## ")
        if line.startswith("| `") and " " not in type_:
            name, *cells = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
            found[type_, name] = {viewer: cell == "yes" for viewer, cell in zip(VIEWERS, cells, strict=True)}
    return found


def test_the_page_is_what_the_schema_says() -> None:
    assert (ROOT / "docs" / "access.md").read_text(encoding="utf-8") == page(), "run `ariesone schema access`"


def test_every_field_stands_on_the_page(allowed: Allowed) -> None:
    assert set(allowed) == {(type_.name, name) for type_ in types() for name in type_.fields}


def test_what_is_sensitive_is_open_to_roles_only(allowed: Allowed) -> None:
    sensitive = {
        (type_.name, name)
        for type_ in types()
        for name, field in type_.fields.items()
        if get_named_type(field.type).name in SENSITIVE_TYPES or name in SENSITIVE_NAMES
    }
    assert len(sensitive) >= 9
    assert {place for place in sensitive if allowed[place]["anonymous"]} == set()
    assert {viewer for viewer, may in allowed["Company", "taxId"].items() if may} == {"ADMIN"}


def test_an_administrator_may_everything() -> None:
    assert [
        guard.place for guard in facts_of(core_schema).guards.by_place.values() if "ADMIN" not in guard.any_of
    ] == []


def test_no_filter_and_no_order_reaches_what_is_guarded() -> None:
    """Whoever could filter by it could guess it."""
    words = {"phone", "fax", "email", "official", "taxid"}
    # What is written to finds nothing.
    written_to = {name for name in core_schema.type_map if name.endswith("Input") and name != "NearInput"}
    for type_ in core_schema.type_map.values():
        if type_.name in written_to:
            continue
        names = []
        if isinstance(type_, GraphQLInputObjectType):
            names = list(type_.fields)
        elif isinstance(type_, GraphQLEnumType):
            names = list(type_.values)
        for name in names:
            assert not [word for word in words if word in name.lower().replace("_", "")], f"{type_.name}.{name}"


def ways() -> dict[str, list[Way]]:
    """Every way from the root to each type that passes no type twice, as the fields and fragments on it."""
    found: dict[str, list[Way]] = {}

    def go(type_: GraphQLObjectType | GraphQLInterfaceType, way: Way, passed: frozenset[str]) -> None:
        found.setdefault(type_.name, []).append(way)
        if isinstance(type_, GraphQLInterfaceType):
            for possible in core_schema.get_possible_types(type_):
                go(possible, (*way, f"... on {possible.name}"), passed | {possible.name})
        for name, field in type_.fields.items():
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType) and inner.name not in passed:
                go(inner, (*way, name + ARGUMENTS.get(name if not way else "", "")), passed | {inner.name})

    root = core_schema.query_type
    assert root
    go(root, (), frozenset({"Query"}))
    return {name: apart(sorted(each, key=len)) for name, each in found.items()}


def apart(ways: list[Way]) -> list[Way]:
    """Those of some ways that end unlike a shorter one; of the others, more would only take longer."""
    return list({way[-4:]: way for way in reversed(ways)}.values())[::-1]


WAYS = ways()
# What only mutations answer with is held by tests/graph/mutations/test_rights.py.
READ = [type_ for type_ in types() if type_.name in WAYS]


def written(type_: GraphQLObjectType | GraphQLInterfaceType, way: Way, form: str) -> str:
    """Return an operation that asks for every field of a type, at the end of a way, in a form."""
    fields = {name: asked_for(name, field, is_root=not way) for name, field in type_.fields.items()}
    selection, fragment = FORMS[form]
    every = " ".join(fields.values())
    parts = [selection.format(name=name, field=field, type=type_.name) for name, field in fields.items()]
    if fragment:
        parts = [selection]
    body = " ".join(["__typename", *parts])
    for step in reversed(way):
        body = f"__typename {step} {{ {body} }}"
    head = "query ($yes: Boolean = true)" if "$yes" in body else "query"
    return f"{head} {{ {body} }} {fragment.format(type=type_.name, fields=every)}"


def asked_for(name: str, field: GraphQLField, *, is_root: bool) -> str:
    text = name + (ARGUMENTS.get(name, "") if is_root else "")
    return text if is_leaf_type(get_named_type(field.type)) else f"{text} {{ __typename }}"


def at_the_end(data: Any, way: Way) -> Iterator[dict[str, Any]]:
    """Yield the objects that an answer has at the end of a way."""
    if isinstance(data, list):
        for each in data:
            yield from at_the_end(each, way)
    elif data is not None and not way:
        yield data
    elif data is not None:
        step = way[0]
        if not step.startswith("... on "):
            yield from at_the_end(data.get(step.partition("(")[0]), way[1:])
        elif step == f"... on {data['__typename']}":
            yield from at_the_end(data, way[1:])


def forms_at(place: int) -> tuple[str, ...]:
    """The forms that a type is asked for in at a place among the ways to it: all at first, then two in turn."""
    forms = tuple(FORMS)
    return forms if place < ASKED_IN_FULL else (forms[place % 3], forms[3 + place % 3])


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("type_", READ, ids=lambda type_: type_.name)
@pytest.mark.parametrize("in_full", [False, pytest.param(True, marks=pytest.mark.long)], ids=["short", "long"])
async def test_each_field_is_open_to_whom_the_page_says_however_it_is_reached(
    ask: Ask, allowed: Allowed, type_: GraphQLObjectType, viewer: str, *, in_full: bool
) -> None:
    reached = 0
    for place, way in enumerate(WAYS[type_.name]):
        for form in FORMS if in_full else forms_at(place):
            query = written(type_, way, form)
            answer = await ask(query, viewer=viewer_named(viewer))
            refused = {
                (error["path"][-1], tuple(error["extensions"]["requiredRoles"]))
                for error in answer.get("errors", ())
                if error["extensions"]["code"] == "FORBIDDEN"
            }
            assert len(refused) == len({key for key, _ in refused})
            for row in at_the_end(answer["data"], way):
                reached += 1
                for name in type_.fields:
                    key = f"x_{name}" if form == "alias" else name
                    roles = next((roles for key_, roles in refused if key_ == key), None)
                    may = allowed[type_.name, name]
                    assert (roles is None) == may[viewer], (query, name)
                    if roles is not None:
                        assert row[key] is None
                        assert set(roles) == {role.name for role in Role if may[role.name]}
    is_hidden = not any(may[viewer] for (name, _), may in allowed.items() if name == type_.name)
    assert (reached == 0) == is_hidden, f"{reached} reached in {len(WAYS[type_.name])} ways"


def test_tokens_give_over_http_what_the_page_says(server: Server, allowed: Allowed) -> None:
    query = f'{{ company(npi: "{NPI}") {{ phone taxId authorizedOfficial {{ lastName }} }} }}'
    values = {"phone": "+15125550100", "taxId": "***-**-1234", "authorizedOfficial": {"lastName": "Doe"}}
    for viewer in VIEWERS:
        headers = {} if viewer == "anonymous" else {"authorization": bearer(viewer)}
        answer = server.post(query, None, **headers).json()
        expected = {name: value if allowed["Company", name][viewer] else None for name, value in values.items()}
        assert answer["data"]["company"] == expected
        paths = [error["path"] for error in answer.get("errors", ())]
        assert sorted(paths) == sorted(["company", name] for name, value in expected.items() if value is None)


@pytest.mark.parametrize("field", ["companiesByNpi", "verifyNpis", "nodes"])
@pytest.mark.parametrize("viewer", VIEWERS)
async def test_bulk_is_for_partners_and_a_refusal_sends_no_sql(
    ask: Ask, statements: list[Read], field: str, viewer: str
) -> None:
    name, key, type_ = ("ids", f"company:{NPI}", "ID") if field == "nodes" else ("npis", NPI, "String")
    type_ = "NPI" if field == "companiesByNpi" else type_
    asked = f"dataset {{ companies {{ value }} }} {field}({name}: $keys) {{ __typename }}"
    query = f"query ($keys: [{type_}!]!) {{ {asked} }}"
    few = await ask(query, {"keys": [key] * 100}, viewer=viewer_named(viewer))
    assert len(few["data"][field]) == 100
    before = len(statements)
    many = await ask(query, {"keys": [key] * 101}, viewer=viewer_named(viewer))
    if viewer in {"PARTNER", "ADMIN"}:
        assert len(many["data"][field]) == 101
    else:
        assert many["data"] is None
        [error] = many["errors"]
        assert error["path"] == [field]
        assert error["extensions"]["requiredRoles"] == ["ADMIN", "PARTNER"]
        assert statements[before:] == []


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_introspection_and_the_viewer_itself_say_what_the_page_says(
    ask: Ask, allowed: Allowed, viewer: str
) -> None:
    query = "{ __schema { types { name fields { name } } } viewer { opened } }"
    data = (await ask(query, viewer=viewer_named(viewer)))["data"]
    shown = {(each["name"], field["name"]) for each in data["__schema"]["types"] for field in each["fields"] or ()}
    assert {place for place in shown if not place[0].startswith("__")} == {
        place for place, may in allowed.items() if may[viewer]
    }
    guards = facts_of(core_schema).guards.by_place.values()
    assert data["viewer"]["opened"] == sorted(guard.place for guard in guards if viewer in guard.any_of)
