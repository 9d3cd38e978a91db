"""Changes as they come, each with the directory as it left it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from db import past
from db.changes import ExpiredError, Scan
from db.past import Past
from db.reads import Reads
from graph.context import Context
from graph.execution.sources import Event
from graph.resolvers import told
from graph.types.change import ChangeKind
from graph.types.change_events import ChangeEvents, FromNowOn
from graph.types.change_feed import ChangesLike, telling_of_expiry
from graph.types.wanted_changes import OfCompanies, OfList, wanted_changes

OF_LOCATIONS: Final = [each.name for each in ChangeKind if each.name.startswith("LOCATION_")]

T = TypeVar("T")


class EventsAsOf(ChangeEvents):
    """The changes that are wanted, whose answers show the company as the change left it.

    As long as nothing has become of the company since, that is as it is now. Else it is read through the past, as
    of a moment that serves as many changes of the page as it can.
    """

    # Those of the page that are known not to be their companies' last, by id, each with what to read instead.
    _moments: Mapping[int, Past] = MappingProxyType({})

    async def answer(self, event: Event, run: Callable[[Reads], Awaitable[T]]) -> T:
        """What `run` makes of an event, of the directory as of it; raises CursorExpiredError."""
        id_, npi = event.root["id"], event.root["npi"]
        moment = self._moments.get(id_)
        if moment is None:
            answer = await run(self._database)
            # What was read may be newer than the page.
            if (await past.reach(self._database, npi))["newest"] == id_:
                return answer
            moment = Past(self._database, id_)
        answer = await run(moment)
        first = (await past.reach(self._database, npi))["first"]
        with telling_of_expiry(self.cursor):
            if id_ < first:
                raise ExpiredError(first)
        return answer

    async def _read(self) -> Scan:
        """The page, and of which moments its changes are told."""
        page = await super()._read()
        following = await self._log.next_of_each(self._database, page.rows) if page.rows else {}
        self._moments = moments_of(following, self._database)
        return page


def moments_of(following: Mapping[int, int], database: Reads) -> Mapping[int, Past]:
    """A moment between each change and the next one of its company: as few moments as will do for all of them."""
    found: dict[int, Past] = {}
    last, moment = 0, Past(database, 0)
    for id_, next_ in sorted(following.items(), key=lambda pair: pair[1]):
        if last < id_:
            last = next_ - 1
            moment = Past(database, last)
        found[id_] = moment
    return found


@told
async def company_events(
    context: Context,
    npis: OfCompanies = None,
    filter: ChangesLike = None,  # noqa: A002 - the argument's name in the schema
    watch_list: OfList = None,
    after: FromNowOn = None,
) -> EventsAsOf:
    """What becomes of companies, and of what they have; raises CursorExpiredError where it can't be followed."""
    return await EventsAsOf.after(after, context, await wanted_changes(context, filter, npis, watch_list))


@told
async def location_events(
    context: Context,
    npis: OfCompanies = None,
    filter: ChangesLike = None,  # noqa: A002 - the argument's name in the schema
    watch_list: OfList = None,
    after: FromNowOn = None,
) -> EventsAsOf:
    """What becomes of locations; raises CursorExpiredError where it can't be followed."""
    wanted = await wanted_changes(context, filter, npis, watch_list)
    only = replace(wanted.only, kinds=of_locations(wanted.only.kinds))
    return await EventsAsOf.after(after, context, replace(wanted, only=only))


def of_locations(kinds: Sequence[str] | None) -> Sequence[str]:
    """Those of some kinds, or of all, that are about locations."""
    return [each for each in OF_LOCATIONS if kinds is None or each in kinds]
