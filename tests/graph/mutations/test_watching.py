"""Who follows a watch list's changes keeps exactly the companies that it finds, whatever people change."""

import random
from collections.abc import Mapping
from typing import Any

from graph.identity.viewer import Viewer
from tests.graph.mutations.conftest import ADMIN, BY_HAND, HOLZER, OBRIEN, Mutate

PARTNER = Viewer("partner", frozenset({"PARTNER"}))
COMPANIES = [OBRIEN, BY_HAND, HOLZER]
NEW = ["1234567893", "1245319599", "1003000126"]

PLACES = [
    {"city": "Reno", "state": "NV", "postalCode": "89501"},
    {"city": "Austin", "state": "TX", "postalCode": "78701"},
    {"city": "AUSTIN", "state": "NV", "postalCode": "89310"},
    {"city": "München", "state": "Bayern", "postalCode": "80331", "country": "DE"},
]
TESTS: list[Mapping[str, Any]] = [
    {"states": ["NV"]}, {"states": ["bayern", "TX"]}, {"cities": ["austin"]}, {"cities": ["Munchen", "Reno"]},
    {"postalCodes": ["78701", "80331"]}, {"isActive": True}, {"isActive": False}, {"npiStatuses": ["UNKNOWN"]},
    {"npiStatuses": ["ACTIVE"]}, {"parentNames": ["Müller Gruppe", "Acme"]}, {"words": ["care"]},
    {"words": ["entered hand"]}, {"taxonomyCodes": ["332B00000X"]},
]  # fmt: skip
NAMES = ["Acme Care", "Entered Hand", "Other"]

FIND = """
    query($id: ID!, $after: String) {
      watchList(id: $id) {
        companies(first: 200, after: $after) { nodes { npi } pageInfo { endCursor hasNextPage } }
      }
    }
"""
FOLLOW = """
    query($id: ID!, $after: String) {
      watchList(id: $id) {
        changes(first: 3, after: $after) { edges { effect node { npi } } pageInfo { endCursor hasNextPage } }
      }
    }
"""


class Walk:
    """Random changes by hand, of some companies and of new ones."""

    def __init__(self, mutate: Mutate, rng: random.Random) -> None:
        self._mutate = mutate
        self._rng = rng
        self._locations: list[str] = []
        self._removed: list[str] = []
        self._companies = list(COMPANIES)

    async def step(self) -> None:
        """Change something; what can't be done isn't."""
        npi, place = self._rng.choice(self._companies), self._rng.choice(PLACES)
        address = {"line1": f"{self._rng.randint(1, 99)} A St", **place}
        match self._rng.randint(0, 6):
            case 0 if len(self._companies) < len(COMPANIES) + len(NEW):
                new = NEW[len(self._companies) - len(COMPANIES)]
                self._companies.append(new)
                given = {"npi": new, "name": self._rng.choice(NAMES), "parentName": "Acme"}
                await self._do("createCompany", "CreateCompanyInput", given)
            case 1 | 2:
                payload = await self._do("addLocation", "AddLocationInput", {"npi": npi, "address": address})
                self._locations += [payload["location"]["id"]] if payload["location"] else []
            case 3 if self._locations:
                id_ = self._rng.choice(self._locations)
                await self._do("updateLocation", "UpdateLocationInput", {"id": id_, "address": address})
            case 4 if self._locations:
                id_ = self._locations.pop(self._rng.randrange(len(self._locations)))
                self._removed.append(id_)
                await self._do("removeLocation", "LocationChoice", {"id": id_})
            case 5 if self._removed:
                id_ = self._removed.pop()
                await self._do("restoreLocation", "RestoreLocationInput", {"id": id_})
                self._locations.append(id_)
            case 6:
                flag = {"npi": npi, "isActive": self._rng.choice([True, False])}
                await self._do("setCompanyActive", "SetCompanyActiveInput", flag)
            case _:
                names = {"name": self._rng.choice(NAMES), "parentName": self._rng.choice(["Acme", ""])}
                await self._do("updateCompany", "UpdateCompanyInput", {"npi": npi, **names})

    async def _do(self, verb: str, type_: str, given: Mapping[str, Any]) -> Any:
        location = "" if "Compan" in verb else "location { id }"
        query = (
            f"mutation($input: {type_}!) {{ done: {verb}(input: $input) {{ {location} userErrors {{ code }} }} }}"
        )
        answer = await self._mutate(query, {"input": given}, ADMIN)
        assert "errors" not in answer, answer
        return answer["data"]["done"]


async def test_a_follower_keeps_what_its_list_finds(mutate: Mutate) -> None:
    rng = random.Random(11)  # noqa: S311 - what is tried, no secrets
    walk = Walk(mutate, rng)
    effects: set[str] = set()
    for round_ in range(24):
        tests = rng.sample(TESTS, rng.randint(1, 3))
        given: dict[str, Any] = {"filter": {key: value for test in tests for key, value in test.items()}}
        if round_ % 6 == 0:
            given = {"npis": rng.sample([*COMPANIES, *NEW], 4)}
        list_id = await made(mutate, f"list {round_}", given)
        after = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
        known = await found(mutate, list_id)
        for _ in range(8):
            await walk.step()
        effects |= await follow(mutate, list_id, after, known)
        assert known == await found(mutate, list_id), given
    assert effects == {"ENTERED", "STAYED", "LEFT"}


async def made(mutate: Mutate, name: str, given: Mapping[str, Any]) -> str:
    query = """
        mutation($input: CreateWatchListInput!) {
          createWatchList(input: $input) { watchList { id } userErrors { message } }
        }
    """
    answer = await mutate(query, {"input": {"name": name, **given}}, PARTNER)
    assert answer["data"]["createWatchList"]["userErrors"] == []
    return str(answer["data"]["createWatchList"]["watchList"]["id"])


async def found(mutate: Mutate, list_id: str) -> set[str]:
    """The companies that a list finds."""
    npis: set[str] = set()
    after, more = None, True
    while more:
        page = (await mutate(FIND, {"id": list_id, "after": after}, PARTNER))["data"]["watchList"]["companies"]
        npis |= {each["npi"] for each in page["nodes"]}
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return npis


async def follow(mutate: Mutate, list_id: str, after: str, known: set[str]) -> set[str]:
    """Read a list's changes, and keep what is known in step with them; the effects that there were."""
    effects: set[str] = set()
    more = True
    while more:
        page = (await mutate(FOLLOW, {"id": list_id, "after": after}, PARTNER))["data"]["watchList"]["changes"]
        for edge in page["edges"]:
            effects.add(edge["effect"])
            (known.discard if edge["effect"] == "LEFT" else known.add)(edge["node"]["npi"])
        after, more = page["pageInfo"]["endCursor"] or after, page["pageInfo"]["hasNextPage"]
    return effects
