"""The pages of docs/ as the fenced blocks that stand in them: programs, commands, operations and answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

DOCS = Path(__file__).resolve().parent.parent / "docs"

# Where the pages say that the server is.
BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Fence:
    """A fenced block: its page and the line where it begins, its language, the name after that, its lines."""

    page: str
    line: int
    language: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"docs/{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The commands after each prompt; a line that ends in a backslash goes on in the next."""
        return [command for command, _ in self.session]

    @property
    def session(self) -> list[tuple[str, str]]:
        """The commands after each prompt, each with what it prints; "" where nothing is shown."""
        joined = self.text.replace("\\\n", " ")
        first, *others = re.split(r"^\$ ", joined, flags=re.MULTILINE)
        assert not first.strip(), f"{self}: a console begins with a prompt"
        return [(command, printed) for command, _, printed in (each.partition("\n") for each in others)]


@cache
def fences(page: str) -> tuple[Fence, ...]:
    """Return every block of a page."""
    return tuple(read(page, (DOCS / page).read_text(encoding="utf-8")))


def read(page: str, text: str) -> Iterator[Fence]:
    """Yield the blocks of a text."""
    for token in MarkdownIt().parse(text):
        if token.type == "fence":
            language, _, name = token.info.partition(" ")
            assert token.map is not None
            yield Fence(page, token.map[0] + 1, language, name.strip(), token.content)


def named(pages: tuple[str, ...]) -> dict[str, Fence]:
    """Return the blocks with names; one that several pages repeat is the same on each."""
    found: dict[str, Fence] = {}
    for each in (each for page in pages for each in fences(page) if each.name):
        known = found.setdefault(each.name, each)
        assert known.text == each.text, f"{each} isn't what {known} is"
    return found
