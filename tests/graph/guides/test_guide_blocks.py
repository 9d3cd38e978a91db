"""Operations, programs and commands of all pages are ones, whether or not another test runs them."""

import ast
import re

import pytest
from graphql import parse, validate
from typer.main import get_command

from graph.__main__ import commands
from graph.schema import core_schema
from graph.site.contents import contents
from tests.clients.page import PAGES as CLIENTS
from tests.fences import DOCS, Fence, fences
from tests.graph.guides.test_guide_pages import WALKED

ROOT = DOCS.parent

# Excerpts of a program, which leave out what isn't the point there.
EXCERPTS = frozenset({"caching.md"})

# Consoles that aren't typed there, and why.
ELSEWHERE = {
    "first-minutes.md": "the test's own server runs already",
    "issuers.md": "test_guide_issuers.py has the page's own tokens explained; this one is shortened",
}

# What is for callers in the contents.
GROUPS = {"Start", "For front ends", "Clients", "For partners"}

# Where operations and programs are run that another test follows, with what it needs besides.
OWN = {
    "editing.md": "tests/graph/mutations/test_guide.py",
    "subscriptions.md": "tests/graph/events/test_subscriptions_guide.py",
    "watch-lists.md": "tests/graph/mutations/test_watch_list_guide.py",
    "webhooks.md": "tests/graph/mutations/test_webhooks_guide.py",
    "issuers.md": "tests/graph/guides/test_guide_issuers.py",
}
# Guides with something that nothing runs, and why.
LEFT = {
    "caching.md": "excerpts for who changes the schema, and commands of who runs the server",
    "trusted-documents.md": "a server's start, with the files of somebody's build",
}
# What isn't run anywhere: answers, messages and schemas that are shown.
SHOWN = frozenset({"", "csv", "html", "json", "mermaid", "sh", "toml"})

BLOCKS = [each for path in sorted(DOCS.glob("*.md")) for each in fences(path.name)]


def of(language: str) -> list[Fence]:
    """The blocks in a language."""
    return [each for each in BLOCKS if each.language == language]


@pytest.mark.parametrize("fence", of("graphql"), ids=str)
def test_an_operation_fits_the_schema(fence: Fence) -> None:
    document = parse(fence.text)
    assert [str(error) for error in validate(core_schema, document)] == []


@pytest.mark.parametrize("fence", [each for each in of("python") if each.page not in EXCERPTS], ids=str)
def test_a_program_is_one(fence: Fence) -> None:
    ast.parse(fence.text)


@pytest.mark.parametrize("fence", [*of("console"), *of("sh")], ids=str)
def test_the_commands_of_ours_are_there(fence: Fence) -> None:
    for words in re.findall(r"(?:^\$ |bin/|\$\(|\| )ariesone((?: [a-z][a-z-]*)*)", fence.text, re.MULTILINE):
        left, found = words.split(), get_command(commands)
        while left and hasattr(found, "commands"):
            found = found.commands[left.pop(0)]


def test_what_is_not_typed_is_named_with_its_reason() -> None:
    assert {each.page for each in BLOCKS if each.name == "elsewhere"} == ELSEWHERE.keys()


def test_every_block_of_the_guides_is_run_or_named_with_its_reason() -> None:
    groups = {group.title: group for group in contents().groups}
    guides = [
        entry for name in ("Start", "For front ends", "Clients", "For partners") for entry in groups[name].entries
    ]
    pages = {f"{entry.address.rpartition('/')[2]}.md" for entry in guides}
    run = {each.page for each in BLOCKS if each.page in pages and each.language not in SHOWN}
    assert run - {*WALKED, *CLIENTS} == OWN.keys() | LEFT.keys()
    assert all(page in (ROOT / file).read_text("utf-8") for page, file in OWN.items())
