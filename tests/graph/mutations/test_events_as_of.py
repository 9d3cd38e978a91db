"""companyChanged and locationChanged: each change with the company as it left it, whatever became of it since."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest
from graphql import ExecutionResult

from db import companies, retention
from db.engine import Database
from db.past import Past
from db.reads import Read, Reads
from graph.cache.follower import Follower
from graph.cache.reading import Reading
from graph.context import Context
from graph.errors import CursorExpiredError, NotFoundError
from graph.execution.listen import listen
from graph.execution.run import Runner
from graph.execution.sources import Event, Feed
from graph.identity.viewer import EVERY, Viewer
from graph.types.events_as_of import moments_of
from tests.graph.mutations.conftest import EDITOR, HOLZER, OBRIEN, Mutate
from tests.graph.mutations.test_as_of import COMPANY, NPI, PLACE, edited, story

PARTNER = Viewer("partner", frozenset({"PARTNER"}), issuer="https://issuer.example")
BOTH = replace(EDITOR, companies=frozenset({EVERY}), roles=frozenset({"PARTNER", "EDITOR"}))
WEBSITE = 'updateCompany(input: {npi: "%s", website: "%s"})'
BRIEF = "cursor kind npi company { website } location { id }"

Told = list[dict[str, Any]]
Hear = Callable[..., Awaitable[Told]]
Run = Callable[[Reads], Awaitable[ExecutionResult]]


class Ear:
    """Hears what a subscription tells, from one after the other of what there is to tell."""

    def __init__(self, database: Database, runner: Runner) -> None:
        self._database = database
        self._runner = runner

    async def listen(self, text: str, variables: Mapping[str, Any] | None, viewer: Viewer) -> Feed:
        """What is told; the test fails where nothing can be."""
        self._prepared = self._runner.prepare(text, None, variables or {}, viewer)
        feed = await listen(self._prepared, Context(self._database, log=Reading(Follower())))
        if isinstance(feed, ExecutionResult):
            assert feed.errors is not None
            raise feed.errors[0].original_error or feed.errors[0]
        return feed

    def run_for(self, event: Event) -> Run:
        """What answers an event."""

        async def run(database: Reads) -> ExecutionResult:
            return await self._runner.run(self._prepared, Context(database, event=event.root))

        return run

    async def hear(
        self, field: str, asked: str = BRIEF, variables: Mapping[str, Any] | None = None, viewer: Viewer = BOTH
    ) -> Told:
        """All that is told of by now."""
        head = f"({', '.join(f'${name}: {self.type_of(name)}' for name in variables)})" if variables else ""
        feed = await self.listen(f"subscription {head} {{ told: {field} {{ {asked} }} }}", variables, viewer)
        return [each async for each in self.told(feed)]

    async def told(self, feed: Feed) -> AsyncIterator[dict[str, Any]]:
        """The answers to the events of a feed."""
        async with aclosing(feed.events(0.01)) as events:
            async for event in events:
                if event is None:
                    return
                result = await feed.answer(event, self.run_for(event))
                assert result.errors is None, result.errors
                yield orjson.loads(orjson.dumps(result.data))["told"]

    @staticmethod
    def type_of(name: str) -> str:
        """The type of a variable."""
        return {"list": "ID", "after": "String"}[name]


@pytest.fixture
def ear(written: Database, runner: Runner) -> Ear:
    """Who hears what becomes of a directory of one's own."""
    return Ear(written, runner)


async def newest(mutate: Mutate) -> str:
    """The cursor of the last change."""
    cursor: str = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    return cursor


async def test_each_change_comes_with_the_company_as_it_left_it(mutate: Mutate, ear: Ear) -> None:
    start = await newest(mutate)
    moments, _ = await story(mutate)
    heard = await ear.hear(f'companyChanged(npis: ["{NPI}"], after: "{start}")', f"cursor company {{ {COMPANY} }}")
    told = {each["cursor"]: each["company"] for each in heard}
    assert len(told) >= len(moments)
    # Of what was done together, the last change shows it whole.
    for cursor, answer in moments:
        assert told[cursor] == answer["data"]["company"], cursor


async def test_places_are_told_as_they_were_left_and_what_went_is_null(mutate: Mutate, ear: Ear) -> None:
    start = await newest(mutate)
    await story(mutate)
    asked = f"kind npi locationId location {{ {PLACE} }} company {{ locations {{ nodes {{ id }} }} }}"
    heard = await ear.hear(f'locationChanged(after: "{start}")', asked)
    assert {each["kind"] for each in heard} == {
        "LOCATION_ADDED", "LOCATION_UPDATED", "LOCATION_REMOVED", "LOCATION_RESTORED",
    }  # fmt: skip
    for each in heard:
        there = {place["id"] for place in each["company"]["locations"]["nodes"]}
        assert (
            (each["locationId"] in there) == (each["location"] is not None) == (each["kind"] != "LOCATION_REMOVED")
        )
        assert each["location"] is None or each["location"]["id"] == each["locationId"]
    updates = [each["location"] for each in heard if each["kind"] == "LOCATION_UPDATED"]
    assert "Store" in {each["name"] for each in updates}
    assert None in {each["name"] for each in updates}


async def test_what_changes_while_an_event_is_answered_is_not_in_its_answer(mutate: Mutate, ear: Ear) -> None:
    start = await newest(mutate)
    await edited(mutate, WEBSITE % (OBRIEN, "one.example") + " { userErrors { code } }")
    feed = await ear.listen(f'subscription {{ told: companyChanged(after: "{start}") {{ {BRIEF} }} }}', {}, BOTH)
    async with aclosing(feed.events(0.01)) as events:
        event = await anext(events)
        assert event is not None
        runs = 0

        async def run(database: Reads) -> ExecutionResult:
            nonlocal runs
            runs += 1
            if runs == 1:
                await edited(mutate, WEBSITE % (OBRIEN, "two.example") + " { userErrors { code } }")
            return await ear.run_for(event)(database)

        result = await feed.answer(event, run)
        found = orjson.loads(orjson.dumps(result.data))["told"]
        assert (found["company"], runs) == ({"website": "https://one.example"}, 2)
        # By the page alone nobody could tell.
        assert await anext(events) is None
    [one, two] = await ear.hear(f'companyChanged(after: "{start}")')
    assert [each["company"]["website"] for each in (one, two)] == ["https://one.example", "https://two.example"]


async def test_what_is_as_it_was_left_costs_one_look_more_and_what_is_not_is_known_by_the_page(
    mutate: Mutate, ear: Ear, run_statements: list[Read]
) -> None:
    start = await newest(mutate)
    for number in range(8):
        await edited(mutate, WEBSITE % (OBRIEN, f"n{number}.example") + " { userErrors { code } }")
    await edited(mutate, WEBSITE % (HOLZER, "other.example") + " { userErrors { code } }")
    run_statements.clear()
    heard = await ear.hear("changes(after: $after)", variables={"after": start})
    plain = len(run_statements)
    run_statements.clear()
    heard = await ear.hear("companyChanged(after: $after)", variables={"after": start})
    assert [each["company"]["website"] for each in heard[:8]] == [
        f"https://n{number}.example" for number in range(8)
    ]
    # One for the page; one for each of the two that are as they were left, and one for each that isn't.
    assert len(run_statements) == plain + 1 + 2 + 7
    assert len([each for each in run_statements if each.text.startswith("/* past */")]) == 7


async def make_list(mutate: Mutate, given: str) -> str:
    """Keep a list of the partner's; its id."""
    made = f'mutation {{ createWatchList(input: {{name: "{given[:5]}", {given}}}) {{ watchList {{ id }} }} }}'
    id_: str = (await mutate(made, viewer=BOTH))["data"]["createWatchList"]["watchList"]["id"]
    return id_


@pytest.mark.parametrize("field", ["changes", "companyChanged", "locationChanged"])
async def test_of_a_list_only_what_it_finds_is_told(mutate: Mutate, ear: Ear, field: str) -> None:
    start = await newest(mutate)
    by_number = await make_list(mutate, f'npis: ["{OBRIEN}"]')
    by_filter = await make_list(mutate, 'filter: {cities: ["Amarillo"]}')
    address = '{line1: "1 A St", city: "%s", state: "TX", postalCode: "79101"}'
    for npi, city in ((OBRIEN, "Austin"), (HOLZER, "Amarillo"), (HOLZER, "Austin")):
        given = f'{{npi: "{npi}", address: {address % city}}}'
        payload, _ = await edited(
            mutate, f"addLocation(input: {given}) {{ location {{ id }} userErrors {{ code }} }}"
        )
    place = payload["location"]["id"]
    await edited(mutate, f'updateLocation(input: {{id: "{place}", name: "Seen"}}) {{ userErrors {{ code }} }}')
    for list_, npi, number in ((by_number, OBRIEN, 1), (by_filter, HOLZER, 3)):
        heard = await ear.hear(
            f"{field}(watchList: $list, after: $after)", variables={"list": list_, "after": start}
        )
        assert [each["npi"] for each in heard] == [npi] * number
    # What is asked besides must hold as well.
    narrowed = f'{field}(watchList: $list, after: $after, filter: {{npis: ["{OBRIEN}"]}})'
    assert await ear.hear(narrowed, variables={"list": by_filter, "after": start}) == []


async def test_what_its_owner_makes_of_a_list_counts_at_once_and_nobody_else_listens_by_it(
    mutate: Mutate, ear: Ear
) -> None:
    start = await newest(mutate)
    list_ = await make_list(mutate, f'npis: ["{OBRIEN}"]')
    text = "subscription($list: ID) { told: companyChanged(watchList: $list) { npi } }"
    feed = await ear.listen(text, {"list": list_}, BOTH)
    with pytest.raises(NotFoundError):
        await ear.listen(text, {"list": list_}, replace(BOTH, subject="other"))
    add = f'mutation {{ addToWatchList(input: {{id: "{list_}", npis: ["{HOLZER}"]}}) {{ watchList {{ id }} }} }}'
    assert "errors" not in await mutate(add, viewer=BOTH)
    await edited(mutate, WEBSITE % (HOLZER, "listed.example") + " { userErrors { code } }")
    text = f'subscription($list: ID) {{ told: companyChanged(watchList: $list, after: "{start}") {{ npi }} }}'
    assert [each async for each in ear.told(await ear.listen(text, {"list": list_}, BOTH))] == [{"npi": HOLZER}]
    delete = f'mutation {{ deleteWatchList(input: {{id: "{list_}"}}) {{ userErrors {{ code }} }} }}'
    assert "errors" not in await mutate(delete, viewer=BOTH)
    with pytest.raises(NotFoundError):
        await feed._read_on()  # type: ignore[attr-defined]


async def test_kinds_that_no_place_has_tell_nothing_of_places(mutate: Mutate, ear: Ear) -> None:
    start = await newest(mutate)
    await story(mutate)
    for kinds, number in (("[COMPANY_UPDATED]", 0), ("[COMPANY_UPDATED, LOCATION_RESTORED]", 1)):
        heard = await ear.hear(f'locationChanged(after: "{start}", filter: {{kinds: {kinds}}})')
        assert len(heard) == number


async def test_what_can_no_longer_be_read_back_by_then_ends_it(
    mutate: Mutate, ear: Ear, written: Database
) -> None:
    start = await newest(mutate)
    for name in ("one", "two"):
        await edited(mutate, WEBSITE % (OBRIEN, f"{name}.example") + " { userErrors { code } }")
    feed = await ear.listen(f'subscription {{ told: companyChanged(after: "{start}") {{ {BRIEF} }} }}', {}, BOTH)
    async with aclosing(feed.events(0.01)) as events:
        event = await anext(events)
        assert event is not None

        async def run(database: Reads) -> ExecutionResult:
            for _ in range(2):
                await retention.remove_old(written, days=0)
            return await ear.run_for(event)(database)

        with pytest.raises(CursorExpiredError):
            await feed.answer(event, run)


@pytest.mark.parametrize(
    ("following", "moments"),
    [
        ({}, []),
        # All of a page whose next changes come behind it are told of one moment.
        ({1: 90, 2: 95, 3: 91, 4: 400}, [89]),
        # One company after the other, and one company again and again.
        ({1: 2, 2: 3, 3: 9}, [1, 2, 8]),
        ({1: 4, 2: 5, 3: 9, 4: 6, 6: 7}, [3, 5, 6]),
    ],
)
def test_as_few_moments_as_will_do_are_read(following: dict[int, int], moments: list[int]) -> None:
    found = moments_of(following, cast("Reads", None))
    assert found.keys() == following.keys()
    assert all(id_ <= found[id_]._cursor < next_ for id_, next_ in following.items())
    assert sorted({each._cursor for each in found.values()}) == moments
    assert len({id(each) for each in found.values()}) == len(moments)


async def test_what_is_looked_up_of_one_moment_at_once_is_one_statement(
    mutate: Mutate, written: Database, run_statements: list[Read]
) -> None:
    moment = Past(written, int(await newest(mutate)))
    for npi in (OBRIEN, HOLZER):
        await edited(mutate, WEBSITE % (npi, "later.example") + " { userErrors { code } }")
    run_statements.clear()
    found = await asyncio.gather(*(companies.by_npi(moment, [npi]) for npi in (OBRIEN, HOLZER, OBRIEN, NPI)))
    assert [each and each["npi"] for [each] in found] == [OBRIEN, HOLZER, OBRIEN, None]
    assert "later.example" not in str([each and each["website"] for [each] in found])
    assert len(run_statements) == 1


async def test_who_may_not_is_refused(ear: Ear) -> None:
    for field in ("companyChanged", "locationChanged"):
        with pytest.raises(Exception, match="PARTNER"):
            await ear.hear(field, viewer=replace(PARTNER, roles=frozenset({"VIEWER"})))
