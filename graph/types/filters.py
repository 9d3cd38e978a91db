"""The filters that clients write, and the conditions of db/filters.py that they stand for."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from typing import Optional

import strawberry
from strawberry import UNSET

from db.filters import EVERYTHING, Condition, Group, Test
from db.folding import fold
from db.search import search
from graph.directives.cost import LONGEST_LIST
from graph.errors import BadUserInputError
from graph.types.enums import LocationKind, NpiStatus
from graph.types.scalars import NPI, ZIP, plain_text
from graph.types.states import state_code

# What one filter may hold; planning a larger one would cost more than running it.
MAX_DEPTH = 6
MAX_TESTS = 50
MAX_WORDS = 32

# Numbers in a filter: whoever has more of them to look up may need a role for it.
MAX_NPIS = 100

# An index of trigrams can't find anything shorter.
MIN_CONTAINED = 3

# Sorts after every text that starts with what stands before it.
_LAST_CHARACTER = "\U0010ffff"
_TAXONOMY = re.compile(r"[0-9A-Z]{1,10}")


@strawberry.input(description="How a company's legal name must be. Case, accents and apostrophes don't count.")
class NameMatch:
    """Tests of a name; all that are given must hold."""

    eq: str | None = strawberry.field(default=UNSET, description="The whole name.")
    in_: list[str] | None = strawberry.field(
        name="in", default=UNSET, description="One of these, each a whole name."
    )
    starts_with: str | None = strawberry.field(default=UNSET, description="How the name starts.")
    contains: str | None = strawberry.field(
        default=UNSET, description=f"A part of the name, at least {MIN_CONTAINED} characters."
    )


@strawberry.input(description="A range of days, both ends included.")
class DateRange:
    """From one day to another."""

    from_: date | None = strawberry.field(name="from", default=UNSET, description="The first day.")
    to: date | None = strawberry.field(default=UNSET, description="The last day.")


@strawberry.input(
    description="Which locations: every test that is given must hold; a list means one of its values."
)
class LocationFilter:
    """Tests of a location."""

    is_active: bool | None = strawberry.field(
        default=UNSET, description="Whether the location is in use; left out, both kinds are returned."
    )
    is_primary: bool | None = strawberry.field(
        default=UNSET, description="Whether it is its company's primary location; left out, both."
    )
    kind: list[LocationKind] | None = strawberry.field(default=UNSET, description="What it is to its company.")
    npi: list[NPI] | None = strawberry.field(default=UNSET, description=f"Its company's NPI; at most {MAX_NPIS}.")
    state: list[str] | None = strawberry.field(
        default=UNSET, description="Two-letter state or territory, such as TX; a foreign one as registered."
    )
    city: list[str] | None = strawberry.field(default=UNSET, description="City; case doesn't count.")
    postal_code: list[str] | None = strawberry.field(
        default=UNSET, description="Five-digit ZIP; what follows it in ZIP+4 doesn't count."
    )
    company: Optional["CompanyFilter"] = strawberry.field(default=UNSET, description="What its company must be.")
    and_: list["LocationFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these must hold."
    )
    or_: list["LocationFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these must hold."
    )
    not_: Optional["LocationFilter"] = strawberry.field(
        name="not", default=UNSET, description="This must not hold."
    )


@strawberry.input(
    description="Which companies: every test that is given must hold; a list means one of its values."
)
class CompanyFilter:
    """Tests of a company."""

    is_active: bool | None = strawberry.field(
        default=UNSET,
        description=(
            "The administrator's flag. Left out, active and inactive companies are returned; true "
            "and false return exactly the active and exactly the inactive ones. (The REST API before this "
            "one took true for granted, and returned both for false.)"
        ),
    )
    npi: list[NPI] | None = strawberry.field(
        default=UNSET, description=f"Its NPI; at most {MAX_NPIS}, see companiesByNpi for more."
    )
    npi_status: list[NpiStatus] | None = strawberry.field(default=UNSET, description="What NPPES says of its NPI.")
    name: NameMatch | None = strawberry.field(default=UNSET, description="How its legal name must be.")
    search: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Words of its names, in any order, each whole or only begun: what a person types into a search "
            "box. Other names and the NPI count as well. All of the words must be there as they are spelt; case, "
            "accents and apostrophes don't count, and whatever else is neither letter nor digit only separates "
            "words. M.D., M D and MD are one word. "
            f"At most {MAX_WORDS} different words; a text without any is no filter."
        ),
    )
    taxonomy_code: list[str] | None = strawberry.field(
        default=UNSET, description="A taxonomy code it has, such as 332B00000X."
    )
    taxonomy_prefix: list[str] | None = strawberry.field(
        default=UNSET,
        description="How one of its taxonomy codes starts: 332B stands for every equipment supplier.",
    )
    parent_name: list[str] | None = strawberry.field(
        default=UNSET, description="The parent's name as registered; case doesn't count."
    )
    nppes_updated_on: DateRange | None = strawberry.field(default=UNSET, description="When NPPES last updated it.")
    state: list[str] | None = strawberry.field(
        default=UNSET, description="The state of its primary location, such as TX."
    )
    city: list[str] | None = strawberry.field(default=UNSET, description="The city of its primary location.")
    postal_code: list[str] | None = strawberry.field(
        default=UNSET, description="The five-digit ZIP of its primary location."
    )
    has_location: LocationFilter | None = strawberry.field(
        default=UNSET, description="At least one of its locations, primary or not, must be like this."
    )
    and_: list["CompanyFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these must hold."
    )
    or_: list["CompanyFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these must hold."
    )
    not_: Optional["CompanyFilter"] = strawberry.field(
        name="not", default=UNSET, description="This must not hold."
    )


def company_condition(filter_: CompanyFilter | None) -> Condition:
    """Return a company filter as a condition; raises BadUserInputError for what can't be searched for."""
    return _bounded(_company(filter_, 1)) if filter_ else EVERYTHING


def location_condition(filter_: LocationFilter | None) -> Condition:
    """Return a location filter as a condition; raises BadUserInputError for what can't be searched for."""
    return _bounded(_location(filter_, 1)) if filter_ else EVERYTHING


def _company(filter_: CompanyFilter, depth: int) -> Condition:
    found: list[Condition] = [
        *_flag(filter_.is_active, "active", "inactive"),
        *_one_of("npi", filter_.npi, MAX_NPIS, " companiesByNpi takes more."),
        *_one_of("npi_status", filter_.npi_status),
        *_name(filter_.name or NameMatch()),
        *_search(filter_.search),
        *_taxonomy("taxonomyCode", filter_.taxonomy_code, ""),
        *_taxonomy("taxonomyPrefix", filter_.taxonomy_prefix, ":*"),
        *_one_of("parent_name", _folded("parentName", filter_.parent_name)),
        *_updated(filter_.nppes_updated_on or DateRange()),
    ]
    if place := _place(filter_):
        found.append(Group("locations", (Group("and", (Test("primary"), *place)),)))
    if filter_.has_location:
        found.append(Group("locations", (_location(filter_.has_location, _deeper(depth)),)))
    found += _combined(filter_, depth)
    return Group("and", tuple(found))


def _location(filter_: LocationFilter, depth: int) -> Condition:
    found: list[Condition] = [
        *_flag(filter_.is_active, "active", "inactive"),
        *_flag(filter_.is_primary, "primary", "secondary"),
        *_one_of("kind", filter_.kind),
        *_one_of("npi", filter_.npi, MAX_NPIS, " companiesByNpi takes more."),
        *_place(filter_),
    ]
    if filter_.company:
        found.append(Group("company", (_company(filter_.company, _deeper(depth)),)))
    found += _combined(filter_, depth)
    return Group("and", tuple(found))


def _combined(filter_: CompanyFilter | LocationFilter, depth: int) -> Iterator[Condition]:
    for operator, inner in (("and", filter_.and_), ("or", filter_.or_)):
        if inner:
            yield Group(operator, tuple(_either(each, _deeper(depth)) for each in inner))
    if filter_.not_:
        yield Group("not", (_either(filter_.not_, _deeper(depth)),))


def _either(filter_: CompanyFilter | LocationFilter, depth: int) -> Condition:
    return _company(filter_, depth) if isinstance(filter_, CompanyFilter) else _location(filter_, depth)


def _deeper(depth: int) -> int:
    if depth == MAX_DEPTH:
        raise BadUserInputError(f"The filter is nested more than {MAX_DEPTH} deep.", field="filter")
    return depth + 1


def _bounded(condition: Condition) -> Condition:
    if _size(condition) > MAX_TESTS:
        raise BadUserInputError(f"The filter holds more than {MAX_TESTS} tests.", field="filter")
    return condition


def _size(condition: Condition) -> int:
    """Count a condition's tests; a filter without any counts as one, being a part of the statement too."""
    if isinstance(condition, Test):
        return 1
    return max(1, sum(_size(inner) for inner in condition.conditions))


def _flag(value: bool | None, yes: str, no: str) -> Iterator[Test]:  # noqa: FBT001 - it is the value
    if value is True or value is False:
        yield Test(yes if value else no)


def _one_of(
    name: str, values: Sequence[str | Enum] | None, most: int = LONGEST_LIST, otherwise: str = ""
) -> Iterator[Test]:
    if values is None or values is UNSET:
        return
    if len(values) > most:
        raise BadUserInputError(
            f"The filter lists more than {most} values of one kind.{otherwise}", field="filter"
        )
    yield Test(name, ([value.value if isinstance(value, Enum) else value for value in values],))


def _place(filter_: CompanyFilter | LocationFilter) -> list[Test]:
    states = _texts("state", filter_.state)
    zips = _texts("postalCode", filter_.postal_code)
    return [
        *_one_of("state", [state_code(state) for state in states] if states is not None else None),
        *_one_of("city", _folded("city", filter_.city)),
        *_one_of("postal_code", [_zip5(zip_) for zip_ in zips] if zips is not None else None),
    ]


def _zip5(zip_: str) -> str:
    found = ZIP.fullmatch(zip_)
    return found[1] if found else zip_


def _name(match: NameMatch) -> Iterator[Test]:
    yield from _one_of("name", _folded("name.eq", [match.eq] if isinstance(match.eq, str) else None))
    yield from _one_of("name", _folded("name.in", match.in_))
    if match.starts_with:
        start = fold(plain_text(match.starts_with, "name.startsWith"))
        yield Test("name_starts_with", (start, start + _LAST_CHARACTER))
    if match.contains:
        part = fold(plain_text(match.contains, "name.contains"))
        if len(part) < MIN_CONTAINED:
            raise BadUserInputError(
                f"contains needs at least {MIN_CONTAINED} characters besides apostrophes.",
                field="name.contains",
            )
        yield Test("name_contains", (part,))


def _search(text: str | None) -> Iterator[Test]:
    found = search(plain_text(text or "", "search"))
    if found.words > MAX_WORDS:
        raise BadUserInputError(
            f"search takes at most {MAX_WORDS} different words, not {found.words}.", field="search"
        )
    if found.words:
        yield Test("words", (found.query,))


def _taxonomy(field: str, codes: list[str] | None, suffix: str) -> Iterator[Test]:
    if codes is None or codes is UNSET:
        return
    if len(codes) > MAX_TESTS:
        raise BadUserInputError(f"The filter lists more than {MAX_TESTS} codes.", field=field)
    for code in codes:
        if not _TAXONOMY.fullmatch(code):
            raise BadUserInputError("A taxonomy code has digits and capital letters only.", field=field)
    yield Test("taxonomy", (" | ".join(f"'{code}'{suffix}" for code in codes),))


def _updated(days: DateRange) -> Iterator[Test]:
    if days.from_:
        yield Test("updated_since", (days.from_,))
    if days.to:
        yield Test("updated_until", (days.to,))


def _folded(field: str, values: list[str] | None) -> list[str] | None:
    texts = _texts(field, values)
    return None if texts is None else [fold(text) for text in texts]


def _texts(field: str, values: list[str] | None) -> list[str] | None:
    if values is None or values is UNSET:
        return None
    return [plain_text(value, field) for value in values]
