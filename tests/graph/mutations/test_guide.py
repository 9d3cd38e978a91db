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
        # The license that was just entered.
        own = {"id": answers[-1]["data"]["addLicense"]["license"]["id"]} if "$id" in operation else {}
        text = (
            operation.replace("CURSOR", answers[0]["extensions"]["consistency"]["cursor"])
            if answers
            else operation
        )
        answers.append(await mutate(text, own, editor))
    told = [[error["message"] for error in answer.get("errors", ())] for answer in answers]
    # The directory that is edited here has changes that were recorded without versions.
    assert "".join(told.pop().pop()).startswith("What was then isn't known")
    assert not any(told)
    create, place, tried, together, many, license_, renewed, expiring, follow, history, past = (
        answer["data"] for answer in answers
    )
    assert past["first"]["version"] == 1
    assert past["first"]["website"] == create["createCompany"]["company"]["website"]
    assert past["first"]["locations"]["nodes"] == []
    assert past["now"]["version"] > 1
    assert create["createCompany"]["company"]["website"] == "https://northaustin.example"
    assert place["addLocation"]["location"]["isPrimary"] is True
    assert tried["updateCompany"] == {"company": {"website": None, "version": 3}, "userErrors": []}
    assert together["updateCompany"] == {"company": {"version": 4}, "userErrors": []}
    codes = [[error["code"] for error in each["userErrors"]] for each in many["updateCompanies"]["outcomes"]]
    assert codes == [[], ["INVALID", "REPEATED"]]
    assert license_["addLicense"]["license"]["isValid"] is True
    assert renewed["renewLicense"]["license"] == {"expiresOn": "2027-12-31", "version": 2}
    assert renewed["renewLicense"]["company"] == {"isLicenseValid": True}
    assert [each["npi"] for each in expiring["companies"]["nodes"]] == ["1234567893"]
    assert [each["kind"] for each in follow["changes"]["nodes"]] == [
        "COMPANY_CREATED",
        "LOCATION_ADDED",
        "LOCATION_ADDED",
    ]
    assert {"name", "website"} <= {each["name"] for each in follow["changes"]["nodes"][0]["fields"]}
    assert [each["kind"] for each in history["company"]["history"]["nodes"]] == [
        "LICENSE_RENEWED",
        "LICENSE_ADDED",
        "COMPANY_UPDATED",
    ]
