"""The page about watch lists: its operations are run as they stand there, one after the other."""

import re
from pathlib import Path
from typing import Any

from graph.identity.viewer import Viewer
from tests.graph.mutations.conftest import BY_HAND, OBRIEN, Mutate

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "watch-lists.md"
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

PARTNER = Viewer("somebody", frozenset({"PARTNER"}))
UPDATE = """
    mutation {
      updateCompany(input: {npi: "2999999909", website: "https://new.example"}) { userErrors { code } }
    }
"""


async def test_the_page_can_be_followed(mutate: Mutate) -> None:
    found: dict[str, Any] = {}
    known: dict[str, Any] = {"npis": [OBRIEN, BY_HAND, "1234567893"]}
    for operation in OPERATIONS:
        [name] = re.findall(r"^(?:query|mutation) (\w+)", operation)
        if name == "Follow":
            await mutate(UPDATE)
        given = {each: known[each] for each in re.findall(r"\$(\w+):", operation.partition("{")[0])}
        answer = await mutate(operation, given, PARTNER)
        assert "errors" not in answer, answer
        found[name] = answer["data"]
        if name == "Make":
            known["list"] = answer["data"]["createWatchList"]["watchList"]["id"]
        if name == "Start":
            known["cursor"] = answer["data"]["dataset"]["cursor"]
    assert found["More"]["addToWatchList"] == {"watchList": {"npiCount": 4, "version": 2}, "userErrors": []}
    verified = found["Verify"]["watchList"]["verification"]["nodes"]
    assert [each["input"] for each in verified] == ["1234567893", "1245319599"]
    assert [each["npi"] for each in found["Start"]["watchList"]["companies"]["nodes"]] == [BY_HAND, OBRIEN]
    [edge] = found["Follow"]["watchList"]["changes"]["edges"]
    assert (edge["effect"], edge["node"]["npi"]) == ("STAYED", OBRIEN)
    assert [each["name"] for each in found["Mine"]["watchLists"]["nodes"]] == [
        "Our suppliers",
        "Suppliers in Texas",
    ]
