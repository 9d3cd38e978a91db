"""The guide for editors: its operations are run as they stand there, one after the other."""

import re
from pathlib import Path

from graph.identity.viewer import EVERY, Viewer
from tests.graph.mutations.conftest import Mutate

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "editing.md"
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_guide_can_be_followed(mutate: Mutate) -> None:
    editor = Viewer("editor", frozenset({"EDITOR"}), frozenset({EVERY}))
    answers = [await mutate(operation, viewer=editor) for operation in OPERATIONS]
    assert [answer.get("errors") for answer in answers] == [None] * len(OPERATIONS)
    create, place, tried, together, many, follow, history = (answer["data"] for answer in answers)
    assert create["createCompany"]["company"]["website"] == "https://northaustin.example"
    assert place["addLocation"]["location"]["isPrimary"] is True
    assert tried["updateCompany"] == {"company": {"website": None, "version": 3}, "userErrors": []}
    assert together["updateCompany"] == {"company": {"version": 4}, "userErrors": []}
    codes = [[error["code"] for error in each["userErrors"]] for each in many["updateCompanies"]["outcomes"]]
    assert codes == [[], ["INVALID", "REPEATED"]]
    assert [each["kind"] for each in follow["changes"]["nodes"]] == [
        "COMPANY_CREATED",
        "LOCATION_ADDED",
        "LOCATION_ADDED",
    ]
    assert [each["name"] for each in follow["changes"]["nodes"][0]["fields"]] == ["name", "website"]
    assert [each["kind"] for each in history["company"]["history"]["nodes"]] == [
        "COMPANY_UPDATED",
        "COMPANY_UPDATED",
        "LOCATION_ADDED",
    ]
