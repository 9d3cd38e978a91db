"""Which changes a partner follows: by company, by kind, and by the lists that the company was or is in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum

import strawberry
from strawberry import UNSET

from db import facets
from db.changes import Filter
from db.folding import fold
from db.reads import Reads
from graph.directives.cost import LONGEST_LIST
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.types.change import ChangeKind
from graph.types.examples import A_COMPANY
from graph.types.scalars import NPI, bare, company_npi, plain_text
from graph.types.states import names_must_be_known
from graph.types.zips import zip5

# Of one filter; more companies are several requests.
MAX_NPIS = 1000


@strawberry.input(
    description=(
        "Which changes: all given tests must hold; of a list of values one is enough. Tests of the company "
        "hold if it was like this before the change or is after it, so you also get the change with which a "
        "company leaves a state."
    )
)
class ChangeFilter:
    """Tests of a change."""

    npis: list[NPI] | None = strawberry.field(default=UNSET, description="Changes of these companies.")
    company_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        directives=[A_COMPANY],
        description="Changes of these companies, by their global ids.",
    )
    kinds: list[ChangeKind] | None = strawberry.field(default=UNSET, description="Changes of these kinds.")
    states: list[str] | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="TX")],
        description="Companies with a location in one of these states, such as TX; a foreign one as registered.",
    )
    cities: list[str] | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="Houston")],
        description="Companies with a location in one of these cities; case and accents are ignored.",
    )
    postal_codes: list[str] | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="77002")],
        description="Companies with a location in one of these ZIPs, such as 02115, or foreign postal codes.",
    )
    taxonomy_codes: list[str] | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="332B00000X")],
        description="Companies with one of these taxonomy codes, such as 332B00000X.",
    )
    is_active: bool | None = strawberry.field(
        default=UNSET, description="Companies that are active, or those that aren't; both if left out."
    )


async def change_filter(database: Reads, given: ChangeFilter | None, npis: Sequence[str] | None = None) -> Filter:
    """The tests of a filter, of these companies alone where any are named; raises BadUserInputError."""
    found = Filter() if given is None else await _tests(database, given)
    named = _values(npis, "npis", MAX_NPIS)
    return found if named is None else replace(found, npis=_both(found.npis, named))


async def _tests(database: Reads, given: ChangeFilter) -> Filter:
    kinds = _values(given.kinds, "kinds")
    found = Filter(_npis(given), kinds, _facets(given))
    states = _values(given.states, "states") or ()
    await names_must_be_known(database, (fold(bare(state)) for state in states), "states")
    return found


def _npis(given: ChangeFilter) -> list[str] | None:
    npis = _values(given.npis, "npis", MAX_NPIS)
    ids = _values(given.company_ids, "companyIds", MAX_NPIS)
    if ids is None:
        return npis
    return _both(npis, [company_npi(each, "companyIds") for each in ids])


def _both(one: Sequence[str] | None, other: Sequence[str]) -> list[str]:
    """What is in two lists, of which the first may be left out."""
    among = set(other)
    return list(other) if one is None else [each for each in one if each in among]


def _facets(given: ChangeFilter) -> list[list[str]]:
    """The groups of facets that a filter asks for."""
    listed: tuple[tuple[str, list[str] | None, Callable[[str], list[str]]], ...] = (
        ("states", given.states, facets.of_state),
        ("cities", given.cities, facets.of_city),
        ("postalCodes", given.postal_codes, _of_postal_code),
        ("taxonomyCodes", given.taxonomy_codes, facets.of_taxonomy),
    )
    groups = [
        [facet for each in values for facet in _found(of(bare(plain_text(each, field))), field)]
        for field, listed_values, of in listed
        if (values := _values(listed_values, field)) is not None
    ]
    if given.is_active is True or given.is_active is False:
        groups.append(facets.of_activity(is_active=given.is_active))
    return groups


def _found(listed: list[str], field: str) -> list[str]:
    """The facets of a value; raises BadUserInputError where they are too long for any change to have them."""
    if not facets.may_be_found(listed):
        raise BadUserInputError(f"{field} holds a text of more than {facets.LONGEST} bytes.", field=field)
    return listed


def _of_postal_code(code: str) -> list[str]:
    return facets.of_postal_code(zip5(code, "postalCodes") or code)


def _values(given: Sequence[object] | None, field: str, most: int = LONGEST_LIST) -> list[str] | None:
    """The values of a test, None where it isn't given; raises BadUserInputError for too many."""
    if given is None or given is UNSET:
        return None
    if len(given) > most:
        raise BadUserInputError(f"{field} takes at most {most} values.", field=field)
    return [str(each.value if isinstance(each, Enum) else each) for each in given]
