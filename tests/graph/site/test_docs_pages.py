"""The documentation's pages: made once, kept as bytes, and told apart by their tags."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.site import docs
from graph.site.assets import Asset
from tests.graph.conftest import Server


@pytest.mark.parametrize("path", ["/docs", "/docs/settings", "/docs/graphiql.png", "/docs/decisions/README"])
def test_a_page_is_asked_for_again_by_its_tag(server: Server, path: str) -> None:
    first = server.client.get(path)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    again = server.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert server.client.get(path, headers={"if-none-match": "*"}).status_code == 304
    assert server.client.get(path, headers={"if-none-match": '"other"'}).content == first.content


def test_a_page_is_made_once_however_many_ask_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(name: str) -> Asset:
        made.append(name)
        return original(name)

    original = docs.make
    monkeypatch.setattr(docs, "make", make)
    monkeypatch.setattr(docs, "_kept", {})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.client.get("/docs/tokens"), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert made == ["tokens"]


def test_names_that_are_not_there_are_not_kept(server: Server) -> None:
    server.client.get("/docs/settings")
    before = set(docs._kept)
    for name in ("nothing", "settings.html", "../README", "nothing/", "a/b/c", "x" * 5_000):
        assert server.client.get(f"/docs/{name}").status_code == 404
    assert set(docs._kept) == before


def test_a_folder_leads_to_its_first_page(server: Server) -> None:
    for path in ("/docs/decisions", "/docs/decisions/"):
        answer = server.client.get(path)
        assert (answer.is_redirect, answer.headers["location"]) == (True, "/docs/decisions/README")


def test_browsers_find_the_icon_that_they_look_for_on_every_page(server: Server) -> None:
    answer = server.client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_a_page_has_nothing_that_its_own_policy_refuses(server: Server) -> None:
    page = server.client.get("/docs/performance")
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert '<td class="figure">' in page.text
    assert "td.figure, th.figure { text-align: right; }" in server.client.get("/docs/style.css").text
