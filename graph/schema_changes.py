"""How the schema changed from release to release: the record of it, and what of that a viewer may see."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from graphql import DocumentNode, build_schema, parse, print_ast

from graph.compatibility import compare
from graph.execution.facts import elements_of
from graph.identity.viewer import ROLES
from graph.roles.views import visible

# The record, and the schema that was released last, among the docs.
FILE: Final = "schema-changes.toml"
RELEASED: Final = "released.graphql"

# How severe a change can be for who uses what changed, worst first.
SEVERITIES: Final = ("breaking", "deprecated", "dangerous", "safe")

_NOTE: Final = "# How the schema changed, written by `ariesone schema release`; the newest release first.\n"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change, as severe as one of SEVERITIES says. Who has one of the roles sees it; None is everyone."""

    severity: str
    description: str
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What changed with a version, when it was released, and the SHA-256 of its whole schema."""

    version: str
    day: date
    sha256: str
    changes: tuple[SchemaChange, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The releases, the newest first, `since` when they are recorded."""

    since: date
    releases: tuple[Release, ...] = ()

    @property
    def newest(self) -> Release | None:
        """The last release; None before the first."""
        return next(iter(self.releases), None)


def read_record(text: str) -> Record:
    """Return a record from TOML; raises ValueError for what is none."""
    try:
        told = tomllib.loads(text)
        return Record(told["since"], tuple(_release(each) for each in told.get("release", ())))
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing") from error


def _release(told: dict[str, Any]) -> Release:
    changes = tuple(
        SchemaChange(each["severity"], each["description"], frozenset(each["roles"]) if "roles" in each else None)
        for each in told.get("change", ())
    )
    return Release(told["version"], told["day"], told["sha256"], changes)


def write_record(record: Record) -> str:
    """Return a record as TOML."""
    return _NOTE + "".join(f"{line}\n" for line in (f"since = {record.since}", *_lines(record.releases)))


def _lines(releases: Iterable[Release]) -> Iterator[str]:
    for release in releases:
        yield from ("", "[[release]]", f"version = {json.dumps(release.version)}", f"day = {release.day}")
        yield f"sha256 = {json.dumps(release.sha256)}"
        for change in release.changes:
            yield from ("", "[[release.change]]", f"severity = {json.dumps(change.severity)}")
            yield f"description = {json.dumps(change.description)}"
            if change.roles is not None:
                yield f"roles = {json.dumps(sorted(change.roles))}"


def release_of(version: str, day: date, old: str, new: str) -> Release:
    """Return the release that brings a new schema in place of an old one, both in SDL."""
    return Release(version, day, hash_of(new), tuple(changes_between(old, new, day)))


def hash_of(schema: str) -> str:
    """Return the SHA-256 of a schema's text."""
    return sha256(schema.encode()).hexdigest()


def changes_between(old: str, new: str, today: date) -> Iterator[SchemaChange]:
    """Yield what changed for anybody, worst first, with the roles that see it."""
    before, after = parse(old, no_location=True), parse(new, no_location=True)
    for_all = list(changes_seen(before, after, frozenset(), today))
    found: dict[SchemaChange, set[str]] = {}
    for role in sorted(ROLES):
        for change in changes_seen(before, after, frozenset({role}), today):
            if change not in for_all:
                found.setdefault(change, set()).add(role)
    narrowed = [SchemaChange(each.severity, each.description, frozenset(roles)) for each, roles in found.items()]
    yield from in_order([*for_all, *narrowed])


def in_order(changes: Iterable[SchemaChange]) -> Sequence[SchemaChange]:
    """Return changes, worst first."""
    return sorted(changes, key=lambda each: (SEVERITIES.index(each.severity), each.description))


def changes_seen(
    old: DocumentNode, new: DocumentNode, roles: frozenset[str], today: date
) -> Iterator[SchemaChange]:
    """Yield what changed for a viewer with these roles, worst first."""
    before, after = (print_ast(visible(each, roles)) for each in (old, new))
    if before != after:
        changed = (SchemaChange(each.severity, each.description) for each in compare(before, after, None, today))
        yield from in_order([*changed, *deprecated_since(before, after)])


def deprecated_since(old: str, new: str) -> Iterator[SchemaChange]:
    """Yield what a new schema has deprecated of an old one, or deprecates from the start."""
    known = {coordinate for coordinate, element in elements_of(build_schema(old)) if is_deprecated(element)}
    for coordinate, element in elements_of(build_schema(new)):
        if is_deprecated(element) and coordinate not in known:
            yield SchemaChange("deprecated", f"{coordinate} was deprecated: {element.deprecation_reason}")


def is_deprecated(element: object) -> bool:
    """Return whether a part of a schema is deprecated."""
    return getattr(element, "deprecation_reason", None) is not None


def seen_by(changes: Iterable[SchemaChange], roles: frozenset[str]) -> Sequence[SchemaChange]:
    """Return the changes that concern what these roles may use."""
    return [each for each in changes if each.roles is None or each.roles & roles]
