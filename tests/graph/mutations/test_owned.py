"""What people own survives whatever is loaded before, between and after their edits."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.engine import Database
from db.nppes import layout
from db.nppes.layout import FileKind
from tests.db.nppes.cms import Directory, deactivation, npi, organisation, other_name, person, secondary
from tests.graph.mutations.conftest import ADMIN, Mutate

ONE, TWO = NUMBERS = (npi(301), npi(302))
STREETS = ("1 MAIN ST", "9 ELM AVE", "8 OAK ST")
DALLAS = {"city": "DALLAS", "state": "TX", "postal_code": "75201"}
NOWHERE = dict.fromkeys(("line1", "city", "state", "postal_code", "country", "phone", "fax"), "")
TABLES = "companies, locations, changes, deactivations, loads, parked_locations, parked_names, removed_locations"
OWN = ("name", "email", "is_active")

VERBS = {
    "createCompany": ("CreateCompanyInput", "company { npi }"),
    "updateCompany": ("UpdateCompanyInput", "company { npi }"),
    "setCompanyActive": ("SetCompanyActiveInput", "company { npi }"),
    "addLocation": ("AddLocationInput", "location { id }"),
    "updateLocation": ("UpdateLocationInput", "location { id }"),
    "setPrimaryLocation": ("LocationChoice", "location { id }"),
    "removeLocation": ("LocationChoice", "location { id }"),
    "restoreLocation": ("RestoreLocationInput", "location { id }"),
}


class Land:
    """A directory that files and people write, and what people are known to own of it."""

    def __init__(self, directory: Directory, mutate: Mutate) -> None:
        self.directory = directory
        self.mutate = mutate
        self.week = 0
        # What was last said by hand: of companies by NPI, of places by id, whether they are there or not.
        self.companies: dict[str, dict[str, Any]] = {}
        self.pinned: dict[str, bool | None] = {}
        self.places: dict[UUID, dict[str, Any]] = {}

    async def empty(self) -> None:
        """Begin anew."""
        await self.directory.connection.execute(f"TRUNCATE {TABLES} CASCADE")
        self.__init__(self.directory, self.mutate)  # type: ignore[misc]

    async def rows(self, table: str) -> dict[Any, Any]:
        """The rows of companies or of locations, by key."""
        key = "npi" if table == "companies" else "id"
        found = await self.directory.connection.fetch(f"SELECT * FROM {table}")  # noqa: S608 - ours
        return {row[key]: dict(row) for row in found}

    async def load(self, kind: FileKind, rows: list[Any], *, is_full: bool = False) -> None:
        """Load the file of the next week."""
        self.week += 1
        day = f"2025{1 + self.week // 27:02}{1 + self.week % 27:02}"
        path = self.directory.write(kind, rows, f"{'20050523' if is_full else day}-{day}")
        await self.directory.load(path)
        path.unlink()

    async def do(self, verb: str, **given: Any) -> Any:
        """Do what a mutation does; its payload."""
        type_, shown = VERBS[verb]
        query = f"mutation($input: {type_}!) {{ done: {verb}(input: $input) {{ {shown} userErrors {{ code }} }} }}"
        answer = await self.mutate(query, {"input": given}, ADMIN)
        assert "errors" not in answer, answer
        return answer["data"]["done"]

    async def own(self, number: str, website: str, tax_id: str) -> None:
        """Give a company a web site and a tax id."""
        done = await self.do("updateCompany", npi=number, website=website, taxId=tax_id)
        if done["company"]:
            self.companies[number] = {"website": website, "tax_id_last4": tax_id[-4:]}

    async def pin(self, number: str, *, is_active: bool | None) -> None:
        """Set a company's flag, or leave it to the registry."""
        if (await self.do("setCompanyActive", npi=number, isActive=is_active))["company"]:
            self.pinned[number] = is_active

    async def name(self, id_: UUID, name: str, *, is_active: bool) -> None:
        """Give a place a name and an address for letters, and say whether it is in use."""
        email = f"{name}@example.com"
        done = await self.do("updateLocation", id=f"location:{id_}", name=name, email=email, isActive=is_active)
        assert not done["userErrors"]
        self.places[id_] = {"name": name, "email": email, "is_active": is_active}

    async def add(self, number: str, line1: str) -> UUID | None:
        """Enter a place; its id, None where the company has it already."""
        address = {"line1": line1, "city": "Dallas", "state": "TX", "postalCode": "75201"}
        done = await self.do("addLocation", npi=number, address=address, name="By hand")
        return UUID(done["location"]["id"][9:]) if done["location"] else None

    async def check(self) -> None:
        """What people own is as they left it."""
        companies, places = await self.rows("companies"), await self.rows("locations")
        for number, row in companies.items():
            told = self.companies.get(number, {"website": None, "tax_id_last4": None})
            assert {name: row[name] for name in told} == told
            if (pinned := self.pinned.get(number)) is not None:
                assert row["is_active"] is pinned
            else:
                assert row["is_active"] is is_good(row)
        for id_, told in self.places.items():
            if id_ in places:
                assert {name: places[id_][name] for name in OWN} == told


def is_good(row: dict[str, Any]) -> bool:
    """Whether the registry says nothing against a company; it doesn't know those that were entered by hand."""
    return (row["npi_status"], row["source"] == "MANUAL") in {
        ("ACTIVE", False),
        ("ACTIVE", True),
        ("UNKNOWN", True),
    }


@pytest.fixture
async def written(database_url: str) -> AsyncIterator[Database]:
    """An empty directory, in place of the one that other tests change."""
    async with Database.open(database_url) as database:
        yield database


@pytest.fixture
async def land(database_url: str, mutate: Mutate, tmp_path: Path) -> AsyncIterator[Land]:
    connection = await asyncpg.connect(database_url)
    yield Land(Directory(connection, tmp_path), mutate)
    await connection.close()


# ---- whatever is done, in any order


def steps() -> st.SearchStrategy[tuple[Any, ...]]:
    """A load or an edit; what it is about is told by number, since what there is isn't known beforehand."""
    number, street = st.sampled_from(NUMBERS), st.sampled_from(STREETS)
    rows = st.one_of(
        st.builds(lambda one, line: organisation(one, line1=line, **DALLAS), number, street),
        st.builds(lambda one: organisation(one, **NOWHERE), number),
        st.builds(deactivation, number),
        st.builds(person, number),
    )
    main = st.lists(rows, min_size=1, max_size=2, unique_by=lambda row: row[layout.NPI])
    places = st.lists(st.builds(secondary, number, street), max_size=3)
    names = st.lists(st.builds(other_name, number, st.sampled_from("XY")), max_size=2)
    place = st.integers(0, 5)
    return st.one_of(
        st.tuples(st.just("load"), st.just(FileKind.COMPANIES), main, st.just(value=False)),
        st.tuples(st.just("load"), st.just(FileKind.LOCATIONS), places, st.booleans()),
        st.tuples(st.just("load"), st.just(FileKind.NAMES), names, st.booleans()),
        st.tuples(st.just("own"), number, st.sampled_from(("https://a.example", "https://b.example"))),
        st.tuples(st.just("pin"), number, st.sampled_from((True, False, None))),
        st.tuples(st.just("create"), number),
        st.tuples(st.just("add"), number, street),
        st.tuples(st.just("name"), place, st.sampled_from("NM"), st.booleans()),
        st.tuples(st.just("choose"), place),
        st.tuples(st.just("remove"), place),
        st.tuples(st.just("restore"), place),
    )


async def take(land: Land, step: tuple[Any, ...]) -> None:
    """Do what a step says."""
    what, *given = step
    if what in {"name", "choose", "remove", "restore"}:
        number, *given = given
        there = sorted(await land.rows("removed_locations" if what == "restore" else "locations"))
        if there:
            await take_of_place(land, what, there[number % len(there)], *given)
    elif what == "load":
        kind, rows, is_full = given
        await land.load(kind, rows, is_full=is_full)
    elif what == "own":
        number, website = given
        await land.own(number, website, "12-3456789")
    elif what == "pin":
        number, is_active = given
        await land.pin(number, is_active=is_active)
    elif what == "create":
        await land.do("createCompany", npi=given[0], name="By hand")
    elif id_ := await land.add(*given):
        land.places[id_] = {"name": "By hand", "email": None, "is_active": True}


async def take_of_place(land: Land, what: str, id_: UUID, *given: Any) -> None:
    """Do what a step says of a place."""
    if what == "name":
        name, is_active = given
        await land.name(id_, name, is_active=is_active)
    else:
        verb = {"choose": "setPrimaryLocation", "remove": "removeLocation", "restore": "restoreLocation"}[what]
        await land.do(verb, id=f"location:{id_}")


def held(step: tuple[Any, ...], before: Any, after: Any) -> None:
    """What holds between one moment of a directory and the next."""
    (companies, places), (companies_now, places_now) = before, after
    is_load = step[0] == "load"
    for id_, row in places.items():
        if row["source"] == "MANUAL" and step[0] not in {"name", "remove"}:
            assert id_ in places_now
            stays = row.keys() - {"is_primary", "rank", "version", "updated_at"}
            assert {name: places_now[id_][name] for name in stays} == {name: row[name] for name in stays}
        if is_load and row["is_primary"] and id_ in places_now:
            assert places_now[id_]["is_primary"], "a load has chosen another primary place"
    for number, row in companies_now.items():
        own = [place for place in places_now.values() if place["npi"] == number]
        if any(place["source"] == "MANUAL" or place["kind"] == "PRIMARY_PRACTICE" for place in own):
            assert [place["is_primary"] for place in own].count(True) == 1
        if number in companies:
            was = [place for place in places.values() if place["npi"] == number]
            by_key = [{place["id"]: place for place in each} for each in (was, own)]
            is_changed = by_key[0] != by_key[1]
            bumped = row["version"] - companies[number]["version"]
            assert bumped >= 1 if is_changed else bumped >= 0
            assert is_load or bumped <= 1
            assert (row["updated_at"] > companies[number]["updated_at"]) == (bumped > 0)


# A test in itself takes too long to be made smaller.
EXAMPLES = settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ORDERS = st.lists(steps(), min_size=4, max_size=14)


async def whatever_is_done(land: Land, order: list[tuple[Any, ...]]) -> None:
    """Do steps one after the other, and look after each of them."""
    await land.empty()
    for step in order:
        before = await land.rows("companies"), await land.rows("locations")
        await take(land, step)
        held(step, before, (await land.rows("companies"), await land.rows("locations")))
        await land.check()


@EXAMPLES
@given(order=ORDERS)
async def test_whatever_is_loaded_and_edited_what_people_own_stays(land: Land, order: list[Any]) -> None:
    await whatever_is_done(land, order)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=500)
@given(order=ORDERS)
async def test_what_people_own_stays_in_many_more_orders(land: Land, order: list[Any]) -> None:
    await whatever_is_done(land, order)


# ---- by name


async def places(land: Land, number: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await land.directory.places(number)]


async def test_a_place_that_was_closed_and_opens_again_has_its_name_again(land: Land) -> None:
    await land.load(FileKind.COMPANIES, [organisation(ONE)])
    await land.load(FileKind.LOCATIONS, [secondary(ONE), secondary(ONE, "8 OAK ST")])
    _, closing, named = await places(land, ONE)
    await land.name(named["id"], "oak", is_active=True)
    await land.name(closing["id"], "elm", is_active=False)
    await land.load(FileKind.LOCATIONS, [secondary(ONE)])
    await land.load(FileKind.LOCATIONS, [secondary(TWO)], is_full=True)
    assert len(await places(land, ONE)) == 1
    # What a file has closed isn't for people to bring back.
    assert (await land.do("restoreLocation", id=f"location:{named['id']}"))["userErrors"] == [
        {"code": "NOT_FOUND"}
    ]
    await land.load(FileKind.LOCATIONS, [secondary(ONE, "8 Oak Street"), secondary(ONE)])
    await land.check()
    assert {place["id"] for place in await places(land, ONE)} > {named["id"], closing["id"]}
    added = await land.directory.connection.fetchval(
        "SELECT max(new ->> 'name') FROM changes WHERE location_id = $1 AND kind = 'LOCATION_ADDED'",
        named["id"],
    )
    assert added == "oak"
    assert await land.rows("removed_locations") == {}


async def test_a_place_that_the_primary_one_moved_onto_and_away_from_has_its_name_again(land: Land) -> None:
    await land.load(FileKind.COMPANIES, [organisation(ONE)])
    await land.load(FileKind.LOCATIONS, [secondary(ONE)])
    _, other = await places(land, ONE)
    await land.name(other["id"], "elm", is_active=True)
    await land.load(FileKind.COMPANIES, [organisation(ONE, line1="9 ELM AVE", **DALLAS)])
    [only] = await places(land, ONE)
    assert (only["line1"], only["name"]) == ("9 ELM AVE", None)
    await land.load(FileKind.COMPANIES, [organisation(ONE)])
    await land.check()
    assert [place["name"] for place in await places(land, ONE)] == [None, "elm"]


async def test_a_company_that_was_entered_comes_into_the_registry_goes_and_comes_back(land: Land) -> None:
    await land.do("createCompany", npi=ONE, name="By hand", parentName="Group")
    await land.own(ONE, "https://one.example", "12-3456789")
    entered = await land.add(ONE, "5 Yew Rd")
    await land.load(FileKind.COMPANIES, [organisation(ONE, "ONE LLC")])
    row = await land.directory.company(ONE)
    assert (row["name"], row["parent_name"], row["source"], row["is_active"]) == ("ONE LLC", None, "NPPES", True)
    first, second = await places(land, ONE)
    assert (first["id"], second["line1"]) == (entered, "1 MAIN ST")
    await land.check()
    await land.load(FileKind.COMPANIES, [deactivation(ONE)])
    await land.check()
    await land.pin(ONE, is_active=True)
    back = {layout.DEACTIVATED: "01/15/2025", layout.REACTIVATED: "02/15/2025"}
    await land.load(FileKind.COMPANIES, [organisation(ONE, "ONE AGAIN LLC") | back])
    await land.load(FileKind.COMPANIES, [deactivation(ONE, "03/15/2025")])
    await land.check()
    await land.pin(ONE, is_active=None)
    await land.check()
    assert [place["id"] for place in await places(land, ONE)] == [entered, second["id"]]


async def test_a_place_that_the_registry_learns_of_later_is_there_twice_until_one_goes(land: Land) -> None:
    """The registry's has an id by its address, and people may have links to theirs: they say which one stays."""
    await land.load(FileKind.COMPANIES, [organisation(ONE)])
    entered = await land.add(ONE, "9 Elm Avenue")
    await land.load(FileKind.LOCATIONS, [secondary(ONE)])
    assert len(await places(land, ONE)) == 3
    await land.do("removeLocation", id=f"location:{entered}")
    assert [place["line1"] for place in await places(land, ONE)] == ["1 MAIN ST", "9 ELM AVE"]
    assert (await land.do("restoreLocation", id=f"location:{entered}"))["userErrors"] == [{"code": "DUPLICATE"}]
    await land.load(FileKind.LOCATIONS, [secondary(ONE, "8 OAK ST")])
    assert (await land.do("restoreLocation", id=f"location:{entered}"))["userErrors"] == []
    assert [place["name"] for place in await places(land, ONE)] == [None, None, "By hand"]


async def test_the_primary_place_that_people_chose_stays_wherever_the_registry_s_own_one_moves(land: Land) -> None:
    await land.load(FileKind.COMPANIES, [organisation(ONE)])
    entered = await land.add(ONE, "5 Yew Rd")
    await land.do("setPrimaryLocation", id=f"location:{entered}")
    for line1 in ("2 MAIN ST", "5 YEW RD"):
        await land.load(FileKind.COMPANIES, [organisation(ONE, line1=line1, **DALLAS)])
        assert (await places(land, ONE))[0]["id"] == entered
    await land.load(FileKind.COMPANIES, [organisation(ONE, **NOWHERE)])
    await land.do("removeLocation", id=f"location:{entered}")
    assert await places(land, ONE) == []
    await land.do("restoreLocation", id=f"location:{entered}")
    assert [place["is_primary"] for place in await places(land, ONE)] == [True]
