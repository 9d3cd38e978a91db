"""For how long an answer may be kept, and whether for everyone with the same roles or for the viewer alone."""

from dataclasses import dataclass

from graph.execution.facts import FieldFact
from graph.execution.sources import TypeName
from graph.execution.tree import Selection, fields_in


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Seconds that others than this server may keep an answer, 0 where nobody may; and whether it is private.

    `stale` are the seconds for which one whose time is over may be given while a new one is made.
    """

    max_age: int
    is_private: bool
    stale: int = 0

    @property
    def is_shared(self) -> bool:
        """Whether others with the same roles may be given it."""
        return self.max_age > 0 and not self.is_private


NOT_KEPT = CachePolicy(0, is_private=False)


def policy_of(root: Selection) -> CachePolicy:
    """The policy of an operation: the least time of its fields, and private if any is."""
    facts = [each.fact for each in fields_in(root)]
    ages = [
        (fact, age) for fact in facts if (age := age_of(fact, is_root=fact.parent == root.type.name)) is not None
    ]
    max_age = min((age for _, age in ages), default=0)
    stale = min((fact.stale for fact, _ in ages), default=0)
    return CachePolicy(max_age, any(fact.is_private for fact in facts), stale)


def unkept_in(root: Selection) -> str | None:
    """The first field whose answers are never kept for others, since nobody says when they change; or None."""
    facts = (each.fact for each in fields_in(root))
    unkept = (
        each for each in facts if each.is_private or age_of(each, is_root=each.parent == root.type.name) == 0
    )
    return next((each.coordinate for each in unkept), None)


def age_of(fact: FieldFact, *, is_root: bool) -> int | None:
    """What a field adds; None where it says nothing, as the name of a type does."""
    if fact.max_age is not None or isinstance(fact.source, TypeName):
        return fact.max_age
    return 0 if is_root or (fact.possible and not fact.inherits_age) else None
