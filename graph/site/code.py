"""Blocks of code as HTML: coloured by classes, with the name of their file and a link that opens an operation."""

import json
from functools import cache
from html import escape
from urllib.parse import quote

from graphql import GraphQLError, OperationDefinitionNode, parse
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_FORMATTER = HtmlFormatter(nowrap=True)


def write_code(text: str, language: str = "", file: str = "", ide: str = "") -> str:
    """Return a block of code as HTML; `ide` is the address that opens it in GraphiQL, where that is wanted."""
    named = f"<span>{escape(file)}</span>" if file else ""
    link = f'<a href="{escape(ide)}">Open in GraphiQL</a>' if ide else ""
    caption = f"<figcaption>{named}{link}</figcaption>" if named or link else ""
    kind = f' class="language-{escape(language)}"' if language else ""
    # What is wider than the page is scrolled to by keys too.
    coloured = f'<pre tabindex="0"><code{kind}>{colour(text, language)}</code></pre>'
    return f'<figure class="code">{caption}{coloured}</figure>\n'


def colour(text: str, language: str) -> str:
    """Return a text as HTML, each word marked by what it is in a language; only escaped, if that isn't known."""
    lexer = _lexer(language) if language else None
    return str(highlight(text, lexer, _FORMATTER)) if lexer else escape(text, quote=False)


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def open_in_ide(document: str, variables: str = "") -> str:
    """Return the address that opens a document in GraphiQL; none for what has no operation in it, such as a type.

    `variables` is JSON.
    """
    try:
        definitions = parse(document).definitions
    except GraphQLError:
        return ""
    if not any(isinstance(each, OperationDefinitionNode) for each in definitions):
        return ""
    values = f"&variables={quote(_compact(variables), safe='')}" if variables.strip() else ""
    return f"/graphql#query={quote(document.strip(), safe='')}{values}"


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
