"""Arguments that nobody thought of: drawn at random, half right, over HTTP; never a 500, never a row too many."""


# ruff: noqa: E501 - tables keep a case on a line

import base64
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUERIES = {
    "companies": """
query(
  $first: Int, $after: String, $last: Int, $before: String, $filter: CompanyFilter, $orderBy: [CompanyOrder!]
) {
  companies(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount { value } pageInfo { hasNextPage endCursor } nodes { npi locations(first: $first) { nodes { id } } }
  }
}
""",
    "locations": """
query(
  $first: Int, $after: String, $last: Int, $before: String, $filter: LocationFilter, $near: NearInput
  $orderBy: LocationOrder
) {
  locations(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, near: $near, orderBy: $orderBy
  ) {
    totalCount { value } pageInfo { hasNextPage endCursor } nodes { id company { npi } }
  }
}
""",
}
KEYS = """query($id: ID!, $ids: [ID!]!, $npis: [String!]!) {
  node(id: $id) { id }
  nodes(ids: $ids) { id }
  verifyNpis(npis: $npis) { input result }
}"""

MASKED = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", None}

TEXT = st.text(max_size=8) | st.sampled_from(
    ("", "TX", "78701", "332B", "acme", "\0", "a\0b", "'", "' OR 1=1 --", "%", "\\", ":*", "&|!()<->", "\u2028", "ﬀ", "İ", "ß")
)  # fmt: skip
NUMBER = st.integers(-(2**70), 2**70) | st.integers(-2, 3) | st.floats() | st.sampled_from((0, 1, 200, 201, 2**31))
# Not every text: see test_an_unknown_field_whose_lower_case_is_longer.
FIELD = TEXT.filter(lambda text: len(text.lower()) == len(text))
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD, inner, max_size=3),
    max_leaves=6,
)
CURSOR = TEXT | JUNK.map(
    lambda content: base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
)
NPI = st.sampled_from(("2999999909", "1234567893", "1234567890", "")) | TEXT
ID = st.sampled_from(("company:2999999909", "location:00000000-0000-4000-8000-000000000003")) | TEXT
DAY = st.dates().map(str) | TEXT
INSTANT = (
    st.builds("{}T{}{}".format, st.dates(), st.times(), st.sampled_from(("Z", "+14:00", "-12:00", "+00:00", "")))
    | TEXT
)


def texts(values: st.SearchStrategy[Any] = TEXT) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3) | values | JUNK


PLACE = {"state": texts(), "city": texts(), "postalCode": texts()}
FILTER = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "isActive": st.booleans() | JUNK,
            "npi": texts(NPI),
            "npiStatus": texts(st.sampled_from(("ACTIVE", "GONE"))),
            "name": st.dictionaries(st.sampled_from(("eq", "startsWith", "contains", "in")), TEXT, max_size=2)
            | JUNK,
            "search": TEXT,
            "taxonomyCode": texts(),
            "taxonomyPrefix": texts(),
            "parentName": texts(),
            "nppesUpdatedOn": st.dictionaries(st.sampled_from(("from", "to")), DAY, max_size=2) | JUNK,
            "deactivatedOn": st.dictionaries(st.sampled_from(("from", "to")), DAY, max_size=2) | JUNK,
            "updatedAt": st.dictionaries(st.sampled_from(("from", "to")), INSTANT, max_size=2) | JUNK,
            **PLACE,
        },
    )
    | st.fixed_dictionaries({}, optional=PLACE)
    | JUNK,
    lambda inner: (
        st.dictionaries(st.sampled_from(("not", "hasLocation", "company")), inner, max_size=2)
        | st.dictionaries(st.sampled_from(("and", "or")), st.lists(inner, max_size=3), max_size=2)
    ),
    max_leaves=5,
)
NEAR = st.fixed_dictionaries(
    {}, optional={"latitude": NUMBER, "longitude": NUMBER, "radius": NUMBER, "postalCode": TEXT, "unit": TEXT}
)
ORDER = st.fixed_dictionaries(
    {"field": st.sampled_from(("NAME", "NPI", "UPDATED_AT", "COMPANY", "CITY", "DISTANCE", "X"))},
    optional={"direction": st.sampled_from(("ASC", "DESC", "UP"))},
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "first": NUMBER | JUNK, "last": NUMBER, "after": CURSOR, "before": CURSOR, "filter": FILTER, "near": NEAR,
        "orderBy": ORDER | st.lists(ORDER, max_size=3) | JUNK,
    },
)  # fmt: skip


def checked(response: Any) -> dict[str, Any]:
    """Return an answer that is as one may be: JSON, coded errors, nothing masked."""
    assert response.status_code < 500, response.text
    answer: dict[str, Any] = response.json()
    for error in answer.get("errors", ()):
        assert error["extensions"].get("code") not in MASKED, error
    return answer


@settings(max_examples=250, suppress_health_check=list(HealthCheck), deadline=None)
@given(field=st.sampled_from(sorted(QUERIES)), variables=ARGUMENTS)
def test_no_page_breaks_the_server(server: Any, field: str, variables: dict[str, Any]) -> None:
    answer = checked(server.post(QUERIES[field], variables))
    page = (answer.get("data") or {}).get(field)
    if page is not None:
        size = next((variables[name] for name in ("first", "last") if variables.get(name) is not None), 25)
        assert len(page["nodes"]) <= size <= 200


def test_an_unknown_field_whose_lower_case_is_longer(server: Any) -> None:
    checked(server.post(QUERIES["companies"], {"filter": {"İ": None}}))


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(id_=ID | JUNK, ids=st.lists(ID, max_size=4) | JUNK, npis=st.lists(NPI, max_size=4) | JUNK)
def test_no_key_breaks_the_server(server: Any, id_: object, ids: object, npis: object) -> None:
    answer = checked(server.post(KEYS, {"id": id_, "ids": ids, "npis": npis}))
    if answer.get("data"):
        # GraphQL takes a single value for a list of one.
        assert len(answer["data"]["nodes"]) == (len(ids) if isinstance(ids, list) else 1)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    text=st.text(max_size=6) | st.sampled_from(("\\u0000", "\\ud800", '\\"', '"')),
    field=st.sampled_from(("search", "city")),
)
def test_no_literal_breaks_the_server(server: Any, text: str, field: str) -> None:
    checked(server.post(f'{{ companies(first: 1, filter: {{{field}: "{text}"}}) {{ nodes {{ npi }} }} }}'))
