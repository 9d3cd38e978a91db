"""The error codes that the reference tells of: each can be given, and no field gives another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from graph.directives.cost import SHORTEST_BULK
from graph.errors import ClientError
from graph.examples.arguments import arguments_of, value_for
from graph.examples.values import examples_of
from graph.execution.document import RequestErrors
from graph.execution.facts import FieldFact, facts_of
from graph.identity.viewer import ANONYMOUS, ROLES, Viewer
from graph.schema import core_schema
from graph.site.reference.codes import OF_ALL, codes_of
from graph.types.examples import A_NEW_NPI
from tests.graph.conftest import Ask, Server, bearer
from tests.graph.events.listening import listening
from tests.graph.roles.test_matrix import NPI, WAYS, Way

FACTS = facts_of(core_schema)
# Whose watch list and webhook the directory has, with all roles.
EVERYBODY = Viewer("partner", ROLES)
# Values that an argument may not have, or that lead nowhere.
HOSTILE: tuple[Any, ...] = (
    {"nonsense": 1}, {"cursor": "nonsense"}, {"cursor": "999999999999"}, "", "nonsense", "0", "999999999999",
    "company:2999999990", "1234567890", -1, 1_000_000, [], ["nonsense"], [None],
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A field of an object, and the shortest way to it."""

    parent: GraphQLNamedType
    name: str
    field: GraphQLField
    fact: FieldFact
    way: Way

    @property
    def codes(self) -> list[str]:
        return codes_of(self.fact, self.field)

    def given(self) -> dict[str, Any]:
        """What it is asked for with: at the root what the examples have."""
        values = {
            name: value_for(f"{self.fact.coordinate}({name}:)", argument, examples_of(core_schema))
            for name, argument in arguments_of(self.name if not self.way else "", self.field)
        }
        return {**values, "npi": NPI} if "npi" in values else values

    def query(self, values: Mapping[str, Any]) -> str:
        declared = ", ".join(f"${name}: {self.field.args[name].type}" for name in values)
        passed = ", ".join(f"{name}: ${name}" for name in values)
        body = self.name + (f"({passed})" if passed else "")
        body += " { __typename }" if is_composite_type(get_named_type(self.field.type)) else ""
        for step in reversed(self.way):
            body = f"{step} {{ {body} }}"
        return f"query ({declared}) {{ {body} }}" if declared else f"{{ {body} }}"


def places() -> Iterator[Place]:
    for name, ways in WAYS.items():
        parent = core_schema.type_map[name]
        for field_name, field in parent.fields.items():  # type: ignore[attr-defined]  # what has ways has fields
            fact = FACTS.field(parent, field_name)
            assert fact
            if field.args or fact.guards:
                yield Place(parent, field_name, field, fact, ways[0])


PLACES = {place.fact.coordinate: place for place in places()}


def wrong(place: Place, code: str) -> Iterator[dict[str, Any]]:
    """Yield arguments that give a code, each for one of the arguments that can."""
    values = place.given()
    for name, argument in place.field.args.items():
        rest = {key: each for key, each in values.items() if key != name}
        match code, name:
            case "BAD_USER_INPUT", _:
                yield {**rest, name: {"nonsense": 1}}
            case "INVALID_CURSOR", "after":
                yield {**rest, name: "nonsense"}
            case "INVALID_CURSOR", "before":
                yield {**{key: each for key, each in rest.items() if key != "first"}, "last": 1, name: "nonsense"}
            case "INVALID_CURSOR", "asOf":
                yield {**values, name: {"cursor": "nonsense"}}
            case "CURSOR_EXPIRED", "after":
                yield {**rest, name: "999999999999"}
            case "NOT_FOUND", "id" | "ids" | "watchList":
                yield {
                    **{key: each for key, each in rest.items() if key != "npi"},
                    name: nobodys(name, place, argument),
                }
            case "FORBIDDEN", _ if FACTS.guards.by_place.get(f"{place.fact.coordinate}({name}:)"):
                value = value_for(f"{place.fact.coordinate}({name}:)", argument, examples_of(core_schema))
                yield {**values, name: value * (SHORTEST_BULK + 1) if isinstance(value, list) else {"cursor": "1"}}
    if code == "FORBIDDEN" and place.fact.guards:
        yield values


def nobodys(name: str, place: Place, argument: GraphQLArgument) -> Any:
    """An id of the right form that nothing has: of the example's, which the directory may have, the last digit."""
    if is_list_type(get_nullable_type(argument.type)):
        return [f"company:{A_NEW_NPI.value}"]
    value: str = value_for(f"{place.fact.coordinate}({name}:)", argument, examples_of(core_schema))
    return (
        f"company:{A_NEW_NPI.value}" if value.startswith("company:") else f"{value[:-1]}{'10'[value[-1] == '1']}"
    )


async def codes_of_answer(ask: Ask, place: Place, values: Mapping[str, Any], viewer: Viewer) -> set[str]:
    """The codes of an answer, or of what the operation is refused with."""
    try:
        return codes_in(await ask(place.query(values), values, viewer))
    except (RequestErrors, ClientError) as error:
        return {error.code}


def codes_in(answer: Mapping[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


@pytest.mark.parametrize("coordinate", PLACES)
async def test_each_code_that_a_field_tells_of_can_be_given(ask: Ask, coordinate: str) -> None:
    place = PLACES[coordinate]
    assert place.codes, coordinate
    for code in place.codes:
        tried = [*wrong(place, code)]
        assert tried, (coordinate, code)
        for values in tried:
            viewer = ANONYMOUS if code == "FORBIDDEN" else EVERYBODY
            assert code in await codes_of_answer(ask, place, values, viewer), (coordinate, code, values)


@pytest.mark.parametrize("coordinate", [each for each, place in PLACES.items() if place.field.args])
async def test_no_field_gives_a_code_that_it_does_not_tell_of(ask: Ask, coordinate: str) -> None:
    place = PLACES[coordinate]
    for name in place.field.args:
        for value in HOSTILE:
            values = {**place.given(), name: value}
            found = await codes_of_answer(ask, place, values, EVERYBODY)
            assert found <= {*place.codes, "COST_LIMIT_EXCEEDED"}, (coordinate, values)


def test_a_mutation_is_refused_to_who_may_not_and_for_an_input_that_is_none(server: Server) -> None:
    mutations = core_schema.mutation_type
    assert mutations
    for name, field in mutations.fields.items():
        fact = FACTS.field(mutations, name)
        assert fact
        expected = {"FORBIDDEN", "BAD_USER_INPUT"} if field.args else {"FORBIDDEN"}
        assert set(codes_of(fact, field)) == expected
        input_ = field.args.get("input")
        head, passed = (f"mutation ($input: {input_.type})", "(input: $input)") if input_ else ("mutation", "")
        text = f"{head} {{ {name}{passed} {{ __typename }} }}"
        refused = server.post(text, {"input": {"nonsense": 1}}, authorization=bearer("ADMIN")).json()
        assert codes_in(refused) == ({"BAD_USER_INPUT"} if field.args else set())
        values = {
            each: value_for(f"Mutation.{name}({each}:)", of, examples_of(core_schema))
            for each, of in field.args.items()
        }
        values.pop("onError", None)
        refused = server.post(text, values).json()
        assert codes_in(refused) == {"FORBIDDEN"}, name


async def test_a_subscription_ends_with_the_codes_that_it_tells_of(server: Server) -> None:
    subscriptions = core_schema.subscription_type
    assert subscriptions
    for name, field in subscriptions.fields.items():
        fact = FACTS.field(subscriptions, name)
        assert fact
        codes = {"FORBIDDEN", "BAD_USER_INPUT", "INVALID_CURSOR", "CURSOR_EXPIRED", "NOT_FOUND"}
        assert set(codes_of(fact, field)) == codes
        list_ = examples_of(core_schema).of(f"Subscription.{name}(watchList:)", field.args["watchList"])
        tried: dict[str, dict[str, Any]] = {
            "FORBIDDEN": {},
            "BAD_USER_INPUT": {"filter": {"nonsense": 1}},
            "INVALID_CURSOR": {"after": "nonsense"},
            "CURSOR_EXPIRED": {"after": "999999999999"},
            "NOT_FOUND": {"watchList": list_},
        }
        for code, values in tried.items():
            declared = ", ".join(f"${each}: {field.args[each].type}" for each in values)
            passed = ", ".join(f"{each}: ${each}" for each in values)
            given = (f"({declared})", f"({passed})") if values else ("", "")
            text = f"subscription {given[0]} {{ {name}{given[1]} {{ __typename }} }}"
            headers = {} if code == "FORBIDDEN" else {"authorization": bearer("ADMIN")}
            async with listening(server, text, values, **headers) as listener:
                answer = await listener.data()
            assert codes_in(answer) == {code}, (name, answer)


def test_those_of_all_operations_are_documented_beside_the_others() -> None:
    assert len(set(OF_ALL)) == len(OF_ALL)
    assert not set(OF_ALL) & {code for place in PLACES.values() for code in place.codes}
