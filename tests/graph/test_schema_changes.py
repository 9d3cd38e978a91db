"""The record of how the schema changed: written by releases, read as it was written, told to whom it concerns."""

from datetime import date

import pytest

from graph.schema_changes import (
    Record,
    Release,
    SchemaChange,
    changes_between,
    read_record,
    release_of,
    seen_by,
    write_record,
)

DAY = date(2026, 11, 30)
DIRECTIVES = """
directive @requiresRole(anyOf: [Role!]!, above: Int) on FIELD_DEFINITION
enum Role { VIEWER PARTNER EDITOR ADMIN }
"""
B = "b: Int @requiresRole(anyOf: [ADMIN])"
C = "c: Int @requiresRole(anyOf: [ADMIN])"
FIRST = f"{DIRECTIVES} type Query {{ a: Int {B} {C} }}"


def changed(new: str) -> dict[str, object]:
    """What changed from the first schema, with the roles that see it."""
    return {each.description: each.roles for each in changes_between(FIRST, DIRECTIVES + new, DAY)}


def test_what_is_open_to_everyone_is_told_to_everyone() -> None:
    found = changed(f"type Query {{ a: Int d: Int {B} {C} }}")
    assert found == {"Field Query.d was added.": None}


def test_what_needs_a_role_is_told_to_those_who_have_one() -> None:
    found = changed(f"type Query {{ a: Int d: Int @requiresRole(anyOf: [VIEWER, EDITOR]) {C} }}")
    assert found == {
        "Field Query.d was added.": frozenset({"VIEWER", "EDITOR"}),
        "Field Query.b was removed.": frozenset({"ADMIN"}),
    }


def test_what_opens_to_a_role_is_new_for_that_role_alone() -> None:
    found = changed(f"type Query {{ a: Int b: Int @requiresRole(anyOf: [ADMIN, VIEWER]) {C} }}")
    assert found == {"Field Query.b was added.": frozenset({"VIEWER"})}


def test_what_is_deprecated_is_a_change() -> None:
    old = 'type Query { a(b: Int): Int c: Int @deprecated(reason: "Old.") }'
    new = 'type Query { a(b: Int @deprecated(reason: "Left out.")): Int c: Int @deprecated(reason: "Very old.") }'
    [change] = changes_between(old, new, DAY)
    assert change == SchemaChange("deprecated", "Query.a(b:) was deprecated: Left out.")


def test_the_worst_comes_first() -> None:
    found = list(changes_between("type Query { a: Int b: Int }", "type Query { a: Int z: Int }", DAY))
    assert [each.severity for each in found] == ["breaking", "safe"]


def test_a_record_is_read_as_it_was_written() -> None:
    first = release_of("1.0.0", DAY, FIRST, FIRST)
    assert first.changes == ()
    second = Release(
        "1.1.0",
        DAY,
        "0" * 64,
        (
            SchemaChange("safe", 'Field Query."x\\y" was added.\n', frozenset({"VIEWER", "ADMIN"})),
            SchemaChange("breaking", "Field Query.b was removed."),
        ),
    )
    record = Record(DAY, (second, first))
    assert read_record(write_record(record)) == record
    assert record.newest == second
    assert Record(DAY).newest is None
    with pytest.raises(ValueError, match="since is missing"):
        read_record("")


def test_a_viewer_is_told_what_one_of_its_roles_sees() -> None:
    changes = [
        SchemaChange("safe", "a"),
        SchemaChange("safe", "b", frozenset({"VIEWER", "EDITOR"})),
        SchemaChange("safe", "c", frozenset({"ADMIN"})),
    ]

    def told(*roles: str) -> str:
        return "".join(each.description for each in seen_by(changes, frozenset(roles)))

    assert [told(), told("EDITOR"), told("ADMIN", "VIEWER")] == ["a", "ab", "abc"]
