"""What is the viewer's own, such as a watch list: found by its id, or page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import asyncpg

from db.changes import Author
from db.filters import EVERYTHING
from db.owned import Owned
from graph.context import Context
from graph.types import paging, scalars
from graph.types.paging import Listing, PageArguments, Slice

R = TypeVar("R", bound=asyncpg.Record)


@dataclass(frozen=True, slots=True, eq=False)
class Own(Generic[R]):
    """A kind of such things: what one is called, the field that lists them, and what reads ids."""

    name: str
    field: str
    uuid: Callable[[str], UUID]
    rows: Owned[R]

    async def by_uuids(self, context: Context, uuids: Sequence[str]) -> Sequence[R | None]:
        """Return the viewer's with each UUID; None for any other."""
        return await self.rows.by_id(context.database, list(map(UUID, uuids)), owner_of(context))

    async def by_id(self, context: Context, id_: str) -> R:
        """Return the viewer's with an id; raises NotFoundError, and BadUserInputError for what is no id of one."""
        found: R | None
        found = await context.loaders.load(self.by_uuids, context, str(self.uuid(id_)), {})
        if found is None:
            raise scalars.not_found(self.name)
        return found

    async def page(self, context: Context, arguments: PageArguments) -> Slice:
        """Return a page of all that the viewer has."""
        listing = Listing(self.field, self.rows.order, self.rows.keys, EVERYTHING)
        window = paging.window(arguments, listing)
        return Slice(await self.rows.page(context.database, owner_of(context), window), listing)


def owner_of(context: Context) -> Author:
    """Return whose the viewer's own things are."""
    return Author(context.viewer.issuer, context.viewer.subject or "")
