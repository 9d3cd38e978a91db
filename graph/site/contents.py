"""The contents of the site, in groups by who reads: read from docs/README.md, which a code host shows as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from graph.site.pages import ADDRESS, address_of, places


@dataclass(frozen=True, slots=True)
class Entry:
    """A page: its title, its address, and what it is about in half a sentence."""

    title: str
    address: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages for one kind of reader."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """All groups in their order, and the pages that one gets to from another: those of its folder."""

    groups: tuple[Group, ...]
    inner: tuple[Entry, ...] = ()

    def find(self, address: str) -> tuple[Group, Entry] | None:
        """Return the entry at an address, or the one that it lies below, with its group."""
        found: tuple[Group, Entry] | None = None
        for group in self.groups:
            for entry in group.entries:
                is_nearer = found is None or len(entry.address) > len(found[1].address)
                if is_at(address, entry.address) and is_nearer:
                    found = group, entry
        return found

    def neighbours(self, address: str) -> tuple[Entry | None, Entry | None]:
        """Return the pages before and after one, in the contents or in its folder."""
        listed = tuple(entry for group in self.groups for entry in group.entries)
        for entries in (listed, self.inner):
            for number, entry in enumerate(entries):
                if entry.address == address:
                    before = entries[number - 1] if number else None
                    return before, entries[number + 1] if number + 1 < len(entries) else None
        return None, None

    def title_of(self, address: str) -> str | None:
        """Return the title of the page at an address, where it has an entry."""
        listed = (entry for group in self.groups for entry in group.entries)
        return next((entry.title for entry in (*listed, *self.inner) if entry.address == address), None)


def is_at(address: str, entry: str) -> bool:
    """Return whether an address is that of an entry, or lies below it."""
    return address == entry or address.startswith(f"{entry}/")


@cache
def contents() -> Contents:
    """Return the contents of this site; the first time it takes some 10 ms."""
    return Contents(tuple(read_groups(places()[""].text())), tuple(_decisions()))


def read_groups(text: str, source: str = "docs/README.md") -> Iterator[Group]:
    """Yield the groups of a text: a heading for each, and below it a list of links with what each is about."""
    title, entries = "", list[Entry]()
    tokens = MarkdownIt("commonmark").parse(text)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            if entries:
                yield Group(title, tuple(entries))
            title, entries = inline.content, []
        elif opening.type == "paragraph_open" and opening.level > 1 and (entry := _entry(inline, source)):
            entries.append(entry)
    if entries:
        yield Group(title, tuple(entries))


def _entry(inline: Token, source: str) -> Entry | None:
    """Return what an item lists: a link, and what stands behind it."""
    parts = inline.children or []
    if not parts or parts[0].type != "link_open":
        return None
    end = next(number for number, part in enumerate(parts) if part.type == "link_close")
    address = address_of(str(parts[0].attrs["href"]), source)
    if address is None:
        return None
    about = _words(parts[end + 1 :]).removeprefix(":").strip()
    return Entry(_words(parts[:end]), address, about)


def _words(parts: Sequence[Token]) -> str:
    return "".join("\n" if part.type == "softbreak" else part.content for part in parts).replace("\n", " ")


def _decisions() -> Iterator[Entry]:
    """Yield the records of decisions, in the order of their numbers."""
    for name, place in sorted(places().items()):
        if name.startswith("decisions/") and place.is_page:
            first = place.text().partition("\n")[0]
            yield Entry(first.removeprefix("#").strip(), f"{ADDRESS}/{name}")
