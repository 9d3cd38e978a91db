"""An operation as typed fields: its fragments spread, fields of one name merged, arguments bound to facts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import GraphQLObjectType

from graph.execution.arguments import NO_ARGUMENTS, Arguments, Values
from graph.execution.facts import FieldFact

# Variables, each with the value that it must have for a field to be there.
When = tuple[tuple[str, bool], ...]
ALWAYS: When = ()
# No variable has this name, so none has the value.
NEVER: When = (("", True),)


@dataclass(slots=True, eq=False)
class Occurrence:
    """A place where a field is written: the character that it starts with, and when it counts.

    `number` is its turn among all that its operation has: fields stand in the answer as they come first. Those of
    one response name in one place have one `merged`.
    """

    number: int
    merged: int
    position: int
    when: When


@dataclass(slots=True, eq=False)
class Field:
    """A field of one object type, wherever the operation asks for it under one response name."""

    key: str
    fact: FieldFact
    # The arguments as they are written, by which two are told apart.
    written: str
    arguments: Arguments = NO_ARGUMENTS
    occurrences: list[Occurrence] = field(default_factory=list)
    # What is asked of each object type that its value can be of, by its name.
    selections: dict[str, "Selection"] = field(default_factory=dict)

    def is_like(self, other: "Field") -> bool:
        """Return whether another field of this response name surely asks for the same."""
        mine, theirs = self.fact, other.fact
        return (mine.name, self.written, str(mine.type)) == (theirs.name, other.written, str(theirs.type))

    def included(self, values: Values) -> list[Occurrence]:
        """Return the occurrences that count with these values of variables."""
        return [each for each in self.occurrences if not each.when or holds(each.when, values)]


@dataclass(slots=True, eq=False)
class Selection:
    """What is asked of an object type, by response name."""

    type: GraphQLObjectType
    fields: dict[str, Field] = field(default_factory=dict)
    # Whether the values of variables decide which fields there are, and so their order.
    is_conditional: bool = False

    def included(self, values: Values) -> list[tuple[Field, list[Occurrence]]]:
        """Return the fields that count with these values of variables, and where, in the answer's order."""
        if not self.is_conditional:
            return [(each, each.occurrences) for each in self.fields.values()]
        found = [(each, each.included(values)) for each in self.fields.values()]
        there = [(each, occurrences) for each, occurrences in found if occurrences]
        return sorted(there, key=lambda pair: pair[1][0].number)


def holds(when: When, values: Values) -> bool:
    """Return whether a condition is fulfilled."""
    return all(bool(values.get(name)) is wanted for name, wanted in when)


def fields_in(selection: Selection) -> Iterator[Field]:
    """Yield all fields of a selection, those in others after them."""
    waiting = [selection]
    for each in waiting:
        for found in each.fields.values():
            yield found
            waiting.extend(found.selections.values())
