"""A list is done as its rows are one after the other: the same outcomes, the same directory, the same changes."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.engine import Database
from db.statement import compiled
from graph.identity.viewer import Viewer
from tests.graph.mutations.conftest import Mutate
from tests.graph.mutations.test_bulk import npi_of

COMPANY = "company { name website isActive version } userErrors { code message field currentVersion differing }"
LOCATION = """
    location { id name isPrimary isActive version address { formatted } } company { name version }
    userErrors { code message field currentVersion differing }
"""
# The field of one row, that of many, the type of a row, and what is asked of it.
VERBS = {
    "create": ("createCompany", "createCompanies", "CreateCompanyInput", COMPANY),
    "update": ("updateCompany", "updateCompanies", "UpdateCompanyInput", COMPANY),
    "activate": ("setCompanyActive", "setCompaniesActive", "SetCompanyActiveInput", COMPANY),
    "add": ("addLocation", "addLocations", "AddLocationInput", LOCATION),
    "move": ("updateLocation", "updateLocations", "UpdateLocationInput", LOCATION),
    "choose": ("setPrimaryLocation", "setPrimaryLocations", "LocationChoice", LOCATION),
    "remove": ("removeLocation", "removeLocations", "LocationChoice", LOCATION),
    "restore": ("restoreLocation", "restoreLocations", "RestoreLocationInput", LOCATION),
}
# Of the companies of a world, all but the last two are there at first, the one before them is of the registry, and
# the one before that is foreign.
COMPANIES, FOREIGN, OF_REGISTRY = 7, 3, 4
NOWHERE = "location:00000000-0000-4000-8000-000000009999"
WORLDS = count(1)

_HAND_OVER = compiled(
    text("""
    WITH handed AS (UPDATE companies SET source = 'NPPES' WHERE npi = :npi RETURNING npi)
    UPDATE locations SET source = 'NPPES' FROM handed WHERE locations.npi = handed.npi
    """)
)
_STATE = compiled(
    text("""
    SELECT array_position(CAST(:npis AS text[]), npi) AS place, name, is_active, is_active_pinned, npi_status,
      website, source, version, NULL::text AS address, NULL::boolean AS is_primary
    FROM companies WHERE npi = ANY (CAST(:npis AS text[]))
    UNION ALL
    SELECT array_position(CAST(:npis AS text[]), npi), name, is_active, NULL, kind, NULL, source, version,
      concat_ws(' ', line1, city, state, postal_code, time_zone), is_primary
    FROM locations WHERE npi = ANY (CAST(:npis AS text[]))
    UNION ALL
    SELECT array_position(CAST(:npis AS text[]), npi), content ->> 'name', NULL, NULL, 'removed', NULL,
      content ->> 'source', (content ->> 'version')::int, content ->> 'line1', (content ->> 'is_primary')::boolean
    FROM removed_locations WHERE npi = ANY (CAST(:npis AS text[]))
    ORDER BY place, address NULLS FIRST, name
    """)
)
_CHANGES = compiled(
    text("""
    SELECT array_position(CAST(:npis AS text[]), npi) AS place, kind, fields, facets_before, facets_after,
      old - '{id,npi,created_at,updated_at}'::text[] AS old, new - '{id,npi,created_at,updated_at}'::text[] AS new
    FROM changes WHERE npi = ANY (CAST(:npis AS text[])) ORDER BY place, id
    """)
)

LINES = st.sampled_from(["1 A St", "1 A Street", "2 B St", "3 C St", ""])
VERSIONS = st.sampled_from([None, None, 1, 2, 3])


@st.composite
def rows(draw: st.DrawFn, verb: str) -> dict[str, Any]:
    """A row about a company or a place, which is told by a number."""
    row: dict[str, Any] = {"number": draw(st.integers(0, 11))}
    if verb == "create":
        row |= {"name": draw(st.sampled_from(["Named", "", "x" * 301])), "website": draw(SITES)}
    if verb == "update":
        row |= draw(st.fixed_dictionaries({"website": SITES}, optional={"name": st.sampled_from(["Other", " "])}))
    if verb == "activate":
        row |= {"isActive": draw(st.sampled_from([True, False, None]))}
    if verb in {"add", "move"}:
        row |= {"name": draw(st.sampled_from(["Store", "a\tb", None]))}
    if verb == "add" or (verb == "move" and draw(st.booleans())):
        state = draw(st.sampled_from(["TX", "TX", "TX", "Texas"]))
        row |= {"address": {"line1": draw(LINES), "city": "Austin", "state": state, "postalCode": "78701"}}
    if verb not in {"create", "add", "restore"}:
        row |= {"ifVersion": draw(VERSIONS)}
    return row


SITES = st.sampled_from(["a.example", "https://b.example", "no site", None])
LISTS = st.lists(
    st.sampled_from(list(VERBS)).flatmap(
        lambda verb: st.tuples(st.just(verb), st.lists(rows(verb), min_size=1, max_size=8))
    ),
    min_size=2,
    max_size=8,
)


class World:
    """Companies that are like those of another world, and the places that were added to them, in their order."""

    def __init__(self, mutate: Mutate, database: Database) -> None:
        number = next(WORLDS) * 10
        self.npis = [npi_of(number + place) for place in range(COMPANIES)]
        own = frozenset(self.npis) - {self.npis[FOREIGN]}
        self._mutate, self._database = mutate, database
        self._editor = Viewer("editor", frozenset({"EDITOR"}), own)
        self.places: list[tuple[str, str]] = []

    async def begin(self) -> None:
        """Enter what is there at first: a place in each company, and a second one in some."""
        admin = Viewer("admin", frozenset({"ADMIN"}))
        there = self.npis[: OF_REGISTRY + 1]
        await self.do_many(
            "create", [{"npi": npi, "name": f"C {place}"} for place, npi in enumerate(there)], admin
        )
        for line, npis in (("1 A St", there), ("2 B St", there[::2])):
            address = {"line1": line, "city": "Austin", "state": "TX", "postalCode": "78701"}
            await self.do_many("add", [{"npi": npi, "address": address} for npi in npis], admin)
        await self._database.read(_HAND_OVER, {"npi": self.npis[OF_REGISTRY]})

    def inputs(self, verb: str, listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows of a list, each company once, as no two rows of it may meet."""
        seen = set()
        for row in listed:
            number, values = row["number"], {name: each for name, each in row.items() if name != "number"}
            if verb in {"create", "update", "activate", "add"}:
                npi = self.npis[number % COMPANIES]
                given = {"npi": npi, **values}
            else:
                npi, id_ = (*self.places, ("none", NOWHERE), ("bad", "location:1"))[
                    number % (len(self.places) + 2)
                ]
                given = {"id": id_, **values}
            if npi not in seen:
                yield given
            seen.add(npi)

    async def do_many(self, verb: str, inputs: list[dict[str, Any]], viewer: Viewer | None = None) -> list[Any]:
        """The outcomes of a list."""
        _, many, type_, asked = VERBS[verb]
        query = f"""
            mutation($input: [{type_}!]!) {{
              done: {many}(input: $input, onError: REJECT_FAILED) {{ outcomes {{ {asked} }} }}
            }}
        """
        answer = await self._mutate(query, {"input": inputs}, viewer or self._editor)
        outcomes = answer["data"]["done"]["outcomes"]
        for error in (error for outcome in outcomes for error in outcome["userErrors"]):
            del error["field"][1]
        return self._noted(verb, inputs, outcomes)

    async def do_each(self, verb: str, inputs: list[dict[str, Any]]) -> list[Any]:
        """What is answered to the rows of a list, one after the other."""
        one, _, type_, asked = VERBS[verb]
        query = f"mutation($input: {type_}!) {{ done: {one}(input: $input) {{ {asked} }} }}"
        answers = [await self._mutate(query, {"input": each}, self._editor) for each in inputs]
        return self._noted(verb, inputs, [answer["data"]["done"] for answer in answers])

    def _noted(self, verb: str, inputs: list[dict[str, Any]], outcomes: list[Any]) -> list[Any]:
        """Outcomes without ids; those of new places are kept."""
        for given_, outcome in zip(inputs, outcomes, strict=True):
            if outcome.get("location") is not None:
                id_ = outcome["location"].pop("id")
                if verb == "add":
                    self.places.append((given_["npi"], id_))
        return outcomes

    async def state(self) -> list[Mapping[str, Any]]:
        """All that can be seen of it, without ids and times."""
        found = [await self._database.read(each, {"npis": self.npis}) for each in (_STATE, _CHANGES)]
        return [dict(row) for rows_ in found for row in rows_]


@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lists=LISTS)
async def test_lists_do_what_their_rows_do_one_after_the_other(
    mutate: Mutate, written: Database, lists: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    apart, together = World(mutate, written), World(mutate, written)
    await apart.begin()
    await together.begin()
    for verb, listed in lists:
        one = await apart.do_each(verb, list(apart.inputs(verb, listed)))
        many = await together.do_many(verb, list(together.inputs(verb, listed)))
        assert one == many
        assert await apart.state() == await together.state()
