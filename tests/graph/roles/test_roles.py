"""@requiresRole on every kind of place, in a schema that has them all: declared, found, enforced."""

import re
from collections.abc import AsyncIterator
from enum import Enum
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLSchema, build_ast_schema, parse
from strawberry.schema.config import StrawberryConfig

from graph.context import Context
from graph.errors import ForbiddenError
from graph.execution.bounds import Limits
from graph.execution.facts import core_of, facts_of, print_schema
from graph.execution.run import Runner
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.roles.directive import RequiresRole
from graph.roles.enforcement import enforce, problems
from graph.roles.views import visible

ADMINS = RequiresRole(any_of=[Role.ADMIN])
EDITORS = RequiresRole(any_of=[Role.EDITOR, Role.ADMIN])
MANY = RequiresRole(any_of=[Role.PARTNER], above=2)

CALLS: list[str] = []


@strawberry.enum
class Colour(Enum):
    RED = "RED"
    GOLD = strawberry.enum_value("GOLD", directives=[ADMINS])


@strawberry.input
class Inner:
    plain: int | None = None
    secret: int | None = strawberry.field(default=None, directives=[EDITORS])
    colours: list[Colour] | None = None
    inner: list["Inner"] | None = None


@strawberry.type(directives=[ADMINS])
class Vault:
    gold: int | None = 1


@strawberry.interface
class Named:
    name: str | None


@strawberry.type
class Person(Named):
    name: str | None = strawberry.field(default="Ada", directives=[EDITORS])
    plain: int = 1


@strawberry.type
class Place(Named):
    name: str | None = "Here"


def called(name: str) -> int:
    CALLS.append(name)
    return 1


@strawberry.type
class Query:
    @strawberry.field(directives=[ADMINS])  # type: ignore[untyped-decorator]
    def guarded(self) -> int | None:
        return called("guarded")

    @strawberry.field(directives=[ADMINS])  # type: ignore[untyped-decorator]
    def needed(self) -> int:
        return called("needed")

    @strawberry.field
    def open(
        self,
        secret: Annotated[int | None, strawberry.argument(directives=[EDITORS])] = None,
        given: Inner | None = None,
        colour: Colour | None = None,
        ids: Annotated[list[int] | None, strawberry.argument(directives=[MANY])] = None,
    ) -> int | None:
        return called(f"open {bool(secret or given or colour or ids)}")

    @strawberry.field
    def vault(self) -> Vault | None:
        called("vault")
        return Vault()

    @strawberry.field
    def person(self) -> Person:
        return Person()

    @strawberry.field
    def named(self) -> list[Named]:
        return [Person(), Place()]


@strawberry.type
class Mutation:
    @strawberry.mutation(directives=[EDITORS])  # type: ignore[untyped-decorator]
    def change(self) -> int | None:
        return called("change")


@strawberry.type
class Subscription:
    @strawberry.subscription(directives=[EDITORS])  # type: ignore[untyped-decorator]
    async def changes(self) -> AsyncIterator[int | None]:
        yield called("changes")


def made(query: type = Query) -> GraphQLSchema:
    config = StrawberryConfig(auto_camel_case=True)
    return core_of(strawberry.Schema(query, Mutation, Subscription, types=[Person, Place], config=config))


SCHEMA = made()
enforce(SCHEMA)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner(SCHEMA, Limits(), 10)


async def asked(
    runner: Runner, query: str, viewer: Viewer = ANONYMOUS, **variables: Any
) -> tuple[Any, list[tuple[list[Any], list[str]]]]:
    """The data, and for each error that forbids something its path and the roles that would do."""
    CALLS.clear()
    prepared = runner.prepare(query, None, variables, viewer)
    context: Any = Context(SimpleNamespace())
    result = await runner.run(prepared, context)
    errors = []
    for error in result.errors or ():
        cause = error.original_error
        while not isinstance(cause, ForbiddenError):
            assert cause is not None, error
            cause = getattr(cause, "original_error", None)
        errors.append((list(error.path or ()), list(cause.roles)))
    return result.data, errors


ADMIN = ["ADMIN"]
EDITOR = ["ADMIN", "EDITOR"]


@pytest.mark.parametrize(
    ("query", "variables", "path", "roles"),
    [
        ("{ guarded }", {}, "guarded", ADMIN),
        ("{ a: guarded }", {}, "a", ADMIN),
        ("{ ... { guarded } }", {}, "guarded", ADMIN),
        ("{ ... on Query { ...F } } fragment F on Query { guarded }", {}, "guarded", ADMIN),
        ("{ ...F ...F } fragment F on Query { guarded }", {}, "guarded", ADMIN),
        ("query A { guarded }", {}, "guarded", ADMIN),
        ("{ vault { gold } }", {}, "vault", ADMIN),
        ("{ person { name } }", {}, "person.name", EDITOR),
        ("{ person { ... on Named { name } } }", {}, "person.name", EDITOR),
        ("{ open(secret: 1) }", {}, "open", EDITOR),
        ("{ open(secret: null) }", {}, "open", EDITOR),
        ("query ($s: Int) { open(secret: $s) }", {"s": 1}, "open", EDITOR),
        ("query ($s: Int = 1) { open(secret: $s) }", {}, "open", EDITOR),
        ("{ open(colour: GOLD) }", {}, "open", ADMIN),
        ("query ($c: Colour) { open(colour: $c) }", {"c": "GOLD"}, "open", ADMIN),
        ("query ($c: Colour = GOLD) { open(colour: $c) }", {}, "open", ADMIN),
        ("{ open(given: {secret: 1}) }", {}, "open", EDITOR),
        ("{ open(given: {colours: [RED, GOLD]}) }", {}, "open", ADMIN),
        ("{ open(given: {colours: GOLD}) }", {}, "open", ADMIN),
        ("{ open(given: {inner: [{plain: 1}, {inner: {secret: 1}}]}) }", {}, "open", EDITOR),
        ("query ($g: Inner) { open(given: $g) }", {"g": {"secret": 1}}, "open", EDITOR),
        ("query ($g: Inner) { open(given: $g) }", {"g": {"inner": [{"colours": ["GOLD"]}]}}, "open", ADMIN),
        ("query ($g: Inner) { open(given: $g) }", {"g": {"inner": {"colours": "GOLD"}}}, "open", ADMIN),
        ("query ($g: Inner = {secret: 1}) { open(given: $g) }", {}, "open", EDITOR),
        ("query ($s: Int) { open(given: {secret: $s}) }", {"s": 1}, "open", EDITOR),
        ("query ($c: Colour!) { open(given: {colours: [$c]}) }", {"c": "GOLD"}, "open", ADMIN),
        ("query ($i: [Inner!]) { open(given: {inner: $i}) }", {"i": [{"secret": 1}]}, "open", EDITOR),
        ("{ open(ids: [1, 2, 3]) }", {}, "open", ["PARTNER"]),
        ("query ($i: [Int!]) { open(ids: $i) }", {"i": [1, 2, 3]}, "open", ["PARTNER"]),
        ("mutation { change }", {}, "change", EDITOR),
    ],
)  # fmt: skip
async def test_what_is_forbidden_is_null_with_its_path_and_the_roles_that_would_do(
    runner: Runner, query: str, variables: dict[str, Any], path: str, roles: list[str]
) -> None:
    data, errors = await asked(runner, query, **variables)
    assert errors == [(path.split("."), roles)]
    for name in path.split("."):
        data = data[name]
    assert data is None
    assert CALLS == []
    for role in Role:
        _, errors = await asked(runner, query, Viewer("somebody", frozenset({role.name})), **variables)
        assert bool(errors) == (role.name not in roles), role


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ open }", {}),
        ("{ open(ids: [1, 2], colour: RED, given: {plain: 1, colours: [RED]}) }", {}),
        ("query ($s: Int) { open(secret: $s) }", {}),
        ("query ($c: Colour) { open(colour: $c) }", {"c": "RED"}),
        ("query ($c: Colour = GOLD) { open(colour: $c) }", {"c": "RED"}),
        ("query ($g: Inner = {secret: 1}) { open(given: $g) }", {"g": {"plain": 1}}),
        ("query ($i: [Int!]) { open(ids: $i) }", {"i": [1, 2]}),
        # What is asked for twice in one place is one list.
        ("query ($i: [Int!]) { open(ids: $i) ... { open(ids: $i) } }", {"i": [1, 2]}),
        (
            (
                "query ($i: [Int!], $a: Boolean = true) { ...F @include(if: $a) ...F @skip(if: $a) } "
                "fragment F on Query { open(ids: $i) }"
            ),
            {"i": [1, 2]},
        ),
        ("{ guarded @skip(if: true) open }", {}),
        ("query ($b: Boolean = false) { needed @include(if: $b) open }", {}),
        ("query ($b: Boolean!) { ... @skip(if: $b) { needed } open }", {"b": True}),
        ("{ ...F @include(if: false) open } fragment F on Query { needed }", {}),
    ],
)
async def test_what_is_open_or_not_used_needs_no_role(
    runner: Runner, query: str, variables: dict[str, Any]
) -> None:
    data, errors = await asked(runner, query, **variables)
    assert errors == []
    assert data["open"] == 1


@strawberry.interface
class Asked:
    @strawberry.field
    def names(self, secret: int | None = None) -> int | None:
        return secret


@strawberry.type
class Asking(Asked):
    @strawberry.field
    def names(self, secret: Annotated[int | None, strawberry.argument(directives=[EDITORS])] = None) -> int | None:
        return secret


@strawberry.type
class Root:
    @strawberry.field
    def asked(self) -> Asked:
        return Asking()


@pytest.mark.parametrize("inner", ["names(secret: 1)", "... on Asking { names(secret: 1) }"])
async def test_an_argument_needs_its_role_through_an_interface_too(inner: str) -> None:
    core = core_of(strawberry.Schema(Root, types=[Asking]))
    enforce(core)
    data, errors = await asked(Runner(core, Limits(), 10), f"{{ asked {{ {inner} }} }}")
    assert data == {"asked": {"names": None}}
    assert errors == [(["asked", "names"], EDITOR)]


async def test_a_field_of_an_interface_needs_what_any_that_implements_it_needs(runner: Runner) -> None:
    data, errors = await asked(runner, "{ named { name } }")
    assert data == {"named": [{"name": None}, {"name": None}]}
    assert errors == [(["named", 0, "name"], EDITOR), (["named", 1, "name"], EDITOR)]
    data, errors = await asked(runner, "{ named { ... on Place { name } ... on Person { name plain } } }")
    assert data == {"named": [{"name": None, "plain": 1}, {"name": "Here"}]}
    assert errors == [(["named", 0, "name"], EDITOR)]


@pytest.mark.parametrize(
    "query",
    [
        "{ needed open }",
        "{ open ... @include(if: true) { a: needed } }",
        "{ open ...F } fragment F on Query { needed }",
    ],
)
async def test_an_operation_whose_root_is_forbidden_and_cannot_be_null_runs_nothing(
    runner: Runner, query: str
) -> None:
    data, errors = await asked(runner, query)
    assert data is None
    assert [roles for _, roles in errors] == [ADMIN]
    assert CALLS == []


async def test_beside_what_is_forbidden_the_rest_is_answered(runner: Runner) -> None:
    data, errors = await asked(runner, "{ guarded open a: guarded person { name plain } }")
    assert data == {"guarded": None, "open": 1, "a": None, "person": {"name": None, "plain": 1}}
    assert len(errors) == 3


def test_a_subscription_is_found_to_need_its_roles_before_it_starts(runner: Runner) -> None:
    query = "subscription { changes }"
    assert [guard.place for guard in runner.prepare(query, None, {}).refused.values()] == ["Subscription.changes"]
    assert not runner.prepare(query, None, {}, Viewer("a", frozenset({"EDITOR"}))).refused


@strawberry.type
class Bare:
    number: int = strawberry.field(default=1, directives=[ADMINS])


@strawberry.type
class Around:
    vault: Vault = strawberry.field(default=None)


@strawberry.type(directives=[ADMINS])
class Seen(Named):
    name: str | None = "seen"


@strawberry.type
class Forced:
    @strawberry.field
    def number(self, secret: Annotated[int, strawberry.argument(directives=[ADMINS])]) -> int | None:
        return secret

    @strawberry.field
    def other(self, ids: Annotated[int | None, strawberry.argument(directives=[MANY])] = None) -> int | None:
        return ids


@pytest.mark.parametrize(
    ("type_", "problems_"),
    [
        (Bare, ["Bare.number is guarded but can't be null."]),
        (Around, ["Around.vault is guarded but can't be null."]),
        (Seen, ["Seen is guarded and implements an interface, through which it would be seen."]),
        (
            Forced,
            [
                "Forced.number(secret:) is guarded but can't be left out.",
                "Forced.other(ids:) is no list, so none of its items can be too many.",
            ],
        ),
    ],
)
def test_a_guard_that_cannot_be_kept_stops_the_schema_from_being_built(type_: type, problems_: list[str]) -> None:
    schema = core_of(strawberry.Schema(Query, types=[type_]))
    assert list(problems(schema, facts_of(schema).guards)) == problems_
    with pytest.raises(TypeError, match=re.escape(problems_[0])):
        enforce(schema)


SDL = print_schema(SCHEMA)


def shown(*roles: str) -> dict[str, set[str]]:
    view = build_ast_schema(visible(parse(SDL), frozenset(roles)))
    return {
        name: set(getattr(type_, "fields", None) or getattr(type_, "values", ()) or ())
        for name, type_ in view.type_map.items()
        if not name.startswith("__")
    }


def test_the_schema_shows_what_roles_may_use() -> None:
    nobody, editor, admin = shown(), shown("EDITOR"), shown("ADMIN")
    assert nobody["Query"] == {"open", "person", "named"}
    assert nobody["Inner"] == {"plain", "colours", "inner"}
    assert nobody["Colour"] == {"RED"}
    assert not {"Vault", "Mutation", "Subscription"} & nobody.keys()
    assert nobody["Person"] == {"plain"}
    assert editor["Mutation"] == {"change"}
    assert editor["Inner"] == {"plain", "secret", "colours", "inner"}
    assert editor["Person"] == {"name", "plain"}
    assert admin["Vault"] == {"gold"}
    assert admin["Colour"] == {"RED", "GOLD"}
    assert admin["Query"] == {"guarded", "needed", "open", "vault", "person", "named"}


async def test_introspection_shows_each_set_of_roles_its_part(runner: Runner) -> None:
    query = """{ __type(name: "Query") { fields { name args { name } } } v: __type(name: "Vault") { name }
      __schema { mutationType { name } } }"""
    data, errors = await asked(runner, query)
    assert errors == []
    assert data["v"] is None
    assert data["__schema"]["mutationType"] is None
    assert {each["name"]: [arg["name"] for arg in each["args"]] for each in data["__type"]["fields"]}["open"] == [
        "given",
        "colour",
        "ids",
    ]
    data, _ = await asked(runner, query, Viewer("a", frozenset({"ADMIN"})))
    assert data["v"] == {"name": "Vault"}
    assert data["__schema"]["mutationType"] == {"name": "Mutation"}


async def test_a_request_for_the_schema_does_not_widen_what_runs_beside_it(runner: Runner) -> None:
    data, errors = await asked(runner, "{ __schema { queryType { name } } guarded open }")
    assert data == {"__schema": {"queryType": {"name": "Query"}}, "guarded": None, "open": 1}
    assert errors == [(["guarded"], ADMIN)]
