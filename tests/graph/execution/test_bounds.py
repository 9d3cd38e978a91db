"""What is too long, deep or wide is refused before it runs, in time linear in the document."""

import contextlib
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from graphql import DocumentNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import CostLimitError, DepthLimitError
from graph.execution.bounds import Count, Limits, check_inputs
from graph.execution.facts import facts_of
from graph.execution.run import Runner
from graph.execution.uses import Uses
from graph.execution.walk import _Walk
from graph.identity.viewer import Viewer
from graph.schema import core_schema

FRAGMENTS = "fragment A on Company { npi name ...B } fragment B on Company { locations { nodes { id } } }"


FACTS = facts_of(core_schema)
WIDE = Limits(10**6, 10**3, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6)


def count(text: str, limits: Limits = WIDE) -> Count:
    """What a document with one operation holds."""
    walk = _Walk(FACTS, parse(text), limits, Uses(FACTS))
    walk.walk()
    return walk._count


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that holds too much."""
    _Walk(FACTS, document, limits, Uses(FACTS)).walk()


def test_fields_aliases_and_directives_count_with_fragments_spread() -> None:
    text = "{ companies @include(if: true) { a: nodes { ...A } nodes { ...A ...B } } } " + FRAGMENTS
    found = count(text)
    # companies, a, nodes; A twice with 5 fields each. B stands in A already.
    assert (found.fields, found.aliases, found.directives) == (3 + 5 + 5, 1, 1)


def test_depth_counts_with_fragments_spread() -> None:
    text = "{ companies { nodes { ...A } } } " + FRAGMENTS
    check_document(parse(text), Limits(depth=5))
    with pytest.raises(DepthLimitError, match="5 deep; 4"):
        check_document(parse(text), Limits(depth=4))


def test_a_chain_of_fragments_that_doubles_each_time_is_measured_at_once() -> None:
    links = " ".join(f"fragment F{i} on Company {{ ...F{i + 1} ...F{i + 1} }}" for i in range(100))
    document = parse("{ companies { nodes { ...F0 } } } " + links + " fragment F100 on Company { npi }")

    def measure() -> None:
        with pytest.raises(CostLimitError, match="fields"):
            check_document(document, Limits())

    assert least_seconds(measure) < 0.05


def least_seconds(act: Callable[[], None]) -> float:
    """The CPU of this thread that something takes, the least of a few times: others take the caches."""
    found = []
    for _ in range(5):
        started = time.thread_time()
        act()
        found.append(time.thread_time() - started)
    return min(found)


def test_a_fragment_that_is_spread_again_is_read_once() -> None:
    assert count("{ companies { nodes { " + "...A " * 500 + "} } } " + FRAGMENTS).fields == 2 + 5


@pytest.mark.parametrize(
    "text",
    [
        "{ companies { nodes { ...A } } } fragment A on Company { npi ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    ],
)
def test_a_circle_of_fragments_ends(text: str) -> None:
    check_document(parse(text), Limits())


EVERYTHING = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)


def unwrapping(times: int) -> str:
    """An introspection that unwraps types more or less often."""
    return get_introspection_query(input_value_deprecation=True, type_depth=times)


# Some tools let the caller choose with variables, as sgqlc does: a directive at each field that may be left out.
CHOOSING = (
    re.sub(r"\bdescription\b", "description @include(if: $described)", unwrapping(7))
    .replace("isDeprecated", "isDeprecated @skip(if: $described) @include(if: $deprecated)")
    .replace("deprecationReason", "deprecationReason @include(if: $deprecated)")
    .replace("query IntrospectionQuery", "query IntrospectionQuery($described: Boolean!, $deprecated: Boolean!)")
)


@pytest.mark.parametrize(
    "text",
    [get_introspection_query(), EVERYTHING, *map(unwrapping, (7, 9, 11, 15, 20)), CHOOSING],
    ids=["usual", "everything", "7", "9", "11", "15", "20", "choosing"],
)
def test_what_tools_ask_for_the_schema_with_is_within_the_limits(text: str) -> None:
    runner = Runner(core_schema, Limits(), timeout=10)
    given = {"described": True, "deprecated": False} if text is CHOOSING else {}
    assert runner.prepare(text, None, given, Viewer("tool", frozenset())).operation.introspects


def test_a_page_may_leave_out_each_of_its_fields() -> None:
    fields = ["npi", "name", "city", "state"] + [f"f{number}: name" for number in range(8)]
    skipping = " ".join(f"{field} @include(if: $c) @skip(if: $d)" for field in fields)
    check_document(
        parse(f"query ($c: Boolean!, $d: Boolean!) {{ companies {{ nodes {{ {skipping} }} }} }}"), Limits()
    )


def test_types_are_not_unwrapped_for_ever() -> None:
    deep = "{ __schema { types {" + "ofType {" * 30 + "name" + "}" * 30 + "} } }"
    with pytest.raises(DepthLimitError, match="18 deep"):
        check_document(parse(deep), Limits())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{" + " ".join(f"a{i}: dataset {{ __typename }}" for i in range(31)) + "}", CostLimitError),
        (
            "{ companies { "
            + " ".join(f"a{n}: nodes {{ ...A }}" for n in range(29))
            + " } } fragment A on Company {"
            + " ".join(f"names {{ name }} taxonomies {{ {'code ' * n} }}" for n in range(9))
            + "}",
            CostLimitError,
        ),
        ("{ __typename " + "@include(if: true) " * 41 + "}", CostLimitError),
        (" ".join(f"query Q{i} {{ __typename }}" for i in range(11)), CostLimitError),
        (
            "{ companies { nodes {" + "locations { nodes { company { " * 4 + "npi" + "} } }" * 4 + "} } }",
            DepthLimitError,
        ),
        ("{" + "dataset { __typename } " * 60 + "}", CostLimitError),
        ("{ __typename } fragment A on Company {" + "locations { nodes { id } } " * 60 + "}", CostLimitError),
    ],
    ids=["aliases", "fields", "directives", "operations", "depth", "repeats", "unused fragment"],
)
def test_each_limit_is_kept(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_document(parse(text), Limits())


@given(st.integers(1, 40), st.integers(1, 5))
def test_pairs_are_counted_as_validation_compares_them(repeats: int, children: int) -> None:
    inner = "id " * children
    document = parse("{ companies { nodes {" + f"locations {{ nodes {{ {inner} }} }} " * repeats + "} } }")
    same, leaves = repeats * (repeats - 1) // 2, repeats * children
    walk = _Walk(FACTS, document, WIDE, Uses(FACTS))
    walk.walk()
    assert walk._count.pairs == 2 * same + leaves * (leaves - 1) // 2


def chain(links: int, spreads: int) -> str:
    """A document whose fragments lead to one another over and over again."""
    fragments = " ".join(
        f"fragment F{i} on Company {{ locations {{ nodes {{ company {{ {f'...F{i + 1} ' * spreads} npi }} }} }} }}"
        for i in range(links)
    )
    return f"{{ companies {{ nodes {{ ...F0 }} }} }} {fragments} fragment F{links} on Company {{ npi }}"


@pytest.mark.parametrize(("links", "spreads"), [(3, 2), (30, 3), (50, 1), (50, 6), (90, 2)])
def test_measuring_takes_no_longer_than_validation_may(links: int, spreads: int) -> None:
    document = parse(chain(links, spreads))

    def measure() -> None:
        with contextlib.suppress(CostLimitError, DepthLimitError):
            check_document(document, Limits(depth=1000, fields=10**9))

    assert least_seconds(measure) < 0.1


def test_filters_without_end_are_refused_before_they_are_read() -> None:
    text = "{ companies { nodes { locations(filter: {and: [" + "{} " * 70 + "]}) { nodes { id } } } } }"
    with pytest.raises(CostLimitError, match="objects"):
        check_document(parse(text), Limits())
    too_much: list[dict[str, Any]] = [{"f": {"and": [{}] * 70}}, {"npis": ["1"] * 3_001}]
    for variables in too_much:
        with pytest.raises(CostLimitError):
            check_inputs(variables, Limits())
    check_inputs({"npis": ["1"] * 1_000, "f": {"and": [{}] * 38}}, Limits())
