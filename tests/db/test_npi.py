"""National Provider Identifiers: the table of known numbers, and what a check digit catches."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.npi import check_digit, near, verdict

NINE = st.tuples(st.sampled_from("12"), st.text("0123456789", min_size=8, max_size=8)).map("".join)
NUMBERS = NINE.map(lambda nine: nine + check_digit(nine))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1234567893", "VALID"),
        ("1497758544", "VALID"),
        ("1023011178", "VALID"),
        ("1679576722", "VALID"),
        ("1588667638", "VALID"),
        ("1306849450", "VALID"),
        ("1234567890", "INVALID_CHECK_DIGIT"),
        ("6666666666", "INVALID_CHECK_DIGIT"),
        ("2000000007", "INVALID_CHECK_DIGIT"),
        ("9999999999", "INVALID_CHECK_DIGIT"),
        ("0000000006", "INVALID_FORMAT"),
        ("123456789", "INVALID_FORMAT"),
        ("12345678930", "INVALID_FORMAT"),
        ("123456789X", "INVALID_FORMAT"),
        ("１２３４５６７８９３", "INVALID_FORMAT"),
        ("١٢٣٤٥٦٧٨٩٣", "INVALID_FORMAT"),
        ("1234567893\n", "INVALID_FORMAT"),
        (" 1234567893", "INVALID_FORMAT"),
        ("", "INVALID_FORMAT"),
    ],
)
def test_known_numbers(number: str, expected: str) -> None:
    assert verdict(number) == expected


def test_the_check_digit_of_the_regulation_s_example() -> None:
    assert check_digit("123456789") == "3"


@given(number=NUMBERS)
def test_the_check_digit_is_luhn_s_with_the_issuer_s_prefix(number: str) -> None:
    total = 0
    for place, digit in enumerate(reversed("80840" + number)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    assert total % 10 == 0
    assert verdict(number) == "VALID"


@given(number=NUMBERS, place=st.integers(0, 9), digit=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_caught(number: str, place: int, digit: str) -> None:
    mistyped = number[:place] + digit + number[place + 1 :]
    assert (verdict(mistyped) == "VALID") is (mistyped == number)


@given(number=NUMBERS, place=st.integers(0, 8))
def test_every_swap_of_neighbours_is_caught_but_09_and_90(number: str, place: int) -> None:
    one, other = number[place], number[place + 1]
    swapped = number[:place] + other + one + number[place + 2 :]
    if one == other:
        return
    slips_through = {one, other} == {"0", "9"} and swapped[0] in "12"
    assert (verdict(swapped) == "VALID") is slips_through


@given(number=NUMBERS, place=st.integers(0, 9), digit=st.sampled_from("0123456789"))
def test_what_was_meant_is_near_a_number_with_a_wrong_digit(number: str, place: int, digit: str) -> None:
    mistyped = number[:place] + digit + number[place + 1 :]
    assert (number in near(mistyped)) is (mistyped != number)


@given(text=st.text("0123456789", min_size=10, max_size=10))
def test_near_a_number_is_every_npi_with_one_digit_another_or_two_neighbours_swapped(text: str) -> None:
    swapped = (text[:place] + text[place + 1] + text[place] + text[place + 2 :] for place in range(9))
    changed = (text[:place] + digit + text[place + 1 :] for place in range(10) for digit in "0123456789")
    expected = [each for each in dict.fromkeys([*swapped, *changed]) if verdict(each) == "VALID" and each != text]
    assert near(text) == expected
    assert len(expected) <= 19


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678933", "123456789X", "１２３４５６７８９３", "-123456789"]
)
def test_nothing_is_near_what_is_not_ten_digits(text: str) -> None:
    assert near(text) == []
