"""The schema as text: sorted, so that a change is a small diff."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from graphql import Node, parse, print_ast

from graph.roles.views import visible
from graph.schema import schema

# Sorted by name; everything else keeps its order.
_NAMED = ("definitions", "fields", "arguments", "values", "types", "interfaces", "directives")


# Four roles make sixteen sets; the whole is one more.
@lru_cache(maxsize=17)
def printed(roles: frozenset[str] | None = None) -> str:
    """Return the schema in SDL, sorted by name, descriptions and applied directives included.

    With `roles` it is what these open, and what is open to everyone.
    """
    document = _sorted(parse(schema.as_str()))
    return print_ast(document if roles is None else visible(document, roles)) + "\n"


def _sorted(node: Any) -> Any:  # noqa: ANN401 - any node of a document
    parts: dict[str, Any] = {}
    for key in node.keys:
        value = getattr(node, key)
        if isinstance(value, Node):
            parts[key] = _sorted(value) if key == "value" else value
        elif isinstance(value, tuple):
            nodes = tuple(_sorted(each) for each in value)
            parts[key] = tuple(sorted(nodes, key=_name)) if key in _NAMED else nodes
    return replace(node, **parts) if parts else node


def _name(node: Any) -> str:  # noqa: ANN401 - any named node
    name = getattr(node, "name", None)
    return name.value if name else ""
