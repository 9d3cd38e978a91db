"""The contents: every page stands in docs/README.md exactly once, under a title that it has itself."""

import re
from collections import Counter
from html import escape

from graph.site.contents import Contents, Entry, Group, contents, read_groups
from graph.site.pages import address_of, places
from tests.graph.conftest import Server


def entries() -> list[Entry]:
    return [entry for group in contents().groups for entry in group.entries]


def test_every_page_stands_in_the_contents_exactly_once() -> None:
    pages = {place.address for name, place in places().items() if place.is_page and name and "/" not in name}
    listed = Counter(entry.address for entry in entries())
    assert set(listed.values()) == {1}
    assert pages - set(listed) == set()


def test_what_has_no_file_is_made_by_the_server(server: Server) -> None:
    files = {place.address for place in places().values()}
    made = [entry.address for entry in entries() if entry.address not in files]
    assert {address: server.client.get(address).status_code for address in made} == dict.fromkeys(made, 200)


def test_a_title_is_that_of_its_page_or_a_part_of_it() -> None:
    by_address = {place.address: place for place in places().values()}
    for entry in entries():
        if entry.address in by_address:
            heading = by_address[entry.address].text().partition("\n")[0]
            words = iter(re.findall(r"\w+", heading.lower()))
            assert all(word in words for word in re.findall(r"\w+", entry.title.lower())), entry


def test_each_entry_says_what_one_gets() -> None:
    for entry in entries():
        assert re.fullmatch(r"\S.{15,110}[^.\s]", entry.about), entry


def test_the_page_of_all_pages_has_each_with_what_one_gets(server: Server) -> None:
    page = server.client.get("/docs", headers={"accept": "text/html"}).text
    main = page[page.index("<article>") :]
    assert main.index("make serve") < main.index('<section><h2 id="start">')
    for group in contents().groups:
        assert f'<h2 id="{group.title.lower().replace(" ", "-")}">' in main
    for entry in entries():
        assert f'<li><a href="{entry.address}">{entry.title}</a> {escape(entry.about)}</li>' in main


def test_groups_are_read_from_headings_and_lists() -> None:
    one = "## One\n\n- [Some `code`](tokens.md#a): what\n  it says\n- no link\n"
    text = f"# All\n\nWords.\n\n{one}\n## Two\n\n- [B](../SECURITY.md)\n"
    assert tuple(read_groups(text)) == (
        Group("One", (Entry("Some code", "/docs/tokens#a", "what it says"),)),
        Group("Two", (Entry("B", "/docs/security", ""),)),
    )


def test_a_page_below_another_belongs_to_it() -> None:
    one, two, inner = Entry("One", "/docs/one"), Entry("Two", "/docs/one/two"), Entry("3", "/docs/one/3")
    known = Contents((Group("All", (one, two)),), (inner,))
    assert [known.find(address) for address in ("/docs/one/x", "/docs/one/two/x", "/docs/onetwo")] == [
        (known.groups[0], one),
        (known.groups[0], two),
        None,
    ]
    assert known.neighbours("/docs/one") == (None, two)
    assert known.neighbours("/docs/one/two") == (one, None)
    assert known.neighbours("/docs/one/3") == known.neighbours("/docs/nothing") == (None, None)


def test_links_lead_to_where_their_files_are_served() -> None:
    for target, source, address in (
        ("tokens.md", "docs/README.md", "/docs/tokens"),
        ("tokens.md#a", "docs/README.md", "/docs/tokens#a"),
        ("../tokens.md", "docs/decisions/0001-x.md", "/docs/tokens"),
        ("decisions", "docs/README.md", "/docs/decisions"),
        ("docs/decisions/README.md", "CONTRIBUTING.md", "/docs/decisions"),
        ("README.md", "docs/decisions/0001-x.md", "/docs/decisions"),
        ("README.md", "docs/tokens.md", "/docs"),
        ("../README.md", "docs/tokens.md", "/"),
        ("../CHANGELOG.md", "docs/tokens.md", "/docs/changelog"),
        ("serving.svg", "docs/performance.md", "/docs/serving.svg"),
        ("#a", "docs/tokens.md", "#a"),
        ("http://127.0.0.1:8000/docs/reference", "docs/README.md", "/docs/reference"),
        ("http://127.0.0.1:8000", "docs/README.md", "/"),
        ("http://127.0.0.1:80001/", "docs/README.md", "http://127.0.0.1:80001/"),
        ("https://spec.graphql.org", "docs/README.md", "https://spec.graphql.org"),
        ("../graph/app.py", "docs/architecture.md", None),
    ):
        assert address_of(target, source) == address, target
