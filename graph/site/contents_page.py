"""/docs: the page of all pages, each with what one gets there, in the groups of docs/README.md."""

from html import escape

from graph.site.contents import Contents, Entry, Group
from graph.site.markdown import Reading, name_section, render


def write_contents(text: str, reading: Reading, known: Contents) -> str:
    """Return the body of the page: what stands above the first group in its Markdown, and the groups as cards."""
    above = render(text.partition("\n## ")[0], reading)
    return f'{above}<div class="groups">{"".join(map(_write_group, known.groups))}</div>'


def _write_group(group: Group) -> str:
    entries = "".join(map(_write_entry, group.entries))
    return f'<section><h2 id="{name_section(group.title)}">{escape(group.title)}</h2><ul>{entries}</ul></section>'


def _write_entry(entry: Entry) -> str:
    return f'<li><a href="{escape(entry.address)}">{escape(entry.title)}</a> {escape(entry.about)}</li>'
