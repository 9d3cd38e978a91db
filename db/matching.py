"""Tests that a listing matches a tsquery over facets, in SQL."""

from typing import Any

from sqlalchemy import and_, case, cast, exists, func, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from db.numbers import literal, number_of
from db.tables import listings

# So many listings are tested one by one before an index gathers prefixes: they take 3 us each, that some 50 ms.
FEW = 3_000
# What one of so many has, too many have.
SAMPLE = 400


def has_facets(table: FromClause, query: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "the listing's facets match"; the value is a tsquery's text."""
    return table.c.facets.op("@@")(cast(query, TSQUERY))


def has_facets_with_prefix(
    table: FromClause, query: ColumnElement[Any], whole: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Write the same: where few match what is left of it, `whole`, an index is asked for these alone."""
    if table is not listings:
        return has_facets(table, query)
    first = select(listings.c.facets).order_by(listings.c.npi).limit(literal(SAMPLE)).subquery("first")
    is_common = select(literal(1)).select_from(first).where(has_facets(first, whole)).correlate(None).exists()
    listing = listings.alias()
    # As a constant it might be taken for what many have, and the table be read as it lies.
    unknown = select(cast(whole, TSQUERY)).scalar_subquery()
    some = select(literal(1).label("one")).select_from(listing).where(listing.c.facets.op("@@")(unknown))
    number = number_of(some.limit(literal(FEW + 1)).subquery("some"))
    every, few = cast(query, TSQUERY), cast(whole, TSQUERY)
    key = case((is_common, every), (number <= literal(FEW), few), else_=every)
    return and_(table.c.facets.op("@@")(key), is_matched(table, query))


def is_matched(table: FromClause, query: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write the same by the function's name, by which no index knows it: each row is looked at."""
    return func.ts_match_vq(table.c.facets, cast(query, TSQUERY))


def is_listed(table: FromClause, query: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "its listing matches"; the value is a tsquery's text."""
    listing = listings.alias()
    return exists().where(listing.c.npi == table.c.npi, has_facets(listing, query)).correlate_except(listing)
