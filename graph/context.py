"""What one request carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.engine import Database
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.loaders import ALONE, Loading
from graph.roles.guard import Guard


@dataclass(slots=True)
class Context:
    """The database to read from, who asks, and this request's loaders, which nothing outlives.

    Whoever runs the operation sets the others: `guards` are all of the schema's, by place; `refused` are those of
    fields that the viewer may not use, by the character that the field starts with, for graphql-core.
    """

    database: Database
    loaders: Loading = ALONE
    viewer: Viewer = ANONYMOUS
    guards: Mapping[str, Guard] = field(default_factory=dict)
    refused: Mapping[int, Guard] = field(default_factory=dict)
    # What watches the operation's reads, where somebody asked for it (graph/execution/explain.py).
    explanation: Any = None
