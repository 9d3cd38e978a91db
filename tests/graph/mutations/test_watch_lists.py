"""Watch lists: made, changed and deleted by their owners, whom alone they are there for, and within bounds."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import Database
from db.npi import check_digit
from db.reads import Read
from db.statement import compiled
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.mutations.watch_list_editing import MAX_LISTS, MAX_NPIS
from tests.graph.mutations.conftest import BY_HAND, EDITOR, HOLZER, OBRIEN, Mutate

PARTNER = Viewer("partner one", frozenset({"PARTNER"}))
OTHER = Viewer("partner two", frozenset({"PARTNER"}))
# The same subject by another issuer's word.
NAMESAKE = Viewer("partner one", frozenset({"PARTNER"}), issuer="https://other.example")
CHIEF = Viewer("chief", frozenset({"ADMIN"}))

PAYLOAD = """
    watchList { id name npiCount version filter { states cities isActive words parentNames } }
    userErrors { code message field currentVersion differing }
"""
CREATE = f"""
    mutation($input: CreateWatchListInput!, $only: Boolean = false) {{
      done: createWatchList(input: $input, validateOnly: $only) {{ {PAYLOAD} }}
    }}
"""
UPDATE = f"mutation($input: UpdateWatchListInput!) {{ done: updateWatchList(input: $input) {{ {PAYLOAD} }} }}"
ADD = f"mutation($input: WatchListNpisInput!) {{ done: addToWatchList(input: $input) {{ {PAYLOAD} }} }}"
REMOVE = f"mutation($input: WatchListNpisInput!) {{ done: removeFromWatchList(input: $input) {{ {PAYLOAD} }} }}"
DELETE = """
    mutation($input: DeleteWatchListInput!) {
      done: deleteWatchList(input: $input) { deletedId userErrors { code field } }
    }
"""
# Of a list with an id.
VERBS = (
    ("createWatchList", '{{name: "a", npis: []}}'),
    ("updateWatchList", '{{id: "{id}", name: "b"}}'),
    ("addToWatchList", '{{id: "{id}", npis: ["1234567893"]}}'),
    ("removeFromWatchList", '{{id: "{id}", npis: ["1234567893"]}}'),
    ("deleteWatchList", '{{id: "{id}"}}'),
)
NAMES = "{ watchLists { nodes { name } } }"


def numbers(count: int) -> list[str]:
    """As many NPIs as are asked for."""
    bodies = (f"19{place:07}" for place in range(count))
    return [body + check_digit(body) for body in bodies]


async def done(mutate: Mutate, query: str, given: Any, viewer: Viewer = PARTNER, **variables: Any) -> Any:
    answer = await mutate(query, {"input": given, **variables}, viewer)
    assert "errors" not in answer, answer
    return answer["data"]["done"]


async def made(mutate: Mutate, viewer: Viewer = PARTNER, **given: Any) -> Any:
    payload = await done(mutate, CREATE, {"name": "Our suppliers", **given}, viewer)
    assert payload["userErrors"] == []
    return payload["watchList"]


def codes(payload: Any) -> set[tuple[str, str]]:
    return {(".".join(each["field"][1:]), each["code"]) for each in payload["userErrors"]}


async def test_a_list_of_numbers_grows_and_shrinks(mutate: Mutate) -> None:
    made_ = await made(mutate, npis=[OBRIEN, OBRIEN, "1234567893"])
    assert (made_["npiCount"], made_["version"], made_["filter"]) == (2, 1, None)
    id_ = made_["id"]
    grown = await done(mutate, ADD, {"id": id_, "npis": [OBRIEN, BY_HAND]})
    assert (grown["watchList"]["npiCount"], grown["watchList"]["version"]) == (3, 2)
    same = await done(mutate, ADD, {"id": id_, "npis": [OBRIEN], "ifVersion": 2})
    assert same["watchList"]["version"] == 2
    late = await done(mutate, REMOVE, {"id": id_, "npis": [OBRIEN], "ifVersion": 1})
    assert (codes(late), late["userErrors"][0]["currentVersion"]) == ({("ifVersion", "CONFLICT")}, 2)
    shrunk = await done(mutate, REMOVE, {"id": id_, "npis": [OBRIEN, HOLZER]})
    assert (shrunk["watchList"]["npiCount"], shrunk["watchList"]["version"]) == (2, 3)
    assert codes(await done(mutate, UPDATE, {"id": id_, "filter": {"isActive": True}})) == {("filter", "INVALID")}
    assert await done(mutate, DELETE, {"id": id_}) == {"deletedId": id_, "userErrors": []}
    assert (await mutate(NAMES, viewer=PARTNER))["data"]["watchLists"]["nodes"] == []


async def test_a_filter_is_kept_as_it_is_read(mutate: Mutate) -> None:
    filter_ = {
        "states": ["tx", "Bayern"], "cities": [" San Marcos ", "San Marcos"], "words": ["M.D.", "Care"],
        "postalCodes": ["78701-1234"], "isActive": False,
    }  # fmt: skip
    found = await made(mutate, filter=filter_)
    assert found["npiCount"] is None
    assert found["filter"] == {
        "states": ["TX", "Bayern"], "cities": ["San Marcos"], "words": ["m", "d", "care"], "isActive": False,
        "parentNames": None,
    }  # fmt: skip
    id_ = found["id"]
    other = await done(mutate, UPDATE, {"id": id_, "name": "Others", "filter": {"parentNames": ["Müller Gruppe"]}})
    assert other["watchList"]["filter"]["parentNames"] == ["Müller Gruppe"]
    assert (other["watchList"]["filter"]["states"], other["watchList"]["version"]) == (None, 2)
    assert codes(await done(mutate, ADD, {"id": id_, "npis": [OBRIEN]})) == {("id", "INVALID")}


async def test_all_that_is_wrong_is_told(mutate: Mutate) -> None:
    wrong = {
        "states": ["Texas"], "cities": ["'"], "postalCodes": ["123"], "taxonomyCodes": ["332B"], "words": [" "],
        "parentNames": ["x"] * 101,
    }  # fmt: skip
    assert codes(await done(mutate, CREATE, {"name": " ", "filter": wrong, "npis": []})) == {
        ("name", "BLANK"), ("", "INVALID"), ("filter.states.0", "INVALID"), ("filter.cities.0", "INVALID"),
        ("filter.postalCodes.0", "INVALID"), ("filter.taxonomyCodes.0", "INVALID"), ("filter.words.0", "BLANK"),
        ("filter.parentNames", "TOO_MANY"),
    }  # fmt: skip
    words = await done(mutate, CREATE, {"name": "a", "filter": {"words": ["a b c d", "1234567893"]}})
    assert codes(words) == {("filter.words", "TOO_MANY"), ("filter.words", "INVALID")}
    nothings: list[dict[str, Any]] = [{}, {"states": [], "isActive": None}]
    for nothing in nothings:
        assert codes(await done(mutate, CREATE, {"name": "a", "filter": nothing})) == {("filter", "BLANK")}
    assert codes(await done(mutate, CREATE, {"name": "a"})) == {("", "INVALID")}
    assert codes(await done(mutate, DELETE, {"id": f"company:{OBRIEN}"})) == {("id", "INVALID")}


async def test_nobody_sees_or_changes_another_ones_list(mutate: Mutate) -> None:
    id_ = (await made(mutate, npis=[OBRIEN]))["id"]
    seen = f'{{ watchList(id: "{id_}") {{ name companies {{ nodes {{ npi }} }} }} }}'
    assert (await mutate(seen, viewer=PARTNER))["data"]["watchList"]["companies"]["nodes"] == [{"npi": OBRIEN}]
    missing = seen.replace(id_, f"watch-list:{OBRIEN.zfill(8)[:8]}-0000-4000-8000-000000000000")
    for stranger in (OTHER, NAMESAKE, CHIEF, EDITOR):
        foreign, none = [await mutate(query, viewer=stranger) for query in (seen, missing)]
        assert foreign == none
        assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await mutate(NAMES, viewer=stranger))["data"]["watchLists"]["nodes"] == []
        for query, given in (
            (UPDATE, {"name": "Mine"}),
            (ADD, {"npis": [BY_HAND]}),
            (REMOVE, {"npis": [OBRIEN]}),
            (DELETE, {}),
        ):
            assert codes(await done(mutate, query, {"id": id_, **given}, stranger)) == {("id", "NOT_FOUND")}
        await made(mutate, stranger, npis=[])


@pytest.mark.parametrize("role", [None, *(each.name for each in Role)])
async def test_lists_are_for_those_who_may(mutate: Mutate, role: str | None) -> None:
    """Each verb on a list that isn't there: who may learns that, and nobody else does."""
    viewer = Viewer("somebody", frozenset({role})) if role else ANONYMOUS
    id_ = "watch-list:00000000-0000-4000-8000-000000000000"
    fields = " ".join(
        f"{verb}(input: {given.format(id=id_)}) {{ userErrors {{ code }} }}" for verb, given in VERBS
    )
    told = await mutate(f"mutation {{ {fields} }}", viewer=viewer)
    seen = await mutate(NAMES, viewer=viewer)
    if role in {"PARTNER", "EDITOR", "ADMIN"}:
        assert [each["userErrors"] for each in told["data"].values()] == [[], *[[{"code": "NOT_FOUND"}]] * 4]
        assert seen["data"]["watchLists"]["nodes"] == [{"name": "a"}]
        return
    codes = [error["extensions"]["code"] for answer in (told, seen) for error in answer["errors"]]
    assert codes == ["FORBIDDEN"] * (len(VERBS) + 1)
    assert set(told["data"].values()) == {None}


async def test_a_name_is_taken_once(mutate: Mutate) -> None:
    await made(mutate, npis=[])
    second = await made(mutate, name="Second", filter={"isActive": True})
    again = {"name": "Our suppliers", "npis": []}
    assert codes(await done(mutate, CREATE, again)) == {("name", "TAKEN")}
    assert codes(await done(mutate, UPDATE, {"id": second["id"], "name": again["name"]})) == {("name", "TAKEN")}
    assert codes(await done(mutate, UPDATE, {"id": second["id"], "name": "Second"})) == set()
    at_once = await asyncio.gather(*(done(mutate, CREATE, {"name": "Third", "npis": []}) for _ in range(4)))
    assert sorted(len(each["userErrors"]) for each in at_once) == [0, 1, 1, 1]


async def test_an_owner_has_so_many_lists_and_a_list_so_many_numbers(mutate: Mutate) -> None:
    many = numbers(MAX_NPIS + 1)
    id_ = (await made(mutate, npis=many[:1000]))["id"]
    assert codes(await done(mutate, ADD, {"id": id_, "npis": many[:1001]})) == {("npis", "TOO_MANY")}
    for start in range(1000, MAX_NPIS, 1000):
        payload = await done(mutate, ADD, {"id": id_, "npis": many[start : start + 1000]})
    assert payload["watchList"]["npiCount"] == MAX_NPIS
    full = await done(mutate, ADD, {"id": id_, "npis": many[-2:]})
    assert (codes(full), full["watchList"]) == ({("npis", "TOO_MANY")}, None)
    for number in range(MAX_LISTS - 1):
        await made(mutate, name=str(number), npis=[])
    assert codes(await done(mutate, CREATE, {"name": "more", "npis": []})) == {("", "TOO_MANY")}
    await made(mutate, OTHER, npis=[])


async def test_what_is_only_tried_is_shown_and_not_kept(mutate: Mutate) -> None:
    tried = await done(mutate, CREATE, {"name": "a", "npis": [OBRIEN]}, only=True)
    assert (tried["watchList"]["npiCount"], tried["userErrors"]) == (1, [])
    assert (await mutate(NAMES, viewer=PARTNER))["data"]["watchLists"]["nodes"] == []


async def test_a_list_that_is_made_again_by_its_key_is_made_once(mutate: Mutate) -> None:
    first, second = [
        await mutate(CREATE, {"input": {"name": "a", "npis": [OBRIEN]}}, PARTNER, key="6f1a") for _ in range(2)
    ]
    assert first["data"] == second["data"]
    assert second["extensions"]["idempotency"] == {"replayed": True}


async def test_a_list_is_no_change(mutate: Mutate) -> None:
    before = (await mutate("{ dataset { cursor } }"))["data"]
    answer = await mutate(CREATE, {"input": {"name": "a", "npis": [OBRIEN]}}, PARTNER)
    assert "extensions" not in answer
    assert (await mutate("{ dataset { cursor } }"))["data"] == before


async def test_a_list_verifies_its_numbers_as_they_are_verified_elsewhere(mutate: Mutate) -> None:
    npis = (await mutate("{ companies(first: 200) { nodes { npi } } }"))["data"]["companies"]["nodes"]
    asked = sorted({*(each["npi"] for each in npis), "1234567893", "2999999958", "2999999917", "2999999966"})
    fields = "input result name deactivatedOn reactivatedOn replacementNpi company { npi } didYouMean { npi name }"
    elsewhere = await mutate(
        f"query($npis: [String!]!) {{ verifyNpis(npis: $npis) {{ {fields} }} }}", {"npis": asked}, PARTNER
    )
    id_ = (await made(mutate, npis=asked))["id"]
    query = f"""
        query($id: ID!, $first: Int, $after: String, $results: [NpiCheckResult!]) {{
          watchList(id: $id) {{
            verification(first: $first, after: $after, results: $results) {{
              nodes {{ {fields} }} pageInfo {{ endCursor hasNextPage }}
            }}
          }}
        }}
    """
    found: list[Any] = []
    after, more = None, True
    while more:
        answer = await mutate(query, {"id": id_, "first": 90, "after": after}, PARTNER)
        page = answer["data"]["watchList"]["verification"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == elsewhere["data"]["verifyNpis"]
    answer = await mutate(query, {"id": id_, "results": ["NOT_FOUND"]}, PARTNER)
    assert [each["input"] for each in answer["data"]["watchList"]["verification"]["nodes"]] == ["1234567893"]


async def test_a_list_tells_of_licenses_that_are_about_to_expire(mutate: Mutate, written: Database) -> None:
    insert = """
        INSERT INTO licenses (id, npi, kind, number, expires_on, source)
        SELECT gen_random_uuid(), npi, 'OTHER', npi || ' ' || days,
          (now() AT TIME ZONE 'UTC')::date + days, 'MANUAL'
        FROM unnest('{2999999925,2999999941}'::text[]) AS npi, unnest('{-1,0,10,11}'::int[]) AS days
    """
    async with written.transaction() as transaction:
        await transaction.read(compiled(text(insert)))
    numbers_ = await made(mutate, npis=[BY_HAND, OBRIEN])
    by_filter = await made(mutate, name="Subparts", filter={"parentNames": ["MULLER GRUPPE"]})
    query = """
        query($days: Int! = 30) {
          watchLists { nodes { id expiringLicenses(withinDays: $days) { nodes { number company { npi } } } } }
        }
    """

    answer = await mutate(query, {"days": 10}, PARTNER)
    pages = {each["id"]: each["expiringLicenses"] for each in answer["data"]["watchLists"]["nodes"]}
    for id_, npi in ((numbers_["id"], BY_HAND), (by_filter["id"], HOLZER)):
        assert pages[id_]["nodes"] == [{"number": f"{npi} {days}", "company": {"npi": npi}} for days in (0, 10)]
    one = f"""
        query($after: String) {{
          watchList(id: "{numbers_["id"]}") {{
            expiringLicenses(first: 1, after: $after) {{ nodes {{ number }} pageInfo {{ endCursor }} }}
          }}
        }}
    """
    seen, after = [], None
    for _ in range(3):
        page = (await mutate(one, {"after": after}, PARTNER))["data"]["watchList"]["expiringLicenses"]
        seen += [each["number"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == [f"{BY_HAND} {days}" for days in (0, 10, 11)]
    wrong = await mutate(query, {"days": -1}, PARTNER)
    assert {error["extensions"]["code"] for error in wrong["errors"]} == {"BAD_USER_INPUT"}


async def test_who_follows_from_before_or_beyond_the_log_is_told(mutate: Mutate, written: Database) -> None:
    query = "query($id: ID!, $after: String) { watchList(id: $id) { changes(after: $after) { nodes { npi } } } }"
    for given in ({"npis": [OBRIEN]}, {"filter": {"isActive": True}}):
        id_ = (await made(mutate, name=str(given), **given))["id"]
        answer = await mutate(query, {"id": id_, "after": "999999999"}, PARTNER)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["CURSOR_EXPIRED"]
    async with written.transaction() as transaction:
        await transaction.read(compiled(text("UPDATE change_marks SET cursor = 5")))
    answer = await mutate(query, {"id": id_, "after": "4"}, PARTNER)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CURSOR_EXPIRED"]


async def test_a_cursor_is_good_for_its_own_list(mutate: Mutate) -> None:
    for name in ("a", "b"):
        await made(mutate, name=name, npis=[OBRIEN, BY_HAND, HOLZER])
    query = """
        query($after: String) {
          watchLists { nodes { name companies(first: 1, after: $after) { nodes { npi } pageInfo { endCursor } } } }
        }
    """
    first, _ = (await mutate(query, viewer=PARTNER))["data"]["watchLists"]["nodes"]
    answer = await mutate(query, {"after": first["companies"]["pageInfo"]["endCursor"]}, PARTNER)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_CURSOR"]


async def test_a_list_is_not_ordered_by_relevance(mutate: Mutate) -> None:
    await made(mutate, npis=[OBRIEN])
    query = "{ watchLists { nodes { companies(orderBy: [{field: RELEVANCE}]) { nodes { npi } } } } }"
    [error] = (await mutate(query, viewer=PARTNER))["errors"]
    assert error["message"] == "The companies of a watch list aren't ordered by RELEVANCE."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("field", ["states", "cities", "postalCodes", "parentNames"])
async def test_what_no_change_could_be_found_by_is_too_long(mutate: Mutate, field: str) -> None:
    fits = await done(mutate, CREATE, {"name": "fits", "filter": {field: [330 * "\u65e5"]}})
    assert codes(fits) == set()
    longer = await done(mutate, CREATE, {"name": "longer", "filter": {field: ["Reno", 331 * "\u65e5"]}})
    assert codes(longer) == {(f"filter.{field}", "TOO_LONG")}


@pytest.fixture
def statements(written: Database, monkeypatch: pytest.MonkeyPatch) -> list[Read]:
    """The statements that `written` has run."""
    found: list[Read] = []
    monkeypatch.setattr(written, "_observe", found.append)
    return found


async def test_as_many_statements_are_sent_for_one_list_as_for_twelve(
    mutate: Mutate, statements: list[Read]
) -> None:
    query = """
        {
          watchLists {
            nodes {
              npiCount
              companies(first: 2) { totalCount { value } nodes { npi locations(first: 1) { nodes { id } } } }
              verification(first: 2) { nodes { result } }
              changes(first: 2, after: "0") { edges { effect node { company { name } } } }
            }
          }
        }
    """
    counts = []
    for number in range(12):
        await made(mutate, name=f"n{number}", npis=[OBRIEN, HOLZER])
        await made(mutate, name=f"f{number}", filter={"states": ["TX"], "words": ["supply"]})
        if number in {0, 11}:
            del statements[:]
            assert "errors" not in await mutate(query, viewer=PARTNER)
            counts.append(len(statements))
    assert counts[0] == counts[1] > 0
