"""Texts of every kind in every input: what is kept reads back as it was told, and all else is told, not thrown."""

import random
import unicodedata
from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from graph.mutations.address_input import AddressInput, read_address
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems
from graph.types.countries import AMERICAN, COUNTRIES
from tests.graph.mutations.conftest import ADMIN, BY_HAND, OBRIEN, Mutate

LOCATION = (
    "name email phone phoneExtension fax timeZone address { line1 line2 city state postalCode plus4 country }"
)
COMPANY = """
    name website taxId parentName phone fax
    mailingAddress { line1 line2 city state postalCode plus4 country }
"""
UPDATE_COMPANY = f"""
    mutation($input: UpdateCompanyInput!) {{
      done: updateCompany(input: $input) {{ row: company {{ {COMPANY} }} userErrors {{ code message field }} }}
    }}
"""
ADD = f"""
    mutation($input: AddLocationInput!) {{
      done: addLocation(input: $input) {{ row: location {{ id {LOCATION} }} userErrors {{ code message field }} }}
    }}
"""
UPDATE_LOCATION = f"""
    mutation($input: UpdateLocationInput!) {{
      done: updateLocation(input: $input) {{
        row: location {{ id {LOCATION} }} userErrors {{ code message field }}
      }}
    }}
"""
REMOVE = "mutation($id: ID!) { removeLocation(input: {id: $id}) { userErrors { code } } }"

# What breaks somewhere: halves of pairs, NUL, what turns lines round, what can't be seen, what grows when it is
# normalised or folded, and characters of two, three and four bytes.
HARD = (
    "\ud800\udfff\x00\x1b\x7f\x85\u2028\u202e\u2066\u200b\u200d\ufeff\u00ad\u0301\u1e9b\ufdfa\u3000\u00a0\ue000"
    "ßﬃ日😀İ"
)
PLAIN = "abzA Z019-.'@:/%+#\\\"<>"
HARD_TEXTS = st.text(st.sampled_from(HARD + PLAIN), max_size=12) | st.text(st.characters(), max_size=12)
LONG = st.builds(
    lambda seed, characters, size: "".join(random.Random(seed).choices(characters, k=size)),  # noqa: S311
    st.integers(0, 10**6),
    st.sampled_from(
        ("abc xyz", "\ufdfa\ufdfb\u33ab", "日本語文字列", "\U00020000\U00020001\U0002a6d0", "\u1e9b\u0323ﬃ")
    ),
    st.sampled_from((19, 20, 99, 100, 199, 200, 300, 500, 501)),
)
GOOD = {
    "email": ("info@example.com", "Info@EXAMPLE.com", "ünï@exämple.de", '"a b"@example.com'),
    "website": ("example.com", "HTTPS://Exämple.DE:8443/Ä?q=1#x", "http://日本.example/", "http://127.0.0.1/"),
    "phone": ("(512) 555-0142", "+44 20 7946 0018", "020 7946 0018", "5125550142 x9"),
    "taxId": ("12-3456789", "123456789 ", "12-345678"),
    "timeZone": ("America/Chicago", "america/chicago", "Factory", "UTC", "../UTC", "America"),
    "state": ("TX", " tx", "PR", "AE", "XX", "Bayern"),
    "postalCode": ("78701", "78701-1234", "787011234", "K1A 0B1", "7870"),
    "country": ("US", "us ", "de", "PR", "XK", "AC", "Texas"),
}
GOOD["fax"] = GOOD["phone"]


GOOD_PLACES = (
    {"line1": "1 A St", "city": "Austin", "state": "tx", "postalCode": "78701-0001"},
    {"line1": "1 High St", "line2": "Flat 2", "city": "London", "postalCode": "N1 9GU", "country": "gb"},
)


def texts(name: str) -> st.SearchStrategy[Any]:
    good = GOOD.get(name, ("1 Main St", "9 Dock Rd", "Café"))
    mended = st.builds(lambda one, two, text: one + text + two, HARD_TEXTS, HARD_TEXTS, st.sampled_from(good))
    return st.none() | st.sampled_from(good) | HARD_TEXTS | LONG | mended


def some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """A few values of any kind."""
    return st.lists(st.sampled_from(names), max_size=3, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({name: texts(name) for name in chosen})
    )


ADDRESS = st.builds(
    lambda good, others: {**good, **{name: text or "" for name, text in others.items()}},
    st.sampled_from(GOOD_PLACES),
    st.just({}) | some("line1", "line2", "city", "state", "postalCode", "country"),
)


def inputs(address: str, *names: str) -> st.SearchStrategy[dict[str, Any]]:
    """An address that is mostly good, and a few other values."""
    placed = ADDRESS.map(lambda place: {address: place})
    return st.builds(lambda place, others: {**place, **others}, st.just({}) | placed, some(*names))


OF_COMPANY = inputs("mailingAddress", "name", "website", "taxId", "parentName", "phone", "fax")
OF_LOCATION = inputs("address", "name", "email", "phone", "phoneExtension", "fax", "timeZone")
AUSTIN = {"line1": "1 A St", "city": "Austin", "state": "TX", "postalCode": "78701"}


async def told(mutate: Mutate, query: str, given: Any) -> Any:
    """The payload of a mutation, which has a row or says of values that were given what is wrong with them."""
    answer = await mutate(query, {"input": given}, ADMIN)
    assert "errors" not in answer, (given, answer)
    payload = answer["data"]["done"]
    assert (payload["row"] is None) == bool(payload["userErrors"])
    for error in payload["userErrors"]:
        assert error["field"][0] == "input"
        assert len(error["message"]) < 200
        value: Any = {"input": given}
        for step in error["field"][:-1]:
            value = value[step]
    return payload


def again(row: dict[str, Any], address: str) -> dict[str, Any]:
    """What is kept, as an input."""
    sent = {name: value for name, value in row.items() if name not in {"id", "taxId"}}
    if place := sent.get(address):
        plus4 = place["plus4"]
        code = f"{place['postalCode']}-{plus4}" if plus4 else place["postalCode"]
        sent[address] = {name: value for name, value in place.items() if name != "plus4"} | {"postalCode": code}
    return sent


EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EXAMPLES
@given(given=OF_COMPANY)
async def test_whatever_a_company_is_given_is_kept_or_told(mutate: Mutate, given: dict[str, Any]) -> None:
    payload = await told(mutate, UPDATE_COMPANY, {"npi": BY_HAND, **given})
    event("kept" if payload["row"] else "told")
    if payload["row"] is None:
        return
    row = payload["row"]
    for name in given.keys() & {"name", "parentName"}:
        assert row[name] is None or row[name] in unicodedata.normalize("NFC", given[name])
    query = f"query($npi: NPI!) {{ company(npi: $npi) {{ {COMPANY} }} }}"
    found = await mutate(query, {"npi": BY_HAND}, ADMIN)
    assert found["data"]["company"] == row
    same = await mutate(UPDATE_COMPANY, {"input": {"npi": BY_HAND, **again(row, "mailingAddress")}}, ADMIN)
    assert same["data"]["done"] == {"row": row, "userErrors": []}
    assert "extensions" not in same, "what is kept is another value when it is sent again"


@EXAMPLES
@given(given=OF_LOCATION)
async def test_whatever_a_place_is_given_is_kept_or_told(mutate: Mutate, given: dict[str, Any]) -> None:
    payload = await told(mutate, ADD, {"npi": OBRIEN, "address": AUSTIN, **given})
    event("kept" if payload["row"] else "told")
    if payload["row"] is None:
        return
    row = payload["row"]
    query = f"query($id: ID!) {{ location(id: $id) {{ id {LOCATION} }} }}"
    found = await mutate(query, {"id": row["id"]}, ADMIN)
    assert found["data"]["location"] == row
    same = await mutate(UPDATE_LOCATION, {"input": {"id": row["id"], **again(row, "address")}}, ADMIN)
    assert same["data"]["done"] == {"row": row, "userErrors": []}
    assert "extensions" not in same, "what is kept is another value when it is sent again"
    removed = await mutate(REMOVE, {"id": row["id"]}, ADMIN)
    assert removed["data"]["removeLocation"]["userErrors"] == []


def test_countries_are_those_of_the_standard() -> None:
    """Of telephone numbers more is known: two islands that ISO has only set aside."""
    without_telephone = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}
    assert frozenset(phonenumbers.SUPPORTED_REGIONS) ^ COUNTRIES == {*without_telephone, "AC", "TA"}
    assert AMERICAN.keys() < COUNTRIES
    assert len(COUNTRIES) == 249 + 1


@pytest.mark.parametrize(
    ("country", "state", "wrong"),
    [
        ("US", "PR", set()),
        ("US", "ap", set()),
        ("us\u200b", " tx ", set()),
        ("XK", None, set()),
        ("PR", "PR", {"country"}),
        ("AC", None, {"country", "state"}),
        ("US", "ON", {"state"}),
        ("US", None, {"state"}),
    ],
)
def test_states_are_those_of_their_country(country: str, state: str | None, wrong: set[str]) -> None:
    problems = Problems()
    given = AddressInput(line1="1 A St", city="A", country=country, state=state, postal_code="78701")
    read_address(given, problems, "address")
    told: list[Any] = [each["field"] for each in problems.found]
    assert {field[-1] for field in told} == wrong


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("example.com", "https://example.com"),
        (" HTTP://Example.COM/Path?q=1 ", "http://example.com/Path?q=1"),
        ("https://example.com:8443/#top", "https://example.com:8443/#top"),
        ("https://exämple.de/ä", "https://exämple.de/ä"),
        ("\u200bexample.com\u200b", "https://example.com"),
        ("https://user:secret@example.com", None),
        ("https://127.0.0.1/", None),
        ("https://localhost", None),
        ("ftp://example.com", None),
        ("javascript:alert(1)", None),
        ("https://example.com/<script>", None),
        ("https://exa mple.com", None),
        ("https://example.com/a\u3000b", None),
        ("https://-example.com", None),
        ("https://example..com", None),
        ("https://example.com:99999", None),
        ("https://[::1]/", None),
    ],
)
def test_a_web_address_is_one_that_a_browser_opens(given: str, kept: str | None) -> None:
    problems = Problems()
    assert Texts(problems).website(given, "input", "website") == kept
    assert bool(problems.found) == (kept is None)


@pytest.mark.parametrize(
    ("text", "kept", "code"),
    [
        ("  Café\u0301 \ufeff", "Café\u0301", None),
        ("Cafe\u0301", "Café", None),
        ("\u200b \u00ad", None, "BLANK"),
        ("a\u202eb", None, "INVALID"),
        ("a\u2028b", None, "INVALID"),
        ("a\x00b", None, "INVALID"),
        ("a\ud800b", None, "INVALID"),
        ("a\ue000b", None, "INVALID"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e", None),
        ("x" * 301, None, "TOO_LONG"),
        (" " + "x" * 300 + " ", "x" * 300, None),
    ],
)
def test_a_text_is_seen_as_it_is_written(text: str, kept: str | None, code: str | None) -> None:
    problems = Problems()
    assert Texts(problems).required(text, 300, "input", "name") == kept
    assert [each["code"] for each in problems.found] == ([code] if code else [])
