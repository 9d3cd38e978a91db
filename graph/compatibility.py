"""What changed since an older schema, and whether that may be: what goes has had its day, or nobody uses it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any, Final, NamedTuple

from graphql import (
    BreakingChangeType,
    DirectiveLocation,
    GraphQLSchema,
    build_schema,
    find_schema_changes,
    get_directive_values,
    get_named_type,
    is_abstract_type,
)

from graph.execution.facts import elements_of
from graph.recorded_usage import RecordedUsage

# Days for which nobody must have used something that goes before its day.
QUIET_DAYS: Final = 90
# Clients that are named where they use something.
TOLD: Final = 5

_SUNSET = "sunset"
_ORDER = ("breaking", "dangerous", "safe")
# What graphql-core's sentences name: a directive, a part of a type, or else a type, which they begin with.
_DIRECTIVE = re.compile(r"@\w+")
_MEMBER = re.compile(r"[_A-Za-z]\w*\.\w+(\(\w+:\))?")
_TYPE = re.compile(r"(?:Standard scalar )?(\w+)")

# Where a directive stands that an operation can contain.
_IN_OPERATIONS = frozenset(
    {
        DirectiveLocation.QUERY,
        DirectiveLocation.MUTATION,
        DirectiveLocation.SUBSCRIPTION,
        DirectiveLocation.FIELD,
        DirectiveLocation.FRAGMENT_DEFINITION,
        DirectiveLocation.FRAGMENT_SPREAD,
        DirectiveLocation.INLINE_FRAGMENT,
        DirectiveLocation.VARIABLE_DEFINITION,
    }
)


class Verdict(NamedTuple):
    """Whether a breaking change may be, and why, in words."""

    may_be: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change since an older schema: breaking, dangerous or safe; one that breaks has a verdict."""

    severity: str
    description: str
    verdict: Verdict | None = None

    @property
    def is_forbidden(self) -> bool:
        """Whether it may not be."""
        return self.verdict is not None and not self.verdict.may_be


def compare(
    old: str, new: str, usage: RecordedUsage | None, today: date, quiet_days: int = QUIET_DAYS
) -> list[Change]:
    """Return what changed from one schema in SDL to another, worst first.

    `usage` is what is recorded of who uses what, if that is known. Raises GraphQLError or TypeError for what is no
    schema.
    """
    before, after = build_schema(old), build_schema(new)
    judge = Judge(before, after, usage, today, quiet_days)
    found = [
        Change(type(each).__name__.removesuffix("Change").lower(), each.description, judge.verdict_on(each))
        for each in find_schema_changes(before, after)
    ]
    return sorted(found, key=lambda each: (_ORDER.index(each.severity), not each.is_forbidden, each.description))


class Judge:
    """Says of breaking changes from one schema to another whether they may be."""

    def __init__(
        self, old: GraphQLSchema, new: GraphQLSchema, usage: RecordedUsage | None, today: date, quiet_days: int
    ) -> None:
        self._old = old
        self._new = new
        self._usage = usage
        self._today = today
        self._quiet_days = quiet_days
        self._before = dict(elements_of(old))
        self._after = {coordinate for coordinate, _ in elements_of(new)}

    def verdict_on(self, change: Any) -> Verdict | None:  # noqa: ANN401 - graphql-core's, of three kinds
        """Return the verdict on a change that breaks something; None on any other."""
        if not isinstance(change.type, BreakingChangeType):
            return None
        place = place_in(change.type, change.description)
        if place.startswith("@"):
            return self._of_directive(place[1:])
        if "." in place:
            return self._of_member(place)
        if change.type is BreakingChangeType.TYPE_REMOVED and self._is_gone_fairly(place, set()):
            return Verdict(may_be=True, reason="all that led to it may go")
        return self._of_type(place)

    def _of_directive(self, name: str) -> Verdict:
        """Return the verdict on what breaks all operations with a directive."""
        directive = self._old.get_directive(name)
        if directive is not None and _IN_OPERATIONS.isdisjoint(directive.locations):
            return Verdict(may_be=True, reason="no operation can contain it")
        return Verdict(may_be=False, reason="uses of directives aren't counted")

    def _of_member(self, coordinate: str) -> Verdict:
        """Return the verdict on what breaks all who use a coordinate."""
        day = self._day_of(coordinate, "on")
        if day is not None and day <= self._today:
            return Verdict(may_be=True, reason=f"its sunset was {day}")
        verdict = self._of_use(coordinate)
        if verdict.may_be:
            return verdict
        until = "it isn't deprecated" if day is None else f"its sunset is {day}"
        return Verdict(may_be=False, reason=f"{until}; {verdict.reason}")

    def _of_type(self, name: str) -> Verdict:
        """Return the verdict on what breaks all who use any part of a type."""
        verdicts = [self._of_use(each) for each in self._before if each.startswith(f"{name}.") and "(" not in each]
        forbidding = next((each for each in verdicts if not each.may_be), None)
        if verdicts and forbidding is None:
            return Verdict(may_be=True, reason=f"nobody has used any of it for {self._quiet_days} days")
        return forbidding or Verdict(may_be=False, reason="it isn't known who uses it")

    def _of_use(self, coordinate: str) -> Verdict:
        """Return whether something may go because nobody uses it."""
        if self._usage is None:
            return Verdict(may_be=False, reason="--usage can tell whether anybody uses it")
        since = self._counted_since(coordinate)
        if since is None:
            return Verdict(may_be=False, reason="its uses aren't counted (USAGE_FIELDS)")
        quiet_since = self._today - timedelta(self._quiet_days)
        used = [
            each for each in self._usage.of(coordinate) if each.last_used_at.astimezone(UTC).date() >= quiet_since
        ]
        if used:
            names = list(dict.fromkeys(each.who for each in used))
            more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
            last = max(each.last_used_at for each in used).astimezone(UTC).date()
            return Verdict(may_be=False, reason=f"used by {', '.join(names[:TOLD])}{more}, last on {last}")
        if since > quiet_since:
            told = f"nobody has used it, but that has been counted only since {since}"
            return Verdict(may_be=False, reason=told)
        return Verdict(may_be=True, reason=f"nobody has used it for {self._quiet_days} days")

    def _counted_since(self, coordinate: str) -> date | None:
        """Return since when uses of a coordinate are counted; None where they aren't."""
        usage, since = self._usage, self._day_of(coordinate, "since")
        days = [] if usage is None or usage.whole_since is None else [usage.whole_since]
        if usage is not None and usage.since is not None and since is not None:
            days.append(max(usage.since, since))
        return min(days, default=None)

    def _day_of(self, coordinate: str, which: str) -> date | None:
        """Return a day that @sunset says of a coordinate, or else of the field that an argument belongs to."""
        directive = self._old.get_directive(_SUNSET)
        for place in dict.fromkeys((coordinate, coordinate.partition("(")[0])):
            node = getattr(self._before.get(place), "ast_node", None)
            if directive and node and (values := get_directive_values(directive, node)):
                return date.fromisoformat(values[which])
        return None

    def _is_gone_fairly(self, name: str, seen: set[str]) -> bool:
        """Return whether all that led to a type is gone, and could go."""
        if name in seen:
            return True
        seen.add(name)
        leading = list(self._leading_to(name))
        return bool(leading) and all(self._could_go(each, seen) for each in leading)

    def _could_go(self, coordinate: str, seen: set[str]) -> bool:
        parent = coordinate.partition(".")[0]
        if parent not in self._new.type_map:
            return self._is_gone_fairly(parent, seen)
        return coordinate not in self._after and self._of_member(coordinate).may_be

    def _leading_to(self, name: str) -> Iterator[str]:
        """Yield the fields, arguments and input fields whose values could be of a type."""
        wanted = self._old.type_map[name]
        for coordinate, element in self._before.items():
            if "." in coordinate and (type_ := getattr(element, "type", None)) is not None:
                named = get_named_type(type_)
                is_possible = is_abstract_type(named) and self._old.is_sub_type(named, wanted)
                if named is wanted or is_possible:
                    yield coordinate


def place_in(kind: BreakingChangeType, words: str) -> str:
    """Return the coordinate of what a change breaks: who uses that, or any part of it, is concerned."""
    if directive := _DIRECTIVE.search(words):
        return directive[0]
    member, type_ = _MEMBER.search(words), _TYPE.match(words)
    if member is None:
        return type_[1] if type_ else ""
    match kind:
        case BreakingChangeType.REQUIRED_ARG_ADDED:
            return member[0].partition("(")[0]
        case BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED:
            return member[0].partition(".")[0]
    return member[0]
