"""How many of the companies that are found have each facet of a kind: a statement over their listings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CompoundSelect

from db.facets import HOME, STATE, STATUS, TAXONOMY
from db.numbers import LIMIT, literal


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of facets: what stands before each value, and whether two letters in any case are one value."""

    prefix: str
    has_codes: bool = False


# By the names that they are asked for by. A company has one primary location at most, so that it counts once.
KINDS = {
    "state": Kind(HOME + STATE, has_codes=True),
    "taxonomy": Kind(TAXONOMY),
    "status": Kind(STATUS),
}


def counted(listings: Sequence[CTE], names: Sequence[str]) -> CompoundSelect[tuple[object, ...]]:
    """Return the commonest values of each kind among the facets of each of these listings, the commonest first.

    Rows have `page`, the number of the listings; `kind`, `value` and `count`; and `precision`, EXACT where there
    are fewer listings than the value `limit`, else AT_LEAST. At most the value `most` of one kind are told.
    """
    found: list[Select[tuple[object, ...]]] = []
    for page, each in enumerate(listings):
        facets = _facets(each, page, names)
        found += (_commonest(each, facets, page, name) for name in names)
    return union_all(*found)


def _facets(listings: CTE, page: int, names: Sequence[str]) -> CTE:
    """Return the facets of these kinds, each with how many of the listings have it: taken apart once for all."""
    each = select(func.unnest(func.tsvector_to_array(listings.c.facets)).label("facet")).subquery()
    is_asked_for = or_(*(func.starts_with(each.c.facet, _text(KINDS[name].prefix)) for name in names))
    number = func.count().label("number")
    return select(each.c.facet, number).where(is_asked_for).group_by(each.c.facet).cte(f"facets_{page}")


def _commonest(listings: CTE, facets: CTE, page: int, name: str) -> Select[tuple[object, ...]]:
    kind = KINDS[name]
    told = func.substr(facets.c.facet, literal(len(kind.prefix) + 1))
    own = select(_shown(told, kind).label("value"), facets.c.number)
    values = own.where(func.starts_with(facets.c.facet, _text(kind.prefix))).subquery("values")
    count = cast(func.sum(values.c.number), Integer).label("count")
    are_all = select(func.count() < LIMIT).select_from(listings).scalar_subquery()
    commonest = (
        select(values.c.value, count)
        .group_by(values.c.value)
        .order_by(count.desc(), values.c.value.collate("C"))
        .limit(bindparam("most", type_=Integer))
        .subquery(f"{name}_{page}")
    )
    return select(
        literal(page).label("page"),
        _text(name).label("kind"),
        commonest.c.value,
        commonest.c["count"],
        case((are_all, _text("EXACT")), else_=_text("AT_LEAST")).label("precision"),
    )


def _shown(told: ColumnElement[str], kind: Kind) -> ColumnElement[str]:
    """Return a value as a filter takes it; two letters in any case are one state."""
    if not kind.has_codes:
        return told
    return case((func.length(told) == literal_column("2"), func.upper(told)), else_=told)


def _text(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", type_=Text())
