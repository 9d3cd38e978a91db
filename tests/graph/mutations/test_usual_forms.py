"""What is read by a shorter way, since it has the form that most have, is read as by the long one."""

from hypothesis import example, given
from hypothesis import strategies as st

from graph.mutations.phones import read_any, read_phone
from graph.mutations.texts import USUAL_ADDRESS, read_any_web_address, read_web_address

BETWEEN = st.sampled_from(["", " ", "-", ".", "(", ")", ") ", "+", "x"])


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Numbers much like American ones."""
    area = draw(
        st.sampled_from(["512", "212", "800", "900", "555", "787", "242", "671", "99", "112", "456", "710"])
    )
    office = draw(st.one_of(st.just("555"), st.integers(0, 9999).map(str)))
    line = draw(st.integers(0, 99999).map(str))
    code = draw(st.sampled_from(["", "1", "+1", "1-", "+1 ", "+44", "001"]))
    signs = [draw(BETWEEN) for _ in range(3)]
    return f"{code}{signs[0]}{area}{signs[1]}{office}{signs[2]}{line}"


@given(text=numbers(), country=st.sampled_from(["US", "CA", "GB"]))
@example(text="(512) 555-0142", country="US")
@example(text="512 555 0142", country="US")
def test_a_telephone_number_of_the_usual_form(text: str, country: str) -> None:
    assert read_phone(text, country) == read_any(text, country)


@given(st.from_regex(USUAL_ADDRESS, fullmatch=True))
@example("https://xn--mnchen-3ya.example/a//b/../~c")
def test_a_web_address_of_the_usual_form(address: str) -> None:
    assert read_web_address(address) == read_any_web_address(address) == address


def test_most_have_the_usual_form() -> None:
    assert read_phone("(512) 555-0142", "US") == "+15125550142"
    assert USUAL_ADDRESS.fullmatch("https://supplies.example/shop/start")
