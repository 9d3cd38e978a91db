"""The operations of docs/loading.md, run."""

import re
from pathlib import Path

from tests.graph.conftest import Ask

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "loading.md"
[EQUIPMENT] = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


async def test_durable_medical_equipment_is_found_by_its_words(ask: Ask) -> None:
    answer = await ask(EQUIPMENT)
    assert "errors" not in answer
    first, *others = answer["data"]["taxonomies"]["nodes"]
    assert (first["code"], first["broader"]) == ("332B00000X", None)
    assert [each["code"] for each in first["narrower"]] == [each["code"] for each in others]
    assert {each["broader"]["code"] for each in others} == {"332B00000X"}
