"""The box of search in the bar of each page: a form that leads to all results, and finds as one types."""

from typing import Final

RESULTS: Final = "/docs/search"


def write_box() -> str:
    """Return the form; without JavaScript it leads to a page that says what to do instead."""
    box = (
        '<input type="search" name="q" role="combobox" aria-label="Search the docs" aria-expanded="false" '
        'aria-controls="found" aria-autocomplete="list" autocomplete="off" autocapitalize="off" '
        'spellcheck="false" maxlength="200" placeholder="Search">'
    )
    found = '<ul id="found" role="listbox" aria-label="Found" hidden></ul>'
    return (
        f'<search id="search"><form action="{RESULTS}">{box}<kbd aria-hidden="true">/</kbd>{found}'
        '<span role="status"></span></form></search>'
    )
