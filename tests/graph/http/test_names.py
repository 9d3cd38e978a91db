"""Names, places and states as people type and paste them, over HTTP: each finds what its plain form finds."""

# ruff: noqa: RUF001 - signs that look alike are what is tested

# ruff: noqa: E501 - tables keep a case on a line

from typing import Any

import pytest

from db.engine import connection_to
from graph.app import create_app

ROWS = r"""
INSERT INTO companies (npi, name, other_names, parent_name, npi_status, source) VALUES
  ('1083617286', 'ST. MARY''S MID-CITY "CARE" CAFE', '[{"name": "SUN\tVALLEY CLINIC", "kind": "OTHER"}]',
   'ACME GROUP', 'ACTIVE', 'NPPES'),
  ('1000000004', 'BEAUTIFUL SMILE L.L.C.', '[]', NULL, 'ACTIVE', 'NPPES'),
  ('1000000012', 'JOHN DOE, M.D., P.A.', '[]', NULL, 'ACTIVE', 'NPPES'),
  ('1000000020', 'JANE ROE MD PA', '[]', NULL, 'ACTIVE', 'NPPES'),
  ('1000000038', 'X Straße Łódź ﬁn', '[]', NULL, 'ACTIVE', 'NPPES'),
  ('1000000046', 'THE ONE AND ONLY TRULY GREAT NEW HOME OF HEALTH CARE FOR ALL OF US', '[]', NULL, 'ACTIVE', 'NPPES');
INSERT INTO locations (id, npi, kind, is_primary, city, state, country, source) VALUES
  (gen_random_uuid(), '1083617286', 'PRIMARY_PRACTICE', true, 'COEUR D''ALENE', 'ID', 'US', 'NPPES'),
  (gen_random_uuid(), '1000000004', 'PRIMARY_PRACTICE', true, 'MÜNCHEN', 'Bayern', 'DE', 'NPPES'),
  (gen_random_uuid(), '1000000012', 'PRIMARY_PRACTICE', true, 'TBILISI', 'GEORGIA', 'GE', 'NPPES'),
  (gen_random_uuid(), '1000000020', 'PRIMARY_PRACTICE', true, 'MONTREAL', 'Québec', 'CA', 'NPPES'),
  (gen_random_uuid(), '1000000038', 'PRIMARY_PRACTICE', true, 'TORONTO', 'On', 'CA', 'NPPES'),
  (gen_random_uuid(), '1000000046', 'PRIMARY_PRACTICE', true, 'MONTERREY', 'NUEVO LEÓN', 'MX', 'NPPES')
"""
CARE, SMILE, DOE, ROE, STRASSE, LONG = (
    "1083617286", "1000000004", "1000000012", "1000000020", "1000000038", "1000000046",
)  # fmt: skip
QUERY = "query ($filter: CompanyFilter) { companies(filter: $filter) { nodes { npi } } }"


@pytest.fixture(scope="module")
async def names(new_database_url: Any, settings_for: Any, serve: Any) -> Any:
    """The API over the rows above."""
    url = await new_database_url()
    async with connection_to(url) as connection:
        await connection.execute(ROWS)
    with serve(create_app(settings_for(url))) as server:
        yield server


def found(server: Any, filter_: dict[str, Any]) -> list[str]:
    answer = server.post(QUERY, {"filter": filter_}).json()
    assert "errors" not in answer, answer["errors"]
    return [node["npi"] for node in answer["data"]["companies"]["nodes"]]


# Ways to write the first name of the rows.
PASTED = (
    'St. Mary\'s Mid-City "Care" Cafe',
    "ST. MARY’S MID‑CITY “CARE” CAFÉ",
    "\ufeffst.\xa0marys mid–city „care” cafe\u0301 ",
    "St.\u3000Mary\u02bcs Mid\u2010City \u00abCare\u00bb Ｃａｆé\u2028",
    'St. M\u00adary`s\u200b Mid\u2212City\u200e "C\u2060are" Cafe',
)


@pytest.mark.parametrize("text", PASTED)
def test_a_name_is_found_however_it_is_written(names: Any, text: str) -> None:
    assert found(names, {"search": text}) == [CARE]
    assert found(names, {"name": {"eq": text}}) == [CARE]
    assert found(names, {"name": {"in": ["nobody", text]}}) == [CARE]
    assert found(names, {"name": {"startsWith": text[:15]}}) == [CARE]
    assert found(names, {"name": {"contains": text[4:20]}}) == [CARE]


@pytest.mark.parametrize(
    "city", ["Coeur d'Alene", " COEUR D’ALENE\u3000", "coeur\xa0dʼalene\u200b", "Cœur d‘Alène"]
)
def test_a_city_is_found_however_it_is_written(names: Any, city: str) -> None:
    assert found(names, {"city": [city]}) == [CARE]


@pytest.mark.parametrize("parent", ["Acme Group", "\ufeffACME\xa0GROUP\t", "Ácme Group\u3000"])
def test_a_parent_is_found_however_it_is_written(names: Any, parent: str) -> None:
    assert found(names, {"parentName": [parent]}) == [CARE]


@pytest.mark.parametrize(
    ("text", "npis"),
    [
        ("valley", [CARE]), ("tvalley", []), ("sun valley clinic", [CARE]),
        ("beautiful smile llc", [SMILE]), ("beautiful smile l.l.c.", [SMILE]), ("smile l l c", [SMILE]),
        ("smile L. L. C.", [SMILE]), ("smile l.l", [SMILE]),
        ("md pa", [ROE, DOE]), ("m.d., p.a.", [ROE, DOE]), ("m d p a", [ROE, DOE]), ("M.D.", [ROE, DOE]),
        ("MD P.A.", [ROE, DOE]), ("m.d. roe", [ROE]), ("roe m.d. p", [ROE]), ("mdpa", [DOE]),
        ("strasse lodz", [STRASSE]), ("STRASSE ŁÓDŹ FIN", [STRASSE]), ("straße", [STRASSE]),
        ("The One And Only Truly Great New Home Of Health Care For All Of Us", [LONG]),
        ("care care care care care care care care care care care care care care care care care home", [LONG]),
        ("dianom", []),
    ],
)  # fmt: skip
def test_what_a_search_finds(names: Any, text: str, npis: list[str]) -> None:
    assert found(names, {"search": text}) == npis


@pytest.mark.parametrize(
    ("state", "npis"),
    [
        ("id", [CARE]), (" Id\xa0", [CARE]),
        ("Bayern", [SMILE]), ("BAYERN", [SMILE]), ("bayern", [SMILE]), (" bAYERN\u200b", [SMILE]),
        ("GEORGIA", [DOE]), ("Georgia ", [DOE]), ("GA", []),
        ("Québec", [ROE]), ("quebec", [ROE]), ("QUÉBEC", [ROE]),
        ("ON", [STRASSE]), ("on", [STRASSE]),
        ("Nuevo León", [LONG]), ("nuevo leon", [LONG]), ("nowhere", []),
    ],
)  # fmt: skip
def test_a_state_is_found_in_any_case(names: Any, state: str, npis: list[str]) -> None:
    assert found(names, {"state": [state]}) == npis
    assert found(names, {"hasLocation": {"state": ["ZZ", state]}}) == npis
    query = "query ($filter: LocationFilter) { locations(filter: $filter) { nodes { company { npi } } } }"
    nodes = names.post(query, {"filter": {"state": [state]}}).json()["data"]["locations"]["nodes"]
    assert [node["company"]["npi"] for node in nodes] == npis


def test_an_american_name_beside_a_foreign_one_is_told(names: Any) -> None:
    for filter_ in ({"state": ["Georgia", "Texas"]}, {"not": {"hasLocation": {"state": ["texas"]}}}):
        [error] = names.post(QUERY, {"filter": filter_}).json()["errors"]
        assert error["message"] == "state takes two-letter codes: TX for Texas."
