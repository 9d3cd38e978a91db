"""What a payload shows of companies: rows as they were written, without reading them again."""

import asyncio
from collections.abc import Mapping

import pytest

from db import companies as directory
from db.columns import Columns
from db.edits import companies
from db.edits.edit import Edit
from db.engine import Database
from db.reads import Read
from tests.graph.mutations.conftest import ADMIN, BY_HAND, HOLZER, OBRIEN, Mutate

ALL = Columns(directory.READABLE)
ADDRESS = {"line1": "1 Dock Rd", "line2": None, "city": "Zürich", "state": "ZH", "postal_code": "8001"}
VALUES: Mapping[str, Mapping[str, object]] = {
    OBRIEN: {
        "website": "https://a.example/ł",
        "tax_id_last4": "6789",
        "is_active": False,
        "is_active_pinned": True,
    },
    BY_HAND: {"name": "Ünïted", "parent_name": None, "phone": None, "mailing_address": ADDRESS, "website": None},
    HOLZER: {},
}


@pytest.mark.parametrize("shown", [ALL, Columns(("version", "updated_at", "npi")), Columns(("name",))], ids=str)
async def test_a_row_as_it_is_written_is_what_a_read_finds(written: Database, shown: Columns) -> None:
    async with written.transaction() as transaction:
        locked = await companies.lock(transaction, list(VALUES), None, shown)
        edits = [Edit(locked[npi], values) for npi, values in VALUES.items()]
        expected = [companies.as_written(edit, shown) for edit in edits]
        await companies.write(transaction, edits)
        found = await directory.by_npi(transaction, list(VALUES), shown)
    assert [list(row) for row in expected] == [list(row or ())[: len(shown.names)] for row in found]
    assert [list(row.keys()) for row in expected] == [list(shown)] * len(VALUES)


async def test_companies_that_are_created_come_back_as_a_read_finds_them(written: Database) -> None:
    blank = dict.fromkeys(companies.EDITABLE)
    row = {**blank, "npi": "1999999984", "name": "New", "is_active": True, "is_active_pinned": False}
    async with written.transaction() as transaction:
        made = await companies.create(transaction, [row, {**row, "npi": OBRIEN}], ALL)
        [found] = await directory.by_npi(transaction, ["1999999984"], ALL)
    assert made.keys() == {"1999999984"}
    assert found is not None
    assert [made["1999999984"][name] for name in ALL if isinstance(name, str)] == list(found)


async def test_what_a_payload_shows_of_a_company_takes_no_statement(
    mutate: Mutate, run_statements: list[Read]
) -> None:
    shown = "company { npi name website version updatedAt mailingAddress { formatted } }"
    update = f'updateCompany(input: {{npi: "{OBRIEN}", website: "https://n.example"}}) {{ {shown} }}'
    await mutate(f"mutation {{ {update} }}", key="one")
    assert [read.text.split()[0] for read in run_statements] == ["WITH", "UPDATE", "WITH"]


async def test_fields_that_show_other_columns_read_them(mutate: Mutate) -> None:
    answer = await mutate(
        f"""mutation {{
          setCompanyActive(input: {{npi: "{OBRIEN}", isActive: false}}) {{
            company {{ isActive version }} again: company {{ npi isActive name }}
          }}
        }}""",
        viewer=ADMIN,
    )
    found = answer["data"]["setCompanyActive"]
    assert found["company"] == {"isActive": False, "version": 4}
    assert (found["again"]["npi"], found["again"]["isActive"]) == (OBRIEN, False)


async def test_what_is_only_tried_meets_the_database_all_the_same(
    mutate: Mutate, run_statements: list[Read]
) -> None:
    answer = await mutate(
        f"""mutation {{
          updateCompany(input: {{npi: "{OBRIEN}", website: "https://n.example"}}, validateOnly: true) {{
            company {{ website version }}
          }}
        }}"""
    )
    assert answer["data"]["updateCompany"]["company"] == {"website": "https://n.example", "version": 4}
    assert [read.text.split()[0] for read in run_statements] == ["WITH", "UPDATE"]
    found = await mutate(f'{{ company(npi: "{OBRIEN}") {{ version }} }}')
    assert found["data"]["company"] == {"version": 3}


async def test_an_answer_that_was_given_before_waits_for_nobody(mutate: Mutate, written: Database) -> None:
    update = f"""mutation {{
      updateCompany(input: {{npi: "{OBRIEN}", website: "https://n.example"}}) {{ company {{ version }} }}
    }}"""
    first = await mutate(update, key="once")
    async with written.transaction() as transaction:
        await companies.lock(transaction, [OBRIEN], None)
        async with asyncio.timeout(1.9):
            again = await mutate(update, key="once")
    assert again["data"] == first["data"]
    assert again["extensions"]["idempotency"] == {"replayed": True}
