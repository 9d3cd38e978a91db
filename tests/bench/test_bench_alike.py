"""A question that is alike has the same tests in the same order, of other companies."""

import random
from datetime import UTC, date, datetime
from typing import Any

from bench.alike import are_as_many
from bench.combinations import alike, drawn


def pick(number: int) -> dict[str, Any]:
    day = date(2020, 1, 1 + number)
    return {
        "npi": f"10000000{number:02}",
        "name_folded": f"acme{number} medical supply",
        "parent_name": f"parent {number}",
        "taxonomy_codes": [f"332B0000{number:02}"],
        "is_active": True,
        "npi_status": "ACTIVE",
        "enumerated_on": day,
        "nppes_updated_on": day,
        "deactivated_on": None,
        "updated_at": datetime(2026, 1, 1 + number, tzinfo=UTC),
        "city": f"city {number}",
        "state": "TX",
        "postal_code": f"787{number:02}",
    }


def test_a_question_that_is_alike_asks_for_other_values_alone() -> None:
    draw = random.Random(1)  # noqa: S311 - no secret
    picked, others = [pick(1)], [pick(2)]
    questions = [drawn(picked, draw) for _ in range(300)]
    found = [alike(each, others, draw) for each in questions]
    assert [(each.name, each.order, each.is_of_companies) for each in found] == [
        (each.name, each.order, each.is_of_companies) for each in questions
    ]
    assert {name for each in questions for name in ("not state", " or ", "company") if name in each.name}
    assert all("acme1" in str(each.condition) for each in questions if each.name == "name")
    assert all("acme2" in str(each.condition) for each in found if each.name == "name")


def test_as_many_are_as_many_but_for_a_few() -> None:
    assert are_as_many(0, 0)
    assert are_as_many(100, 120)
    assert not are_as_many(100, 130)
    assert not are_as_many(0, 1)
