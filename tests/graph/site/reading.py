"""The site as it is read: its pages by the links that lead to them, from the first page on."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from tests.graph.conftest import Server

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}

# Where a reader begins.
STARTS = ("/", "/docs")

_LINKS = {"a": "href", "link": "href", "img": "src", "script": "src"}


@dataclass
class ReadPage(HTMLParser):
    """What a page says of itself, and where its links lead: as addresses on this server, with their fragments."""

    address: str
    status: int = 200
    media_type: str = "text/html"
    title: str = ""
    headings: int = 0
    language: str = ""
    has_viewport: bool = False
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    _is_in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        self.headings += tag == "h1"
        self._is_in_title |= tag == "title"
        self.has_viewport |= given.get("name") == "viewport"
        if tag == "html":
            self.language = given.get("lang", "")
        if (target := given.get(_LINKS.get(tag, ""))) is not None:
            self._follow(target)

    def handle_endtag(self, tag: str) -> None:
        self._is_in_title &= tag != "title"

    def handle_data(self, data: str) -> None:
        if self._is_in_title:
            self.title += data

    def _follow(self, target: str) -> None:
        joined = urljoin(f"http://here{self.address}", target)
        # Pages as a certain role sees them are pages of the reference again.
        if joined.startswith("http://here/") and "?role=" not in joined:
            self.links.append(joined.removeprefix("http://here"))

    @property
    def is_page(self) -> bool:
        return self.media_type == "text/html"


def read_page(server: Server, address: str) -> ReadPage:
    """What is under an address, for a browser; the page it leads to where it leads on."""
    answer = server.client.get(address, headers=BROWSER, follow_redirects=True)
    here = answer.url.raw_path.decode()
    page = ReadPage(here, answer.status_code, answer.headers.get("content-type", "").partition(";")[0])
    if page.is_page:
        page.feed(answer.text)
    return page


def read_site(server: Server, starts: Iterable[str] = STARTS) -> dict[str, ReadPage]:
    """Every page and file that links lead to, by the address (without a fragment) that was linked."""
    found: dict[str, ReadPage] = {}
    waiting = deque(starts)
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        found[address] = page = read_page(server, address)
        waiting.extend(without_fragment(link) for link in page.links)
    return found


def without_fragment(link: str) -> str:
    return link.partition("#")[0]


def missing_anchors(site: dict[str, ReadPage]) -> set[str]:
    """Links to a place in a page that has no such place; of GraphiQL's page the fragment is an operation."""
    return {
        f"{page.address} -> {link}"
        for page in site.values()
        for link in page.links
        if (anchor := unquote(urlsplit(link).fragment))
        and (target := site[without_fragment(link)]).is_page
        and not target.address.startswith("/graphql")
        and anchor not in target.ids
    }
