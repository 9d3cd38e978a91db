"""How many a list has, up to a limit that clients choose: counted alone, in bulk, or in a company's row."""

import pytest

from tests.graph.conftest import Ask

COUNTS = """
query ($limit: Int! = 1000, $npi: NPI!) {
  active: companies(first: 0, filter: {isActive: true}) { totalCount(limit: $limit) { value precision } }
  places: locations(first: 0, filter: {isPrimary: true}) { totalCount(limit: $limit) { value precision } }
  all: companies(first: 0) { totalCount { value precision } }
  company(npi: $npi) { locations(first: 1) { nodes { id } totalCount(limit: $limit) { value precision } } }
}
"""
OF_MANY = """{
  locations(first: 1, filter: {isPrimary: false}) { nodes { company { npi locations { totalCount { value } } } } }
}"""


async def counts(ask: Ask, **variables: object) -> dict[str, tuple[int, str]]:
    answer = await ask(COUNTS, variables)
    assert "errors" not in answer, answer
    data = {**answer["data"], "own": answer["data"]["company"]["locations"]}
    return {
        name: (data[name]["totalCount"]["value"], data[name]["totalCount"]["precision"])
        for name in ("active", "places", "all", "own")
    }


async def test_counting_stops_where_it_is_asked_to(ask: Ask) -> None:
    [first] = (await ask(OF_MANY))["data"]["locations"]["nodes"]
    npi, own = first["company"]["npi"], first["company"]["locations"]["totalCount"]["value"]
    assert own > 1
    exact = await counts(ask, npi=npi)
    assert {precision for _, precision in exact.values()} == {"EXACT"}
    assert exact["own"] == (own, "EXACT")
    assert all(exact[name][0] > 200 for name in ("active", "places", "all"))
    found = await counts(ask, npi=npi, limit=100)
    assert found == exact | dict.fromkeys(("active", "places"), (100, "AT_LEAST"))
    found = await counts(ask, npi=npi, limit=1)
    assert found == dict.fromkeys(("active", "places", "own"), (1, "AT_LEAST")) | {"all": exact["all"]}


@pytest.mark.parametrize("limit", [0, -1, 10_001])
async def test_counting_to_nowhere_is_refused(ask: Ask, limit: int) -> None:
    answer = await ask(f"{{ companies(first: 0) {{ totalCount(limit: {limit}) {{ value }} }} }}")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == f"limit is {limit}; it must be from 1 to 10000."
