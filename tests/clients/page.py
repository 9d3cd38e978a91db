"""docs/clients.md as the files and commands that stand in it, each under the name beside its language."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"

# Where the page says that the server is.
BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name after it, and its lines."""

    language: str
    name: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands after each prompt; a line that ends in a backslash goes on in the next."""
        joined = self.text.replace("\\\n", " ")
        return re.findall(r"^\$ (.*)$", joined, re.MULTILINE)


@cache
def blocks() -> tuple[Block, ...]:
    """Return every block of the page; one without a name has an empty one."""
    fences = [token for token in MarkdownIt().parse(PAGE.read_text(encoding="utf-8")) if token.type == "fence"]
    words = [(fence.info.split(), fence.content) for fence in fences]
    return tuple(Block(info[0] if info else "", " ".join(info[1:]), text) for info, text in words)


def block(name: str) -> Block:
    """Return the block with a name."""
    (found,) = (each for each in blocks() if each.name == name)
    return found
