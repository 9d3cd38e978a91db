"""Licenses of companies against an oracle in plain Python: which are valid on a day, and which expire by when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from db import filters, licenses
from db.pages import Window, positions

TODAY = datetime.now(UTC).date()
DAYS = st.sampled_from([TODAY + timedelta(days=number) for number in (-400, -1, 0, 1, 30)])
NOBODY = filters.Group("or", ())
KINDS = st.sampled_from((None, "MEDICAL_EQUIPMENT", "PHARMACY", "OTHER"))


@given(st.data(), DAYS, KINDS)
async def test_a_company_has_a_valid_license_of_a_kind_on_a_day(
    scratch: Any, random_directories: Any, data: st.DataObject, day: date, kind: str | None
) -> None:
    rows = data.draw(random_directories(max_companies=5, max_locations=0))
    await scratch.fill(rows)
    npis = [*(row["npi"] for row in rows.companies), "2999999909"]
    held = await licenses.by_company(scratch.database, npis)
    for npi, own, found in zip(
        npis, held, await licenses.are_valid(scratch.database, npis, day, kind), strict=True
    ):
        expected = [each for each in rows.licenses if each["npi"] == npi]
        expected.sort(key=lambda each: (each["expires_on"], each["id"]))
        assert [row["id"] for row in own] == [each["id"] for each in expected]
        of_kind = [each for each in expected if kind in {None, each["kind"]}]
        valid = [each for each in of_kind if (each["issued_on"] or day) <= day <= each["expires_on"]]
        assert found == (bool(valid) if of_kind else None)


@given(st.data(), DAYS, DAYS, st.integers(1, 4), st.booleans())
async def test_what_expires_comes_once_and_the_soonest_first(
    scratch: Any,
    random_directories: Any,
    data: st.DataObject,
    since: date,
    until: date,
    size: int,
    backward: bool,  # noqa: FBT001
) -> None:
    rows = data.draw(random_directories(max_companies=6, max_locations=0))
    await scratch.fill(rows)
    npis = [row["npi"] for row in rows.companies][:4]
    place = positions(licenses.keys(licenses.SOONEST_FIRST))
    found: list[Any] = []
    position = None
    while True:
        window = Window(size, position, backward)
        [none, page] = await licenses.expiring(
            scratch.database, [NOBODY, filters.Test("npi", (npis,))], since, until, window
        )
        assert none.rows == []
        found += page.rows[::-1] if backward else page.rows
        if not (page.has_previous if backward else page.has_next):
            break
        position = place(page.rows[0 if backward else -1])
    expected = [row for row in rows.licenses if row["npi"] in npis and since <= row["expires_on"] <= until]
    expected.sort(key=lambda row: (row["expires_on"], row["id"]), reverse=backward)
    assert [row["id"] for row in found] == [row["id"] for row in expected]
