"""Markdown as the pages show it: its sections, links, tables and code."""

import json
import re
from urllib.parse import parse_qs, urlsplit

from graph.site.markdown import Reading, render
from graph.site.sections import add_anchors, sections_of, write_sections

QUERY = 'query One($npi: NPI!) {\n  company(npi: $npi) { name } # "&" <b>\n}\n'


def test_sections_have_the_ids_that_a_code_host_gives_them() -> None:
    html = render("## One `two`, three!\n\n### BAD_USER_INPUT\n\n## Again\n\n## Again\n")
    assert re.findall(r' id="([^"]+)"', html) == ["one-two-three", "bad_user_input", "again", "again-1"]


def test_headings_can_be_linked_to_and_are_listed() -> None:
    body = render("# Top\n\n## A & `b`\n\n### C\n\n#### D\n")
    sections = sections_of(body)
    assert [(each.depth, each.id, each.title) for each in sections] == [
        (2, "a--b", "A & b"),
        (3, "c", "C"),
        (4, "d", "D"),
    ]
    assert sections_of(add_anchors(body)) == [
        type(each)(each.depth, each.id, f"{each.title}") for each in sections
    ]
    assert add_anchors(body).count('class="anchor"') == 3
    listed = write_sections(sections)
    assert re.findall(r'href="#([^"]+)">([^<]+)<', listed) == [("a--b", "A &amp; b"), ("c", "C")]
    assert write_sections(sections[:1]) == ""


def test_items_keep_the_numbers_that_they_have() -> None:
    html = render("1. a\n2. b\n   1. x\n   2. y\n5. c\n6. d\n\nWords.\n\n1. e\n1. f\n")
    assert re.findall(r"<li([^>]*)>", html) == ["", "", "", "", ' value="5"', "", "", ""]


def test_what_is_not_served_is_named_without_a_link() -> None:
    html = render("[app.py](../graph/app.py) and [tokens](tokens.md#a)", Reading("docs/architecture.md"))
    assert '<span class="file" title="../graph/app.py">app.py</span>' in html
    assert '<a href="/docs/tokens#a">tokens</a>' in html


def test_a_page_that_is_called_by_its_file_is_called_by_its_title() -> None:
    html = render("[tokens.md](tokens.md), [the tokens](tokens.md), [decisions/README.md](decisions/README.md)")
    assert html.count(">Tokens</a>") == 1
    assert ">the tokens</a>" in html
    assert '<a href="/docs/decisions">Decisions</a>' in html


def test_code_that_names_a_page_leads_to_it() -> None:
    html = render("See `docs/tokens.md`, `docs/nothing.md`, `tokens.md` and [`docs/tokens.md`](tokens.md).")
    assert html.count('<a href="/docs/tokens"><code>docs/tokens.md</code></a>') == 2
    assert html.count("<a ") == 2


def test_long_names_can_be_broken_where_their_parts_meet() -> None:
    html = render("`tests/test_image.py::test_images_are_pinned` and `DATABASE_POOL_SIZE`")
    assert "<code>tests/<wbr>test_<wbr>image.py::<wbr>test_<wbr>images_<wbr>are_<wbr>pinned</code>" in html
    assert "<code>DATABASE_POOL_SIZE</code>" in html


def test_an_operation_is_opened_with_its_variables_where_there_is_graphiql() -> None:
    text = f'```graphql\n{QUERY}```\n\n```json variables\n{{\n  "npi": "1234567893"\n}}\n```\n'
    assert "/graphql#" not in render(text)
    address = re.findall(r'href="(/graphql#[^"]+)"', render(text, Reading(has_ide=True)))[0]
    given = parse_qs(urlsplit(address.replace("&amp;", "&")).fragment)
    assert given["query"] == [QUERY.strip()]
    assert json.loads(given["variables"][0]) == {"npi": "1234567893"}


def test_what_has_no_operation_is_not_opened() -> None:
    for block in ("type Company { name: String }", "fragment F on Company { name }", "{ companies(first: ...) }"):
        assert "/graphql#" not in render(f"```graphql\n{block}\n```\n", Reading(has_ide=True))


def test_variables_belong_to_the_block_right_before_them() -> None:
    text = "```graphql\n{ a }\n```\n\nWords.\n\n```json variables\n{}\n```\n"
    assert "variables=" not in render(text, Reading(has_ide=True))


def test_code_is_coloured_and_escaped_and_says_its_file() -> None:
    html = render('```js app.js\nconst a = "<b>"\n```\n\n```nonsense\n<b>\n```\n\n```\n<i>\n```\n')
    assert "<figcaption><span>app.js</span></figcaption>" in html
    assert '<span class="kd">const</span>' in html
    assert html.count("&lt;") == 3
    assert "<b>" not in html


def test_the_commands_of_a_session_are_told_from_what_they_print() -> None:
    html = render("```console\n$ curl -s \\\n    localhost\nHTTP/1.1 200 OK\n```\n")
    assert '<span class="gp">$ </span>' in html
    assert '<span class="go">HTTP/1.1 200 OK</span>' in html
    assert "go" not in re.findall(r'class="(\w+)">[^<]*localhost', html)


def test_tables_scroll_by_themselves_and_keep_figures_to_the_right() -> None:
    html = render("| a | b |\n|---|--:|\n| c | 1 |\n")
    assert html.startswith('<div class="table" tabindex="0"><table>')
    assert '<td class="figure">1</td>' in html
    assert "style" not in html
