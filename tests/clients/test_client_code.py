"""The code that GraphiQL writes for each client: it runs as it stands there, and gets the same answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from graph.site.graphiql.ide import OWN
from tests.clients.conftest import token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

WRITE = """
import { FORMS } from "./client-code.js";
const operation = JSON.parse(process.argv[2]);
console.log(JSON.stringify(Object.fromEntries(FORMS.map(({ name, write }) => [name, write(operation)]))));
"""

# What has to be escaped somewhere: an apostrophe, a backslash, a backtick, a block string, true and null.
QUERY = r"""query Companies($filter: CompanyFilter!, $after: String) {
  companies(first: 2, after: $after, filter: $filter, orderBy: [{field: NPI}]) {
    nodes { npi name phone }
  }
  none: companies(filter: {search: "it's \\ `${x}` \"quoted\""}) { nodes { npi } }
  nobody: companies(filter: {search: \"\"\"in "blocks" too\"\"\"}) { nodes { npi } }
}""".replace('\\"\\"\\"', '"""')
VARIABLES = {"filter": {"isActive": True, "name": {"startsWith": "a"}}, "after": None}


@pytest.fixture
def codes(shop: Workshop) -> dict[str, str]:
    """The code for each client."""
    shop.write("client-code.js", (OWN / "client-code.js").read_text(encoding="utf-8"))
    shop.write("write.js", WRITE)
    operation = {"url": f"{shop.base_url}/graphql", "kind": "query", "query": QUERY, "variables": VARIABLES}
    codes: dict[str, str] = json.loads(shop.run("node", "write.js", json.dumps({**operation, "needsToken": True})))
    shop.variables["TOKEN"] = token("viewer")
    return {name: code.replace("YOUR_TOKEN", token("viewer")) for name, code in codes.items()}


def found_by(printed: str) -> Any:
    """Return what a JavaScript program prints: the data as JSON, and what failed."""
    data, _ = json.JSONDecoder().raw_decode(printed)
    return data


def test_all_clients_get_the_same(codes: dict[str, str], shop: Workshop) -> None:
    shop.write("code.sh", codes["curl"])
    data = json.loads(shop.run("bash", "-e", "code.sh"))["data"]
    assert len(data["companies"]["nodes"]) == 2
    assert all(each["phone"] for each in data["companies"]["nodes"])
    for name in ("JavaScript", "urql", "Apollo"):
        shop.write("code.js", codes[name])
        assert without_types(found_by(shop.run("node", "code.js"))) == data, name
    python = str(shop.use("gql"))
    for name, prints in (("Python", f"{data} None\n"), ("gql", f"{data}\n")):
        Path(shop.folder / "code.py").write_text(codes[name], encoding="utf-8")
        assert shop.run(python, "code.py") == prints, name


def without_types(value: Any) -> Any:
    """Return an answer without the __typename that some clients ask for by themselves."""
    if isinstance(value, list):
        return [without_types(each) for each in value]
    if isinstance(value, dict):
        return {name: without_types(each) for name, each in value.items() if name != "__typename"}
    return value
