"""The documentation's pages: made once, kept as bytes, and told apart by their tags."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.site.assets import Asset
from graph.site.docs import Docs, write_text
from graph.site.pages import Place, places
from tests.graph.conftest import Server


@pytest.mark.parametrize("path", ["/docs", "/docs/settings", "/docs/pictures/graphiql.webp", "/docs/decisions"])
def test_a_page_is_asked_for_again_by_its_tag(server: Server, path: str) -> None:
    first = server.client.get(path)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    again = server.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert server.client.get(path, headers={"if-none-match": "*"}).status_code == 304
    assert server.client.get(path, headers={"if-none-match": '"other"'}).content == first.content


class Counted(Docs):
    """Pages that count what is made."""

    def __init__(self) -> None:
        super().__init__(has_ide=False)
        self.made: list[str] = []

    def make(self, place: Place) -> Asset:
        self.made.append(place.name)
        return super().make(place)


def test_a_page_is_made_once_however_many_ask_at_once() -> None:
    docs = Counted()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: docs.find("tokens"), range(24)))) == 1
    assert docs.made == ["tokens"]


async def test_names_that_are_not_there_are_not_kept(server: Server) -> None:
    docs = Counted()
    assert docs.find("settings")
    for name in ("nothing", "settings.html", "../README", "nothing/", "a/b/c", "x" * 5_000):
        assert docs.find(name) is None
        assert server.client.get(f"/docs/{name}").status_code == 404
    assert list(docs._kept) == docs.made == ["settings"]


@pytest.mark.parametrize("path", ["/docs/decisions/", "/docs/decisions/README", "/docs/decisions/README.md"])
def test_a_folder_is_its_first_page_and_has_one_address(server: Server, path: str) -> None:
    assert server.client.get("/docs/decisions").status_code == 200
    answer = server.client.get(path)
    assert (answer.is_redirect, answer.headers["location"]) == (True, "/docs/decisions")


def test_browsers_find_the_icon_that_they_look_for_on_every_page(server: Server) -> None:
    answer = server.client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_the_files_of_a_page_are_kept_for_ever_under_what_is_in_them(server: Server) -> None:
    page = server.client.get("/docs/tokens").text
    addresses = re.findall(r'(?:href|src)="(/docs/[a-z]+\.[a-z]+\?v=\w+)"', page)
    assert {address.partition("?")[0].rpartition(".")[2] for address in addresses} == {"css", "js", "svg"}
    for address in addresses:
        answer = server.client.get(address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        assert "immutable" not in server.client.get(address.partition("?")[0]).headers["cache-control"]


@pytest.mark.parametrize("name", sorted(name for name, place in places().items() if place.is_page))
def test_a_page_has_nothing_that_its_own_policy_refuses(name: str) -> None:
    page = write_text(places()[name], has_ide=True)
    markup = re.sub(r">[^<]+<", "><", page)
    assert not re.findall(r'<[^>]+ (?:style|on\w+)="', markup)
    assert "<style" not in markup
    assert "<script>" not in markup
    assert not re.findall(r'src="(?!/)', markup)


def test_figures_of_a_table_stand_below_each_other(server: Server) -> None:
    assert '<td class="figure">' in server.client.get("/docs/performance").text
    assert re.search(r"td\.figure.*text-align: right", server.client.get("/docs/site.css").text)


def test_a_picture_may_have_a_style_and_no_script(server: Server) -> None:
    policy = server.client.get("/docs/serving.svg").headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_page_knows_what_it_is_about_and_where_it_stands() -> None:
    page = write_text(places()["tokens"])
    assert "<title>Tokens · AriesOne</title>" in page
    assert '<meta name="description" content="say who is asking">' in page
    assert '<a href="/docs/tokens" aria-current="page">Tokens</a>' in page
    record = write_text(places()["decisions/0030-pages-are-made-once"])
    assert '<a href="/docs/decisions" aria-current="true">Decisions</a>' in record
    assert 'rel="prev" href="/docs/decisions/0029-' in record
    assert 'rel="next" href="/docs/decisions/0031-' in record
