"""What is proven valid has no error by graphql-core's rules; what clients ask for is proven."""

import random
import time
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    parse,
    specified_rules,
    validate,
)

from graph.errors import ClientError
from graph.execution.bounds import Limits
from graph.execution.facts import facts_of
from graph.execution.run import Runner
from graph.execution.tree import Selection
from graph.execution.uses import Uses
from graph.execution.walk import _Walk, walk
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.schema import core_schema
from tests.graph.execution import pets
from tests.graph.execution.mutations import Mutator
from tests.graph.generation import Generator
from tests.graph.http.attacks import documents

CORE = core_schema
RULES = {rule.__name__: rule for rule in specified_rules}

HERE = Path(__file__).parents[2]
OPERATIONS = {path.parent.name: path.read_text() for path in HERE.glob("operations/*/question.graphql")}
BENCH = {path.stem: path.read_text() for path in HERE.parent.glob("bench/operations/*.graphql")}
# What asks for the schema is left to graphql-core.
INTROSPECTING = {"what_is_a_company"}

SIZES = [pytest.param(600, id="short"), pytest.param(300_000, marks=pytest.mark.long, id="long")]


def seeded() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to see a failure again
    return random.Random(seed)  # noqa: S311 - not for secrets


# So much that only the walk's own bounds are in the way.
WIDE = Limits(10**6, 10**3, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6)


def is_proven_valid(core: GraphQLSchema, document: DocumentNode) -> bool:
    """Return whether the walk proves a document valid; what holds too much for it isn't proven."""
    try:
        return walk(facts_of(core), document, WIDE, Uses(facts_of(core))).is_proven
    except (ClientError, RecursionError):
        return False


def is_sound(core: GraphQLSchema, text: str) -> bool:
    """Return whether a document is proven, having seen that it is valid then."""
    document = parse(text)
    is_proven = is_proven_valid(core, document)
    if is_proven:
        assert validate(core, document) == [], text
    return is_proven


@pytest.mark.parametrize("examples", SIZES)
def test_generated_operations_and_their_mutations_are_proven_only_if_valid(examples: int) -> None:
    rng = seeded()
    generator = Generator(CORE, rng, wildness=0)
    generated = [generator.operation(depth=3)[0] for _ in range(examples // 10)]
    assert sum(is_sound(CORE, text) for text in generated) > len(generated) * 0.9
    mutator = Mutator(rng, [*generated[:20], *OPERATIONS.values()])
    seeds = [*generated, *OPERATIONS.values()]
    proven = sum(is_sound(CORE, mutator.mutated(rng.choice(seeds))) for _ in range(examples))
    assert examples / 10 < proven < examples * 0.9


@pytest.mark.parametrize("examples", SIZES)
def test_mutations_that_break_every_rule_are_proven_only_if_valid(examples: int) -> None:
    rng = seeded()
    seeds = [*pets.VALID, *(text for texts in pets.INVALID.values() for text in texts)]
    mutator = Mutator(rng, seeds)
    unbroken = dict(RULES)
    proven = tried = 0
    # A rule that is seldom broken takes as many more as chance has it.
    while tried < examples or (unbroken and tried < 20 * examples):
        tried += 1
        text = rng.choice(seeds)
        for _ in range(rng.randint(1, 3)):
            text = mutator.mutated(text)
        if is_sound(pets.SCHEMA, text):
            proven += 1
        else:
            broken = [name for name, rule in unbroken.items() if is_wrong(pets.SCHEMA, text, rule)]
            for name in broken:
                del unbroken[name]
    # Of 600 it is 16 to 31.
    assert proven > tried / 100
    assert not unbroken


def is_wrong(core: GraphQLSchema, text: str, rule: type[ASTValidationRule]) -> bool:
    return bool(validate(core, parse(text), [rule]))


def test_there_are_wrong_documents_for_every_rule() -> None:
    assert pets.INVALID.keys() == RULES.keys()


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, texts in pets.INVALID.items() for text in texts]
)
def test_what_a_rule_refuses_is_not_proven(rule: str, text: str) -> None:
    assert is_wrong(pets.SCHEMA, text, RULES[rule])
    assert not is_proven_valid(pets.SCHEMA, parse(text))


@pytest.mark.parametrize("text", pets.VALID)
def test_the_documents_that_are_mutated_are_valid(text: str) -> None:
    assert validate(pets.SCHEMA, parse(text)) == []


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - INTROSPECTING))
def test_the_operations_of_clients_are_proven(name: str) -> None:
    assert is_sound(CORE, OPERATIONS[name])


@pytest.mark.parametrize("name", BENCH)
def test_the_operations_of_the_bench_are_proven(name: str) -> None:
    assert is_sound(CORE, BENCH[name])


def test_fields_that_are_alike_are_merged_wherever_they_are_written() -> None:
    text = (
        "query ($l: Boolean) { pet { name(long: $l) ...D ...on Cat { owner { name } } } pet { name(long: $l) } } "
        "fragment D on Dog { owner { name } ...E } fragment E on Being { name(long: $l) owned: __typename }"
    )
    assert is_sound(pets.SCHEMA, text)


@pytest.mark.parametrize(
    "text",
    [
        '{ __type(name: "Dog") { name } }',
        "{ ...F } fragment F on Query { __schema { types { name } } }",
        "{ a: __schema { types { name } } }",
        get_introspection_query(),
        "subscription { barked { name } }",
        "query @traced { count }",
        "{ dog { ...on Dog @defer { name } } }",
        "{ pet(key: {id: 1}) { name } }",
        "query ($a: Int) { count(data: {a: [$a]}) }",
        "{ pet { ...on Dog { b: barks } ...on Cat { b: same } } }",
        "{ count " + " ".join(f"...F{n}" for n in range(101)) + "}"
        + "".join(f" fragment F{n} on Query {{ count }}" for n in range(101)),
    ],
)  # fmt: skip
def test_what_is_rare_is_valid_and_left_to_graphql_core(text: str) -> None:
    assert validate(pets.SCHEMA, parse(text)) == []
    assert not is_proven_valid(pets.SCHEMA, parse(text))


def chain(links: int, body: str) -> str:
    """A document whose fragments each lead to the next one."""
    inner = "".join(f" fragment F{n} on Query {{ {body.format(next=n + 1)} }}" for n in range(links))
    return "{ ...F0 }" + inner + f" fragment F{links} on Query {{ count }}"


@pytest.mark.parametrize(
    "text",
    [
        chain(60, "...on Query {{ ... {{ ...on Query {{ ...F{next} }} }} }}"),
        "".join(f"query Q{n}($v: Int!) {{ ...F }} " for n in range(100))
        + "fragment F on Query { " + "".join(f"a{n}: dog {{ barks(times: $v) }} " for n in range(600)) + "}",
    ],
    ids=["nesting", "usages"],
)  # fmt: skip
def test_what_graphql_core_gives_up_on_is_not_proven(text: str) -> None:
    document = parse(text)
    assert [error.message for error in validate(pets.SCHEMA, document)] == ["Validation aborted."]
    assert not is_proven_valid(pets.SCHEMA, document)


def test_arguments_of_fragments_are_left_to_graphql_core() -> None:
    fragment = "fragment F($l: Boolean) on Dog { name }"
    for text in ("{ dog { ...F(l: true) } } fragment F on Dog { name }", "{ dog { ...F } } " + fragment):
        document = parse(text, experimental_fragment_arguments=True)
        assert validate(pets.SCHEMA, document)
        assert not is_proven_valid(pets.SCHEMA, document)


def twice(inner: str) -> str:
    """Two fields that each hold something."""
    return " ".join(f"{name}: owner {{ pets {{ {inner} }} }}" for name in "ab")


@pytest.mark.parametrize(
    "text",
    [
        chain(90, "...F{next}"),
        chain(300, "...F{next}"),
        chain(30, "count ...F{next} ...F{next} a: dog {{ name }} b: dog {{ name }}"),
        chain(20, "dog {{ ...G }} ...F{next}") + " fragment G on Dog { name owner { name } }",
        "{" + "dog { name owner { name pets { name } } } " * 60 + "}",
        "{ dog { ...D0 } } fragment D25 on Dog { name }"
        + "".join(f" fragment D{n} on Dog {{ {twice(f'...D{n + 1}')} }}" for n in range(25)),
        "{ human(ids: [" + '"1" ' * 1900 + "]) { name } }",
        "{ being(filter: " + "{need: 1 any: " * 60 + "{need: 1}" + "}" * 60 + ") { name } }",
        "query (" + "".join(f"$v{n}: Int! " for n in range(150)) + ") { "
        + "".join(f"a{n}: dog {{ barks(times: $v{n}) }} " for n in range(150)) + "}",
        "".join(f"query Q{n}($v: Int!) {{ ...F }} " for n in range(60))
        + "fragment F on Query { " + "dog { barks(times: $v) } " * 120 + "}",
    ],
)  # fmt: skip
def test_large_documents_are_proven_or_left_in_time(text: str) -> None:
    document = parse(text)
    assert taken_ms(pets.SCHEMA, document) < 25


@pytest.mark.parametrize("name", documents().keys())
def test_attacks_are_proven_or_left_in_time(name: str) -> None:
    try:
        document = parse(documents()[name][0], max_tokens=Limits().tokens)
        walk(facts_of(CORE), document, Limits(), Uses(facts_of(CORE)))
    except (GraphQLError, ClientError):
        return
    assert taken_ms(CORE, document) < 15


def taken_ms(core: GraphQLSchema, document: DocumentNode) -> float:
    """Return the milliseconds of CPU that a proof takes, the least of a few times."""
    return min(timed(core, document) for _ in range(3)) * 1000


def timed(core: GraphQLSchema, document: DocumentNode) -> float:
    started = time.thread_time()
    is_proven_valid(core, document)
    return time.thread_time() - started


UNION = build_schema("""
    type Query { u: U  n: N }
    union U = A | B
    type A { x: T!  y: Int }
    type B { x: T!  y: Int }
    type T { name: String  t: T }
    interface N { self: N!  a: Int }
    type N1 implements N { self: N!  a: Int }
    type N2 implements N { self: N!  a: Int }
    type N3 implements N { self: N!  a: Int }
    type N4 implements N { self: N!  a: Int }
""")


def names_in(selection: Selection) -> Any:
    """What is asked of an object type, by response name and type."""
    return {
        key: {name: names_in(inner) for name, inner in field.selections.items()}
        for key, field in selection.fields.items()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{ u { ... on A { x { ...F } } ... on B { x { ...F } } } } fragment F on T { name }",
            {"A": {"x": {"T": {"name": {}}}}, "B": {"x": {"T": {"name": {}}}}},
        ),
        (
            (
                "{ u { ...G ...G ... on B { x { t { ...F ...F } } } } } "
                "fragment G on A { x { ...F } } fragment F on T { name }"
            ),
            {"A": {"x": {"T": {"name": {}}}}, "B": {"x": {"T": {"t": {"T": {"name": {}}}}}}},
        ),
    ],
)
def test_each_type_gets_what_is_asked_of_it(text: str, expected: Any) -> None:
    document = parse(text)
    assert validate(UNION, document) == []
    [(_, found)] = walk(facts_of(UNION), document, WIDE, Uses(facts_of(UNION))).operations
    [field] = found.root.fields.values()
    assert {name: names_in(selection) for name, selection in field.selections.items()} == expected


@pytest.mark.parametrize("depth", [3, 6, 12, 40])
def test_types_that_hold_one_another_are_walked_within_bounds(depth: int) -> None:
    document = parse("{ n {" + "self {" * depth + "a" + "}" * depth + "} }")
    assert taken_ms(UNION, document) < 60


def test_a_document_is_walked_once_each_field_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []
    field = _Walk._field

    def counted(self: _Walk, node: FieldNode, place: Any) -> None:
        walked.append((node.alias or node.name).value)
        field(self, node, place)

    monkeypatch.setattr(_Walk, "_field", counted)
    text = (
        "query A($n: NPI!, $s: Boolean!) { "
        "company(npi: $n) { ...F a: taxId @skip(if: $s) locations { nodes { b: id } } } } "
        "fragment F on Company { c: name d: phone }"
    )
    runner = Runner(CORE, Limits(), timeout=1)
    for number in range(4):
        # For two kinds of viewers and two forms.
        viewer = ANONYMOUS if number % 2 else Viewer("a", frozenset({"ADMIN"}))
        prepared = runner.prepare(text, None, {"n": "1234567893", "s": number > 1}, viewer)
        runner._forms.compile(prepared.operation, prepared.values, prepared.refused)
    assert sorted(walked) == ["a", "b", "c", "company", "d", "locations", "nodes"]
