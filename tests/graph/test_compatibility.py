"""Changes of the schema: what breaks may be after its sunset, or if nobody uses it, else it is said who does."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from graphql import BreakingChangeType, build_schema

from graph import sdl
from graph.compatibility import Change, Verdict, compare, place_in
from graph.recorded_usage import ClientUse, RecordedUsage

TODAY = date(2027, 6, 1)
LONG_AGO = date(2026, 1, 1)

DIRECTIVES = """
directive @sunset(since: String!, on: String!, replacement: String) on FIELD_DEFINITION | ARGUMENT_DEFINITION
  | INPUT_FIELD_DEFINITION | ENUM_VALUE
directive @weight(of: Int) on FIELD_DEFINITION
directive @often on QUERY
"""
PAST = '@deprecated(reason: "x") @sunset(since: "2026-05-01", on: "2027-06-01")'
AHEAD = '@deprecated(reason: "x") @sunset(since: "2026-05-01", on: "2027-06-02")'
NEW = '@deprecated(reason: "x") @sunset(since: "2027-05-01", on: "2028-06-02")'
KILOMETRE = '  """The kilometre."""\n  KILOMETER\n'
FIELD = '  website: String @example(value: "https://example.com")\n'
WEBSITE = f'  """Web site: entered here, not in the registry."""\n{FIELD}'

NEVER_PAST = "its sunset is 2027-06-02"
UNUSED = Verdict(may_be=True, reason="nobody has used it for 90 days")


def used(coordinate: str, client: str = "Web shop", days_ago: int = 3) -> ClientUse:
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days_ago)
    return ClientUse(coordinate, "NAMED", client, "2.1", 7, moment)


def recorded(*uses: ClientUse, whole_since: date | None = None, since: date = LONG_AGO) -> RecordedUsage:
    return RecordedUsage(since, whole_since, uses)


def verdicts(
    old: str, new: str, usage: RecordedUsage | None = None, directives: str = DIRECTIVES
) -> Sequence[Verdict | None]:
    """The verdicts on what breaks from one schema to another."""
    changes = compare(directives + old, directives + new, usage, TODAY)
    return [change.verdict for change in changes if change.severity == "breaking"]


def verdict(old: str, new: str, usage: RecordedUsage | None = None) -> Verdict:
    """The verdict on the one thing that breaks."""
    [found] = verdicts(old, new, usage)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("served", "older", "severity", "part"),
    [
        (FIELD, "  website: String!\n", "breaking", "Company.website"),
        (FIELD, f"{FIELD}  fax2: String\n", "breaking", "Company.fax2"),
        ("  KILOMETER\n", "  KILOMETER\n  FURLONG\n", "breaking", "FURLONG"),
        (KILOMETRE, "", "dangerous", "KILOMETER"),
        (WEBSITE, "", "safe", "Company.website"),
    ],
)
def test_changes_are_breaking_dangerous_or_safe(served: str, older: str, severity: str, part: str) -> None:
    printed = sdl.printed()
    assert served in printed
    changes = compare(printed.replace(served, older, 1), printed, None, TODAY)
    [found] = [change for change in changes if part in change.description]
    assert found.severity == severity
    assert found.is_forbidden == (severity == "breaking")


def test_no_change_is_none_and_the_worst_change_comes_first() -> None:
    printed = sdl.printed()
    assert compare(printed, printed, None, TODAY) == []
    older = printed.replace(FIELD, "  fax2: String\n").replace(KILOMETRE, "")
    severities = [change.severity for change in compare(older, printed, None, TODAY)]
    assert severities[0] == "breaking"
    assert severities == sorted(severities, key=("breaking", "dangerous", "safe").index)


def test_nothing_breaks_that_was_released() -> None:
    released = Path(__file__).parents[2] / "docs" / "released.graphql"
    changes = compare(released.read_text(encoding="utf-8"), sdl.printed(), None, datetime.now(UTC).date())
    assert [change.description for change in changes if change.is_forbidden] == []


def test_what_is_not_deprecated_may_not_go() -> None:
    found = verdict("type Query { a: Int b: Int }", "type Query { a: Int }")
    assert found == Verdict(may_be=False, reason="it isn't deprecated; --usage can tell whether anybody uses it")


@pytest.mark.parametrize("which", [PAST, AHEAD])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type Query {{ a: Int b: Int {} }}", "type Query { a: Int }"),
        ("type Query {{ a: Int {} }}", "type Query { a: String }"),
        ("type Query {{ a: Int {} }}", "type Query { a(b: Int!): Int }"),
        ("type Query {{ a(b: Int {}): Int }}", "type Query { a: Int }"),
        ("type Query {{ a(b: Int {}): Int }}", "type Query { a(b: String): Int }"),
        ("type Query {{ a(b: Int): Int {} }}", "type Query { a: Int }"),
        ("type Query {{ a(b: E): Int }} enum E {{ C D {} }}", "type Query { a(b: E): Int } enum E { C }"),
        ("type Query {{ a(b: I): Int }} input I {{ c: Int d: Int {} }}",
         "type Query { a(b: I): Int } input I { c: Int }"),
    ],
)  # fmt: skip
def test_whatever_is_past_its_sunset_may_go_from_that_day_on(which: str, old: str, new: str) -> None:
    found = verdict(old.format(which), new)
    if which == PAST:
        assert found == Verdict(may_be=True, reason="its sunset was 2027-06-01")
    else:
        assert found == Verdict(may_be=False, reason=f"{NEVER_PAST}; --usage can tell whether anybody uses it")


BEFORE, AFTER = f"type Query {{ a: Int b: Int {AHEAD} }}", "type Query { a: Int }"


def test_what_is_deprecated_and_not_used_may_go_before_its_day() -> None:
    assert verdict(BEFORE, AFTER, recorded()) == UNUSED
    assert verdict(BEFORE, AFTER, recorded(used("Query.a"), used("Query.b", days_ago=91))) == UNUSED


def test_who_uses_it_is_named() -> None:
    usage = recorded(used("Query.b"), used("Query.b", "Crawler", 90), used("Query.b", "Web shop", 20))
    expected = f"{NEVER_PAST}; used by Web shop 2.1, Crawler 2.1, last on 2027-05-29"
    assert verdict(BEFORE, AFTER, usage) == Verdict(may_be=False, reason=expected)
    many = recorded(*(used("Query.b", f"client {number}") for number in range(8)))
    assert "client 4 2.1 and 3 more, last on" in verdict(BEFORE, AFTER, many).reason


def test_not_used_for_a_short_time_is_not_unused() -> None:
    late = recorded(since=TODAY - timedelta(89))
    expected = f"{NEVER_PAST}; nobody has used it, but that has been counted only since 2027-03-04"
    assert verdict(BEFORE, AFTER, late) == Verdict(may_be=False, reason=expected)
    # It was deprecated a month ago, and hardly counted before.
    found = verdict(f"type Query {{ a: Int b: Int {NEW} }}", AFTER, recorded())
    assert found.reason.endswith("counted only since 2027-05-01")


def test_what_is_not_deprecated_may_go_only_where_the_whole_schema_is_counted() -> None:
    old = "type Query { a: Int b: Int }"
    expected = "it isn't deprecated; its uses aren't counted (USAGE_FIELDS)"
    assert verdict(old, AFTER, recorded()) == Verdict(may_be=False, reason=expected)
    assert verdict(old, AFTER, recorded(whole_since=LONG_AGO)) == UNUSED
    assert not verdict(old, AFTER, recorded(used("Query.b"), whole_since=LONG_AGO)).may_be


def test_a_type_goes_with_all_that_led_to_it() -> None:
    old = f"""
    type Query {{ a: Int old: Old {PAST} in(old: OldInput {PAST}): Int }}
    type Old {{ b: Int inner: Inner }}
    type Inner {{ c: Int up: Old }}
    input OldInput {{ d: OldEnum }}
    enum OldEnum {{ E }}
    """
    found = verdicts(old, "type Query { a: Int in: Int }")
    assert len(found) == 6
    assert all(each is not None and each.may_be for each in found)
    assert Verdict(may_be=True, reason="all that led to it may go") in found
    early = verdicts(old.replace(PAST, AHEAD), "type Query { a: Int in: Int }")
    assert not any(each and each.may_be for each in early)


def test_a_type_that_an_interface_leads_to_goes_if_no_part_of_it_is_used() -> None:
    old = "type Query { pet: Pet } interface Pet { a: Int } type Dog implements Pet { a: Int b: Int }"
    new = "type Query { pet: Pet } interface Pet { a: Int }"
    assert not verdict(old, new).may_be
    unused = recorded(used("Pet.a"), whole_since=LONG_AGO)
    assert verdict(old, new, unused) == Verdict(may_be=True, reason="nobody has used any of it for 90 days")
    assert "used by Web shop 2.1" in verdict(old, new, recorded(used("Dog.b"), whole_since=LONG_AGO)).reason


def test_a_required_input_field_breaks_whoever_uses_its_type() -> None:
    old = "type Query { a(b: I): Int } input I { c: Int }"
    new = old.replace("c: Int", "c: Int d: Int!")
    assert not verdict(old, new).may_be
    assert not verdict(old, new, recorded(used("I.c"), whole_since=LONG_AGO)).may_be
    assert verdict(old, new, recorded(whole_since=LONG_AGO)).may_be


def test_a_directive_may_go_unless_operations_can_have_it() -> None:
    query = "type Query { a: Int }"
    changes = compare(DIRECTIVES + query, query, recorded(whole_since=LONG_AGO), TODAY)
    assert [(change.description, change.is_forbidden) for change in changes] == [
        ("Directive @often was removed.", True),
        ("Directive @sunset was removed.", False),
        ("Directive @weight was removed.", False),
    ]


# Every kind of breaking change, in the words that graphql-core has for it.
KINDS = {
    "TYPE_REMOVED": ("type X { a: Int }", "", "X"),
    "TYPE_CHANGED_KIND": ("type X { a: Int }", "input X { a: Int }", "X"),
    "TYPE_REMOVED_FROM_UNION": (
        "type X { a: Int } type Y { a: Int } union U = X | Y", "type X { a: Int } type Y { a: Int } union U = X",
        "Y",
    ),
    "VALUE_REMOVED_FROM_ENUM": ("enum E { A B }", "enum E { A }", "E.B"),
    "REQUIRED_INPUT_FIELD_ADDED": ("input I { a: Int }", "input I { a: Int b: Int! }", "I"),
    "IMPLEMENTED_INTERFACE_REMOVED": (
        "interface N { a: Int } type X implements N { a: Int }", "interface N { a: Int } type X { a: Int }", "X",
    ),
    "FIELD_REMOVED": ("type X { a: Int b: Int }", "type X { a: Int }", "X.b"),
    "FIELD_CHANGED_KIND": ("type X { a: Int }", "type X { a: [Int] }", "X.a"),
    "REQUIRED_ARG_ADDED": ("type X { a: Int }", "type X { a(b: Int!): Int }", "X.a"),
    "ARG_REMOVED": ("type X { a(b: Int): Int }", "type X { a: Int }", "X.a(b:)"),
    "ARG_CHANGED_KIND": ("type X { a(b: Int): Int }", "type X { a(b: Int!): Int }", "X.a(b:)"),
    "DIRECTIVE_REMOVED": ("directive @d on FIELD", "", "@d"),
    "DIRECTIVE_ARG_REMOVED": ("directive @d(a: Int) on FIELD", "directive @d on FIELD", "@d"),
    "REQUIRED_DIRECTIVE_ARG_ADDED": ("directive @d on FIELD", "directive @d(a: Int!) on FIELD", "@d"),
    "DIRECTIVE_REPEATABLE_REMOVED": ("directive @d repeatable on FIELD", "directive @d on FIELD", "@d"),
    "DIRECTIVE_LOCATION_REMOVED": ("directive @d on FIELD | QUERY", "directive @d on FIELD", "@d"),
}  # fmt: skip


def test_every_kind_of_breaking_change_is_here() -> None:
    assert {each.name for each in BreakingChangeType} == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_from_graphql_cores_words_what_a_change_breaks(kind: str) -> None:
    from_, to, expected = KINDS[kind]
    root = "type Query { root: Int } "
    changes = compare(root + from_, root + to, None, TODAY)
    [words] = [change.description for change in changes if change.severity == "breaking"]
    assert place_in(BreakingChangeType[kind], words) == expected
    assert build_schema(root + from_)
    assert all(change.is_forbidden for change in changes if change.severity == "breaking")


def test_what_does_not_break_has_no_verdict() -> None:
    change = Change("dangerous", "x")
    assert not change.is_forbidden


def test_usage_is_the_same_after_it_was_written_and_read() -> None:
    usage = recorded(used("Query.a"), used("Query.b", days_ago=40), whole_since=TODAY)
    written = orjson.dumps(usage.as_json())
    assert RecordedUsage.from_json(written) == RecordedUsage(usage.since, usage.whole_since, list(usage.uses))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"uses": [{}], "since": null}', b'{"uses": 1}'])
def test_what_is_no_usage_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        RecordedUsage.from_json(content)
