"""The panel in which an operation is clicked together, in a real Chromium."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import Visit, visiting

pytestmark = pytest.mark.slow

EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()"

# Each field of the root types, as it is written when it is ticked, and what the schema has against it.
TICK_ALL = """async () => {
  const { inside } = await import("/graphiql/inside.js");
  const { emptyOperation, makeField, replaceOperation } = await import("/graphiql/selecting.js");
  const { schema } = inside.schema;
  const { parse, validate } = GraphiQL.GraphQL;
  return ["query", "mutation", "subscription"].flatMap((kind) => {
    const fields = Object.values(schema.getRootType(kind)?.getFields() ?? {});
    return fields.map((field) => {
      const operation = emptyOperation(kind);
      const selectionSet = { kind: "SelectionSet", selections: [makeField(field, { npi: "1234567893" })] };
      const text = replaceOperation("", operation, { ...operation, selectionSet });
      return [text, validate(schema, parse(text)).map(({ message }) => message)];
    });
  });
}"""


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


async def open_explorer(visit: Visit) -> Locator:
    await visit.page.get_by_label("Show Explorer").click()
    return visit.page.get_by_role("region", name="Explorer")


async def until_written(visit: Visit, text: str) -> None:
    """Wait until the editor has a text, whatever its blanks."""
    for _ in range(100):
        written = str(await visit.page.evaluate(EDITOR))
        if written.split() == text.split():
            return
        await visit.page.wait_for_timeout(50)
    assert written.split() == text.split()


async def test_an_operation_is_clicked_together_and_runs(visit: Visit) -> None:
    await visit.page.get_by_label("New tab").click()
    panel = await open_explorer(visit)
    companies = panel.get_by_role("listitem").filter(has=visit.page.get_by_label("companies", exact=True)).first
    await panel.get_by_role("checkbox", name="companies", exact=True).check()
    await until_written(visit, "{ companies(first: 10) { nodes { id } } }")
    await companies.get_by_label("Value of first").fill("2")
    await companies.get_by_label("filter:").check()
    await companies.get_by_label("isActive:").check()
    await companies.get_by_label("npiStatus:").check()
    await companies.get_by_label("Value of npiStatus").fill("[ACTIVE, ")
    await expect(companies.get_by_label("Value of npiStatus")).to_have_attribute("aria-invalid", "true")
    await companies.get_by_label("Value of npiStatus").fill("[ACTIVE]")
    await companies.get_by_role("checkbox", name="name", exact=True).check()
    await companies.get_by_role("checkbox", name="id", exact=True).uncheck()
    filter_ = "filter: {isActive: true, npiStatus: [ACTIVE]}"
    await until_written(visit, f"{{ companies(first: 2, {filter_}) {{ nodes {{ name }} }} }}")
    answer = await visit.run()
    assert [list(each) for each in answer["data"]["companies"]["nodes"]] == [["name"], ["name"]]
    await panel.get_by_role("checkbox", name="companies", exact=True).uncheck()
    await until_written(visit, "")


async def test_what_else_stands_in_the_editor_stays(visit: Visit) -> None:
    await visit.type(
        'query One { company(npi: "1234567893") { ...Name } }\n'
        "# A comment of mine.\n"
        "query Two { __typename }\n"
        "fragment Name on Company { name }"
    )
    panel = await open_explorer(visit)
    await expect(panel.get_by_text("in the fragment Name")).to_be_visible()
    await panel.get_by_role("checkbox", name="npi", exact=True).check()
    await until_written(
        visit,
        'query One { company(npi: "1234567893") { ...Name npi } }\n'
        "# A comment of mine.\n"
        "query Two { __typename }\n"
        "fragment Name on Company { name }",
    )


async def test_objects_of_an_interface_are_asked_for_by_type(visit: Visit) -> None:
    await visit.type('{ nodes(ids: ["company:1234567893"]) { id } }')
    panel = await open_explorer(visit)
    await panel.get_by_role("checkbox", name="... on Company", exact=True).check()
    await until_written(visit, '{ nodes(ids: ["company:1234567893"]) { id ... on Company { id } } }')


async def test_it_is_used_by_keyboard_alone(visit: Visit) -> None:
    await visit.type("{ dataset { asOf } }")
    panel = await open_explorer(visit)
    search = panel.get_by_role("searchbox")
    await search.focus()
    await visit.page.keyboard.type("compan")
    await expect(panel.get_by_role("checkbox", name="locations", exact=True)).to_have_count(0)
    # From the search to the first field that is found: its fields are opened, then it is ticked.
    await visit.page.keyboard.press("Tab")
    await visit.page.keyboard.press("Enter")
    await visit.page.keyboard.press("Tab")
    name = await visit.page.evaluate("document.activeElement.closest('label').textContent")
    assert name == "company"
    await visit.page.keyboard.press("Space")
    await expect(panel.get_by_role("checkbox", name="company", exact=True)).to_be_checked()
    assert "company {" in await visit.page.evaluate(EDITOR)


async def test_whatever_is_ticked_is_valid(visit: Visit) -> None:
    panel = await open_explorer(visit)
    await visit.role.select_option("ADMIN")
    # The schema that this role sees is there.
    await expect(panel.get_by_role("checkbox", name="jobs", exact=True)).to_be_visible()
    ticked = await visit.page.evaluate(TICK_ALL)
    assert len(ticked) > 50
    assert [each for each in ticked if each[1]] == []
    await visit.page.get_by_label("New tab").click()
    await panel.get_by_label("Kind of operation").select_option("subscription")
    await panel.get_by_role("checkbox", name="changes", exact=True).check()
    await until_written(visit, "subscription { changes { npi } }")


async def test_what_cannot_be_read_is_said(visit: Visit) -> None:
    await visit.type("query {")
    panel = await open_explorer(visit)
    await expect(panel.get_by_role("alert")).to_contain_text("The operation can't be read: Syntax Error")
