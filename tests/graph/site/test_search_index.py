"""What search can find: every page and section that everybody may read, in the words that one reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from graph.site.markdown import render
from graph.site.pages import places
from graph.site.search.index import PATH, pages_of_docs
from graph.site.search.passages import Passage, read_passages
from graph.site.sections import sections_of
from tests.graph.conftest import Server

TEXT = """# One `title`

First *words*,
second [line](tokens.md).

## A `part`

| variable | for |
|---|---|
| `DATABASE_URL` | the database |

- `ariesone load` takes a file
- other `code` in the midst

```graphql
{ dataset { companies } }
```

## A `part`
"""


@pytest.fixture(scope="module")
def index(server: Server) -> Any:
    answer = server.client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def test_a_page_is_read_by_sections_with_the_names_that_they_explain() -> None:
    rows = "variable · for · DATABASE_URL · the database ·"
    items = "ariesone load takes a file other code in the midst { dataset { companies } }"
    assert list(read_passages(TEXT)) == [
        Passage("", "One title", "First words, second line."),
        Passage("a-part", "A part", f"{rows} {items}", "DATABASE_URL ariesone load"),
        Passage("a-part-1", "A part", ""),
    ]


def test_every_section_that_can_be_linked_to_is_found() -> None:
    for page in pages_of_docs():
        name = page.address.removeprefix("/docs").strip("/")
        if name != "access":
            linked = [each.id for each in sections_of(render(places()[name].text()))]
            assert [each.id for each in page.passages if each.id] == linked, name


def test_the_index_has_every_page_and_says_where_it_belongs(index: Any) -> None:
    by_address = {page[0]: page for page in index["pages"]}
    assert set(by_address) >= {place.address for place in places().values() if place.is_page}
    assert by_address["/docs/tokens"] == ["/docs/tokens", "Tokens", "For front ends", 1.0]
    assert by_address["/docs/changelog"][3] < 1
    assert {len(passage) for passage in index["passages"]} == {5}


@pytest.mark.parametrize("path", ["/docs/reference/queries", "/docs/reference/Company", "/docs/reference/Role"])
def test_parts_of_the_schema_are_found_where_the_reference_has_them(server: Server, index: Any, path: str) -> None:
    number = next(number for number, page in enumerate(index["pages"]) if page[0] == path)
    sections = {passage[1] for passage in index["passages"] if passage[0] == number} - {""}
    page = server.client.get(path).text
    assert len(sections) > 3
    assert [each for each in sections if f'<h3 id="{each}">' not in page] == []


def test_in_production_nothing_is_found_that_takes_a_token(
    directory_url: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    index: Any,
) -> None:
    with serve(create_app(settings_for(directory_url, environment="production"))) as production:
        shown = production.client.get(PATH).json()
    schema = [
        {passage[2] for passage in each["passages"] if each["pages"][passage[0]][0].startswith("/docs/reference")}
        for each in (index, shown)
    ]
    assert schema[1] < schema[0]
    assert schema[0] - schema[1] >= {"Company.taxId", "addLicense"}


def test_the_list_of_who_may_use_what_is_found_by_its_title_alone(index: Any) -> None:
    number = next(number for number, page in enumerate(index["pages"]) if page[0] == "/docs/access")
    told = [passage for passage in index["passages"] if passage[0] == number]
    assert [passage[1] for passage in told] == [""]
    assert "taxId" not in told[0][4]


def test_it_is_asked_for_again_by_its_tag(server: Server) -> None:
    first = server.client.get(PATH)
    assert first.headers["cache-control"] == "private, no-cache"
    assert server.client.get(PATH, headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_every_page_has_the_box_and_a_place_for_all_results(server: Server) -> None:
    for path in ("/docs", "/docs/tokens", "/docs/search?q=x"):
        assert '<form action="/docs/search"><input type="search" name="q"' in server.client.get(path).text
    assert "needs JavaScript" in server.client.get("/docs/search").text
