"""The guide for editors: its operations are run as they stand there, one after the other."""

import re
from pathlib import Path
from typing import Any

from graph.identity.viewer import EVERY, Viewer
from tests.graph.mutations.conftest import Mutate

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "editing.md"
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_guide_can_be_followed(mutate: Mutate) -> None:
    editor = Viewer("editor", frozenset({"EDITOR"}), frozenset({EVERY}))
    answers: list[Any] = []
    for operation in OPERATIONS:
        answers.append(await mutate(operation, variables_of(operation, answers), editor))
        assert "errors" not in answers[-1], answers[-1]
    create, place, tried, license_, renewed, expiring, together, many, follow, history, past = (
        answer["data"] for answer in answers
    )
    assert create["createCompany"]["company"]["website"] == "https://northaustin.example"
    assert place["addLocation"]["location"]["isPrimary"] is True
    assert tried["updateCompany"] == {"company": {"website": None, "version": 3}, "userErrors": []}
    assert license_["addLicense"]["license"]["isValid"] is True
    assert renewed["renewLicense"]["license"] == {"expiresOn": "2027-12-31", "version": 2}
    assert renewed["renewLicense"]["company"] == {"isLicenseValid": True}
    assert [each["npi"] for each in expiring["companies"]["nodes"]] == ["1234567893"]
    assert together["updateCompany"] == {"company": {"version": 6}, "userErrors": []}
    codes = [[error["code"] for error in each["userErrors"]] for each in many["updateCompanies"]["outcomes"]]
    assert codes == [[], ["INVALID", "REPEATED"]]
    kinds = ["COMPANY_CREATED", "LOCATION_ADDED", "LICENSE_ADDED"]
    assert [each["kind"] for each in follow["changes"]["nodes"]] == kinds
    assert {"name", "website"} <= {each["name"] for each in follow["changes"]["nodes"][0]["fields"]}
    kinds = ["COMPANY_UPDATED", "COMPANY_UPDATED", "LOCATION_ADDED"]
    assert [each["kind"] for each in history["company"]["history"]["nodes"]] == kinds
    assert [each["name"] for each in past["then"]["locations"]["nodes"]] == ["Cold store"]
    assert (past["first"]["version"], past["first"]["locations"]["nodes"]) == (1, [])
    assert past["first"]["website"] == create["createCompany"]["company"]["website"]
    assert past["now"]["version"] > 1


def variables_of(operation: str, answers: list[Any]) -> dict[str, str]:
    """The variables of an operation of the guide, out of the answers to those before it."""
    if "$id" in operation:
        return {"id": answers[-1]["data"]["addLicense"]["license"]["id"]}
    if "$at" in operation:
        created, placed, *_ = answers[-2]["data"]["changes"]["nodes"]
        return {"at": placed["occurredAt"], "created": created["cursor"]}
    return {}
