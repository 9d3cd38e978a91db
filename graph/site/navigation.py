"""The ways between pages: the bar above all of them, the list of all, the way to one, and the next one."""

from collections.abc import Iterator
from html import escape

from graph.site.contents import Contents, Entry, Group, is_at
from graph.site.files import ICON, address_of
from graph.site.search.box import write_box

REFERENCE = "/docs/reference"


def write_bar(place: str, *, has_menu: bool) -> str:
    """Return the top of a page: the name, the search, and the doors to the rest."""
    menu = '<button type="button" class="menu" popovertarget="navigation">Menu</button>' if has_menu else ""
    in_reference = is_at(place, REFERENCE)
    doors = (
        ("Docs", "/docs", is_at(place, "/docs") and not in_reference),
        ("Reference", REFERENCE, in_reference),
        ("Try it", "/graphql", False),
    )
    links = "".join(f'<a href="{address}"{mark(here=is_here)}>{name}</a>' for name, address, is_here in doors)
    icon = f'<img src="{address_of(ICON)}" alt="" width="24" height="24">'
    return (
        f'<header class="bar">{menu}<a class="name" href="/">{icon}AriesOne</a>{write_box()}'
        f'<nav class="doors" aria-label="Site">{links}</nav></header>'
    )


def write_navigation(known: Contents, place: str) -> str:
    """Return the list of all pages, in groups; on a phone the bar's button opens it."""
    found = known.find(place)
    groups = "".join(_write_group(group, found, place) for group in known.groups)
    first = f'<a href="/docs"{mark(here=place == "/docs", kind="page")}>All pages</a>'
    return f'<nav id="navigation" popover aria-label="All pages">{first}{groups}</nav>'


def write_way(known: Contents, title: str, place: str) -> str:
    """Return the way to a page from the page of all pages, as links."""
    if not place or place == "/docs":
        return ""
    steps = ['<a href="/docs">Docs</a>']
    if found := known.find(place):
        group, entry = found
        steps.append(escape(group.title))
        if entry.address != place:
            steps.append(f'<a href="{escape(entry.address)}">{escape(entry.title)}</a>')
    steps.append(f'<span aria-current="page">{escape(known.title_of(place) or title)}</span>')
    items = "".join(f"<li>{step}</li>" for step in steps)
    return f'<nav class="way" aria-label="Breadcrumb"><ol>{items}</ol></nav>'


def write_neighbours(known: Contents, place: str) -> str:
    """Return links to the pages before and after one."""
    links = "".join(_neighbours(known, place))
    return f'<nav class="neighbours" aria-label="Before and after">{links}</nav>' if links else ""


def mark(*, here: bool, kind: str = "true") -> str:
    """Return the attribute of a link to where one is: `kind` "page" is the page itself, "true" what has it."""
    return f' aria-current="{kind}"' if here else ""


def _write_group(group: Group, found: tuple[Group, Entry] | None, place: str) -> str:
    is_here = found is not None and found[0] is group
    items = "".join(_write_entry(entry, found[1] if found and is_here else None, place) for entry in group.entries)
    is_open = " open" if is_here else ""
    return f"<details{is_open}><summary>{escape(group.title)}</summary><ul>{items}</ul></details>"


def _write_entry(entry: Entry, current: Entry | None, place: str) -> str:
    marked = mark(here=entry is current, kind="page" if entry.address == place else "true")
    return f'<li><a href="{escape(entry.address)}"{marked}>{escape(entry.title)}</a></li>'


def _neighbours(known: Contents, place: str) -> Iterator[str]:
    before, after = known.neighbours(place)
    for entry, rel, word in ((before, "prev", "Before"), (after, "next", "Next")):
        if entry is not None:
            words = f"<small>{word}</small> {escape(entry.title)}"
            yield f'<a rel="{rel}" href="{escape(entry.address)}">{words}</a>'
