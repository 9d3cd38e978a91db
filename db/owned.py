"""What belongs to somebody, such as a watch list: its owner alone finds it, by its id or page by page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Select, Table, Text, bindparam, select, text
from sqlalchemy.sql.elements import ColumnElement

from db import pages
from db.changes import Author
from db.pages import Order, OrderBy, Page, Window
from db.reads import Reads
from db.statement import Statement, compiled

R = TypeVar("R", bound=asyncpg.Record)

# Whether a row belongs to the one whom `values_of` tells.
IS_OWNERS = "issuer = CAST(:issuer AS text) AND subject = CAST(:subject AS text)"


@dataclass(frozen=True, slots=True, eq=False)
class Owned(Generic[R]):
    """A table with `id`, `issuer` and `subject` as owners see it: in an order, and without some columns."""

    table: Table
    row: type[R]
    order: OrderBy
    keys: Order
    hidden: Collection[str] = ()

    async def by_id(self, database: Reads, ids: Sequence[UUID], owner: Author) -> list[R | None]:
        """Return the rows with these ids, in their order; None for one that the owner doesn't have."""
        rows = await database.read(_by_id(self), {"ids": list(ids), **values_of(owner)})
        found: dict[UUID, R] = {row["id"]: row for row in rows}
        return [found.get(id_) for id_ in ids]

    async def page(self, database: Reads, owner: Author, window: Window) -> Page:
        """Return one page of an owner's rows."""
        statement = _page(self, window.backward, window.position is not None)
        rows = await database.read(statement, values_of(owner) | pages.window_values(window))
        return pages.page_of(rows, window)


def values_of(owner: Author) -> dict[str, object]:
    """Return an owner as statements take one."""
    return {"issuer": owner.issuer, "subject": owner.subject}


@cache
def _by_id(owned: Owned[R]) -> Statement:
    asked = _rows(owned).where(owned.table.c.id == text("ANY (CAST(:ids AS uuid[]))"))
    return compiled(asked, owned.row, plans_once=True)


@cache
def _page(owned: Owned[R], backward: bool, positioned: bool) -> Statement:  # noqa: FBT001 - a cache key
    rows = _rows(owned, *pages.key_columns(owned.keys))
    return compiled(pages.paged(rows, owned.keys, backward=backward, positioned=positioned), owned.row)


def _rows(owned: Owned[R], *others: ColumnElement[Any]) -> Select[Any]:
    """Return what an owner sees of the rows that belong to him."""
    unseen, columns = {"issuer", "subject", *owned.hidden}, owned.table.c
    seen = [column for column in columns if column.name not in unseen]
    return select(*seen, *others).where(
        columns.issuer == bindparam("issuer", type_=Text), columns.subject == bindparam("subject", type_=Text)
    )
