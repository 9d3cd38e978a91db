"""Tags: what a kept answer depends on, and what a change touches, in the same words.

A company, a location and a license have one each, their global id. A list depends on the companies that are or
were in one of its buckets: what `facets` in the database says of them, before a change and after it. Where no
bucket says which companies a list can hold, it depends on every change.
"""

from collections.abc import Iterable, Sequence

from db.facets import CITY, LONGEST, PARENT, STATE, STATUS, ZIP
from db.filters import Condition, Test
from db.tail import NewChange
from db.touches import EVERYTHING, TRIMMED

# What every change touches.
ANY = EVERYTHING

Tags = frozenset[str]

EVERY: Tags = frozenset({ANY})

# More tags are looked through for longer than what they say is worth.
MOST = 1_000
# Of a value: a character has four bytes at most.
MOST_CHARACTERS = LONGEST // 4

# The facet that a test of a company names, from the narrowest on; and of a location, whose state, city and ZIP are
# facets of its company.
_FACETS = {
    "npi": "company:",
    "postal_code": ZIP,
    "city": CITY,
    "parent_name": PARENT,
    "state": STATE,
    "npi_status": STATUS,
}
_RANKS = {name: rank for rank, name in enumerate(_FACETS)}
_UNBOUNDED = len(_RANKS)


def company_tag(npi: str) -> str:
    """The tag of a company, and of all that belongs to it."""
    return f"company:{npi}"


def tags_of_change(change: NewChange) -> Iterable[str] | None:
    """What a change touches besides ANY; None where that isn't known.

    A load counts as one change of everything: what was read before it is never looked for again.
    """
    if change["load_id"] is not None:
        return ()
    before, after = change["facets_before"], change["facets_after"]
    if before is None or after is None:
        return None
    tags = {company_tag(change["npi"]), *before, *after}
    if change["location_id"] is not None:
        tags.add(f"location:{change['location_id']}")
    if change["license_id"] is not None:
        tags.add(f"license:{change['license_id']}")
    return tags


def tags_of_condition(condition: Condition) -> Tags:
    """What a list of companies, or of locations, depends on that is narrowed by a condition."""
    return _narrowest(condition)[1]


def _narrowest(condition: Condition) -> tuple[int, Tags]:
    """The bucket in which everything is that a condition holds for, with its rank; ANY where there is none."""
    if isinstance(condition, Test):
        return _of_test(condition)
    inner = [_narrowest(each) for each in condition.conditions]
    match condition.operator:
        case "and" | "locations" | "company":
            return min(inner, key=_rank, default=(_UNBOUNDED, EVERY))
        case "or" if inner:
            rank = max(map(_rank, inner))
            return (rank, EVERY) if rank == _UNBOUNDED else (rank, frozenset().union(*(tags for _, tags in inner)))
        case _:
            # What doesn't hold can be anything; and no company is in a list of none.
            return (_UNBOUNDED, EVERY)


def _of_test(test: Test) -> tuple[int, Tags]:
    prefix = _FACETS.get(test.name)
    if prefix is None:
        return _UNBOUNDED, EVERY
    [values] = test.values
    tags = tags_with(prefix, values)  # type: ignore[arg-type]  # these tests hold lists
    return (_UNBOUNDED if tags == EVERY else _RANKS[test.name]), tags


def tags_with(prefix: str, values: Sequence[str]) -> Tags:
    """A tag for each value; ANY where they are too many, or no facet tells of one: it is absent, or too long."""
    if len(values) > MOST or any(not value or len(value) > MOST_CHARACTERS for value in values):
        return EVERY
    return frozenset(prefix + value for value in values)


def is_tag(text: str) -> bool:
    """Whether anything kept can depend on a text."""
    return text in {ANY, TRIMMED} or text.startswith((*_FACETS.values(), "location:", "license:"))


def every_tag(**_: object) -> Tags:
    """What a read depends on that any change may change."""
    return EVERY


def tags_of_loads(*_: object, **__: object) -> Tags:
    """What depends on that only loads change: on nothing else, since each of them is a change of everything."""
    return frozenset()


def tags_of_log(*_: object, **__: object) -> Tags:
    """What changes depend on that are told: once the log is trimmed they are gone."""
    return frozenset({TRIMMED})


def _rank(found: tuple[int, Tags]) -> int:
    return found[0]
