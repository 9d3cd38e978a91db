"""The filters that clients write, and the conditions of db/filters.py that they stand for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Optional

import strawberry
from strawberry import UNSET

from db.filters import EVERYTHING, Condition, Group, Test, begins
from db.folding import fold, split
from db.relevance import Wanted
from graph.directives.cost import LONGEST_LIST
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.types.bounding_box import BoundingBox, inside
from graph.types.enums import LocationKind, NpiStatus
from graph.types.name_match import MIN_CONTAINED, NameMatch
from graph.types.ranges import DateRange, DateTimeRange, days, instants
from graph.types.scalars import NPI, bare, plain_text, trimmed
from graph.types.search import MAX_WORDS, search_in
from graph.types.states import spellings
from graph.types.zips import zip5

# What one filter may hold; planning a larger one would cost more than running it.
MAX_DEPTH = 6
MAX_TESTS = 50

# Numbers in a filter: whoever has more of them to look up may need a role for it.
MAX_NPIS = 100

_TAXONOMY = re.compile(r"[0-9A-Z]{1,10}")


@strawberry.input(
    description="Which locations: all given tests must hold; a list needs one match, so an empty one has none."
)
class LocationFilter:
    """Tests of a location."""

    is_active: bool | None = strawberry.field(
        default=UNSET, description="Whether the location is in use; both if left out."
    )
    is_primary: bool | None = strawberry.field(
        default=UNSET, description="Whether it is its company's primary location; both if left out."
    )
    kind: list[LocationKind] | None = strawberry.field(default=UNSET, description="Its kind.")
    npi: list[NPI] | None = strawberry.field(default=UNSET, description=f"Its company's NPI; at most {MAX_NPIS}.")
    state: list[str] | None = strawberry.field(
        default=UNSET,
        description=(
            "Two-letter state or territory, such as TX; for a foreign address as registered, such as Bayern. Case "
            "and accents are ignored."
        ),
    )
    city: list[str] | None = strawberry.field(
        default=UNSET, description="City; case, accents and apostrophes are ignored."
    )
    postal_code: list[str] | None = strawberry.field(
        default=UNSET,
        description=(
            "Five-digit ZIP, such as 02115; the rest of a ZIP+4 is ignored. A foreign code as registered; but one "
            "of digits only, and not five, is refused as a mistyped ZIP."
        ),
    )
    within: BoundingBox | None = strawberry.field(
        default=UNSET,
        description="The box that it lies in, such as what a map shows; without a position it is in none.",
    )
    deactivated_on: DateRange | None = strawberry.field(
        default=UNSET,
        description="When its company's NPI was last deactivated; a location can't be deactivated itself.",
    )
    updated_at: DateTimeRange | None = strawberry.field(
        default=UNSET,
        description="When the record last changed here. To follow changes, use `changes`, which has them all.",
    )
    company: Optional["CompanyFilter"] = strawberry.field(default=UNSET, description="Tests of its company.")
    and_: list["LocationFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these must hold; an empty list matches everything."
    )
    or_: list["LocationFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these must hold; an empty list matches nothing."
    )
    not_: Optional["LocationFilter"] = strawberry.field(
        name="not", default=UNSET, description="This must not hold."
    )


@strawberry.input(
    description="Which companies: all given tests must hold; a list needs one match, so an empty one has none."
)
class CompanyFilter:
    """Tests of a company."""

    is_active: bool | None = strawberry.field(
        default=UNSET,
        description=(
            "The administrator's flag. If left out, active and inactive companies are returned; true returns only "
            "active and false only inactive ones. (The REST API before this one returned active companies by "
            "default, and both for false.)"
        ),
    )
    npi: list[NPI] | None = strawberry.field(
        default=UNSET, description=f"Its NPI; at most {MAX_NPIS}, see companiesByNpi for more."
    )
    npi_status: list[NpiStatus] | None = strawberry.field(
        default=UNSET, description="The status of its NPI in NPPES."
    )
    name: NameMatch | None = strawberry.field(default=UNSET, description="Tests of its legal name.")
    search: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="oxygen texas")],
        description=(
            "Words of its names, in any order, the last one whole or a prefix: what a person types into a "
            "search box. Other names and the NPI count as well. All of the words must be there as they are "
            "spelt; case, accents and apostrophes are ignored, and other characters only separate words. Initials "
            "are found with dots, with blanks or without: MD finds M.D. and M D, and each of these finds MD. "
            'Quoted words must be next to each other in one name, whole: `"home care"`. A word or phrase after '
            '`-` must not be in any name: `-dental`, `-"home care"`. `OR`, in capitals between two words or '
            "phrases, means one of them: `oxygen OR respiratory texas` is either word, and texas. A quotation "
            "mark without another, a dash by itself and an OR that joins nothing are ignored. At most "
            f"{MAX_WORDS} different words; a text without any is ignored. For misspelt words see the order "
            "RELEVANCE."
        ),
    )
    taxonomy_code: list[str] | None = strawberry.field(
        default=UNSET, description="A taxonomy code that it has, such as 332B00000X."
    )
    taxonomy_prefix: list[str] | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="332B")],
        description="The start of one of its taxonomy codes: 332B means every equipment supplier.",
    )
    parent_name: list[str] | None = strawberry.field(
        default=UNSET, description="The parent's whole name as registered, compared like `name.eq`."
    )
    nppes_updated_on: DateRange | None = strawberry.field(default=UNSET, description="When NPPES last updated it.")
    deactivated_on: DateRange | None = strawberry.field(
        default=UNSET,
        description=(
            "When its NPI was last deactivated. It may have been reactivated since: add `npiStatus: DEACTIVATED` "
            "for those that still are."
        ),
    )
    updated_at: DateTimeRange | None = strawberry.field(
        default=UNSET,
        description=(
            "When the record last changed here, or one of its locations did. To follow changes, use `changes` "
            "instead, which leaves nothing out."
        ),
    )
    license_expires: DateRange | None = strawberry.field(
        default=UNSET, description="When one of its licenses expires or expired."
    )
    has_valid_license: bool | None = strawberry.field(
        default=UNSET,
        description="Whether one of its licenses is valid today (UTC); false also finds companies without any.",
    )
    state: list[str] | None = strawberry.field(
        default=UNSET, description="The state of its primary location, such as TX, as in LocationFilter."
    )
    city: list[str] | None = strawberry.field(
        default=UNSET, directives=[Example(value="Houston")], description="The city of its primary location."
    )
    postal_code: list[str] | None = strawberry.field(
        default=UNSET, description="The five-digit ZIP of its primary location, as in LocationFilter."
    )
    has_location: LocationFilter | None = strawberry.field(
        default=UNSET, description="At least one of its locations, primary or not, must match this."
    )
    and_: list["CompanyFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these must hold; an empty list matches everything."
    )
    or_: list["CompanyFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these must hold; an empty list matches nothing."
    )
    not_: Optional["CompanyFilter"] = strawberry.field(
        name="not", default=UNSET, description="This must not hold."
    )


def company_condition(filter_: CompanyFilter | None) -> Condition:
    """Return a company filter as a condition; raises BadUserInputError for what can't be searched for."""
    return _bounded(_company(filter_, 1)) if filter_ else EVERYTHING


def wanted_companies(filter_: CompanyFilter | None) -> Wanted | None:
    """Return what a filter's `search` asks for, and the rest of it; None where that has no words."""
    if filter_ is None:
        return None
    found = search_in(filter_.search)
    return Wanted(company_condition(replace(filter_, search=None)), found) if found.words else None


def location_condition(filter_: LocationFilter | None) -> Condition:
    """Return a location filter as a condition; raises BadUserInputError for what can't be searched for."""
    return _bounded(_location(filter_, 1)) if filter_ else EVERYTHING


def _company(filter_: CompanyFilter, depth: int) -> Condition:
    found: list[Condition] = [
        *_flag(filter_.is_active, "active", "inactive"),
        *_one_of("npi", filter_.npi, MAX_NPIS, " companiesByNpi takes more."),
        *_one_of("npi_status", filter_.npi_status),
        *_name(filter_.name or NameMatch()),
        *search_in(filter_.search).conditions,
        *_taxonomy("taxonomyCode", filter_.taxonomy_code, ""),
        *_taxonomy("taxonomyPrefix", filter_.taxonomy_prefix, ":*"),
        *_one_of("parent_name", _folded("parentName", filter_.parent_name)),
        *days("updated", filter_.nppes_updated_on),
        *days("deactivated", filter_.deactivated_on),
        *instants("changed", filter_.updated_at),
        *_licensed(filter_),
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
        *instants("changed", filter_.updated_at),
        *_place(filter_),
        *inside(filter_.within),
    ]
    if deactivated := tuple(days("deactivated", filter_.deactivated_on)):
        found.append(Group("company", (Group("and", deactivated),)))
    if filter_.company:
        found.append(Group("company", (_company(filter_.company, _deeper(depth)),)))
    found += _combined(filter_, depth)
    return Group("and", tuple(found))


def _combined(filter_: CompanyFilter | LocationFilter, depth: int) -> Iterator[Condition]:
    for operator, inner in (("and", filter_.and_), ("or", filter_.or_)):
        if isinstance(inner, list):
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
    _must_be_short(values, most, otherwise)
    yield Test(name, ([value.value if isinstance(value, Enum) else value for value in values],))


def _must_be_short(values: Sequence[object], most: int = LONGEST_LIST, otherwise: str = "") -> None:
    if len(values) > most:
        raise BadUserInputError(
            f"The filter lists more than {most} values of one kind.{otherwise}", field="filter"
        )


def _place(filter_: CompanyFilter | LocationFilter) -> list[Test]:
    return [
        *_state(_texts("state", filter_.state)),
        *_one_of("city", _folded("city", filter_.city)),
        *_one_of("postal_code", _zips(_texts("postalCode", filter_.postal_code))),
    ]


def _zips(zips: list[str] | None) -> list[str] | None:
    return None if zips is None else [zip5(zip_, "postalCode") or bare(zip_) for zip_ in zips]


def _state(states: list[str] | None) -> Iterator[Test]:
    """Yield the test for states, by their codes alone where that is enough."""
    if states is None:
        return
    _must_be_short(states)
    codes: list[str] = []
    names: list[str] = []
    for state in states:
        known = spellings(state)
        codes += known or [bare(state).upper()]
        names += [] if known else [fold(bare(state))]
    yield Test("state_name", (codes, names)) if names else Test("state", (codes,))


def _name(match: NameMatch) -> Iterator[Test]:
    yield from _one_of("name", _folded("name.eq", [match.eq] if isinstance(match.eq, str) else None))
    yield from _one_of("name", _folded("name.in", match.in_))
    yield from name_begins(match.starts_with or "", "name.startsWith")
    part = fold(plain_text(match.contains or "", "name.contains"))
    if split(part):
        if len(part) < MIN_CONTAINED:
            raise BadUserInputError(
                f"name.contains needs at least {MIN_CONTAINED} characters besides apostrophes.",
                field="name.contains",
            )
        yield Test("name_contains", (part,))


def name_begins(text: str, field: str) -> Iterator[Test]:
    """Yield the test for a name that starts with a text; none for one that has neither letter nor digit."""
    start = fold(trimmed(text, field))
    if split(start):
        yield begins(start)


def _taxonomy(field: str, codes: list[str] | None, suffix: str) -> Iterator[Test]:
    if codes is None or codes is UNSET:
        return
    if len(codes) > MAX_TESTS:
        raise BadUserInputError(f"The filter lists more than {MAX_TESTS} codes.", field=field)
    codes = [bare(code).upper() for code in codes]
    for code in codes:
        if not _TAXONOMY.fullmatch(code):
            raise BadUserInputError(
                "A taxonomy code, such as 332B00000X, has letters and digits only.", field=field
            )
    yield Test("taxonomy", (" | ".join(f"'{code}'{suffix}" for code in codes),))


def _licensed(filter_: CompanyFilter) -> Iterator[Condition]:
    if expiry := tuple(days("expires", filter_.license_expires)):
        yield Group("licenses", (Group("and", expiry),))
    valid = Group("licenses", (Test("valid"),))
    if filter_.has_valid_license is not None and filter_.has_valid_license is not UNSET:
        yield valid if filter_.has_valid_license else Group("not", (valid,))


def _folded(field: str, values: list[str] | None) -> list[str] | None:
    texts = _texts(field, values)
    return None if texts is None else [fold(text) for text in texts]


def _texts(field: str, values: list[str] | None) -> list[str] | None:
    if values is None or values is UNSET:
        return None
    return [trimmed(value, field) for value in values]
