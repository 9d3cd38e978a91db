"""How addresses are compared, and the ids that come of it."""

import uuid

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.nppes.addresses import NAMESPACE, key, location_ids


def keys(*rows: tuple[str | None, str | None, str | None, str | None, str | None]) -> list[str]:
    names = ("line1", "line2", "city", "state", "postal_code")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.select(key(*(pl.col(name) for name in names))).to_series().to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 Main Street", "1 MAIN ST"),
        ("1 Main St.", "1 Main  St"),
        ("1 N Main St Ste 210", "1 North Main Street, Suite 210"),
        ("1 Main St #210", "1 Main St Suite # 210"),
        ("1 Main St Unit 2-A", "1 Main St Apt 2 A"),
        ("367 Dellwood Rd Bldg A", "367 Dellwood Road Building A"),
        ("12 O'Brien Ave", "12 OBrien Avenue"),
        ("2001 S. Gamett Rd", "2001 South Gamett Road"),
    ],
)
def test_spellings_of_one_street(one: str, other: str) -> None:
    first, second = keys((one, None, "Austin", "TX", "78701"), (other, "", "AUSTIN", "tx", "787011234"))
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 Main St", "2 Main St"),
        ("1 Main St Ste 1", "1 Main St Ste 2"),
        ("1 Main St", "1 Main Ave"),
        ("1 Main St", "1 Main St Ste 1"),
    ],
)
def test_different_streets(one: str, other: str) -> None:
    first, second = keys((one, None, "Austin", "TX", "78701"), (other, None, "Austin", "TX", "78701"))
    assert first != second


def test_the_second_line_may_stand_in_the_first() -> None:
    first, second = keys(
        ("1 Main St", "Ste 5", "Austin", "TX", "78701"), ("1 Main St Ste 5", None, "Austin", "TX", "78701")
    )
    assert first == second


@given(st.text())
def test_ids_are_uuid5(name: str) -> None:
    if name.isprintable():
        assert uuid.UUID(location_ids(pl.Series("id", [name]))[0]) == uuid.uuid5(NAMESPACE, name)


def test_ids_never_change() -> None:
    assert str(uuid.UUID(location_ids(pl.Series("id", ["1234567893:primary"]))[0])) == str(
        uuid.uuid5(uuid.UUID("6f0f6a52-3b1e-5d0c-9a77-52d3c1b8e4aa"), "1234567893:primary")
    )
