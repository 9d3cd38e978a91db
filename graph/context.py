"""What one request carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.engine import Database
from graph.guard import Guard
from graph.loaders import ALONE, Loading
from graph.viewer import ANONYMOUS, Viewer


@dataclass(slots=True)
class Context:
    """The database to read from, who asks, and this request's loaders, which nothing outlives.

    Whoever runs the operation chooses the loaders.

    `viewer`, `forbidden` (the nodes of fields that the viewer may not use, by their identity) and `guards` (all of
    the schema's, by place) are those of the prepared operation: the runner sets them.
    """

    database: Database
    loaders: Loading = ALONE
    viewer: Viewer = ANONYMOUS
    forbidden: Mapping[int, Guard] = field(default_factory=dict)
    guards: Mapping[str, Guard] = field(default_factory=dict)
