"""What search can find: each section of a page with its words, and the names that it explains."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token

from graph.site.markdown import parse_page

# What ends a word beside what follows it.
_ENDS = frozenset({"softbreak", "hardbreak"})
# What stands before the first cell of a row, and before the words of an item.
_BEGINNINGS = frozenset({("tr_open", "td_open"), ("list_item_open", "paragraph_open")})


@dataclass(frozen=True, slots=True)
class Passage:
    """A section: the id that leads to it (none of a page's beginning), its title, and its words.

    `names` are what it explains, such as settings: the code that its rows and items begin with.
    """

    id: str
    title: str
    text: str
    names: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page that can be found: its address and title, what it belongs to, and how much what it says counts."""

    address: str
    title: str
    group: str
    weight: float
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Section:
    id: str = ""
    title: str = ""
    words: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, token: Token, before: tuple[str, str]) -> None:
        """Take in a line, which follows parts of these two kinds."""
        if before[1] == "heading_open":
            self.title = words_of(token)
            return
        self.words.append(words_of(token))
        if before in _BEGINNINGS:
            self.names += _first_code(token)

    def end(self) -> Passage:
        return Passage(self.id, self.title, " ".join(" ".join(self.words).split()), " ".join(self.names))


def read_passages(text: str) -> Iterator[Passage]:
    """Yield the sections of a page in Markdown, the one below its title first; those without words too."""
    section = _Section()
    kinds: tuple[str, str] = ("", "")
    for token in parse_page(text):
        if token.type == "heading_open" and token.tag != "h1":
            yield section.end()
            section = _Section(str(token.attrs["id"]))
        elif token.type == "inline":
            section.add(token, kinds)
        elif token.type in {"fence", "code_block"}:
            section.words.append(token.content)
        elif token.type in {"td_close", "th_close"}:
            section.words.append("·")
        kinds = (kinds[1], token.type)
    yield section.end()


def words_of(token: Token) -> str:
    """Return a line of Markdown as the words that one reads."""
    return "".join(" " if part.type in _ENDS else part.content for part in token.children or ())


def _first_code(token: Token) -> list[str]:
    parts = [part for part in token.children or () if part.content or part.type == "code_inline"]
    return [parts[0].content] if parts and parts[0].type == "code_inline" else []
