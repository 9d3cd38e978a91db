"""What one request carries."""

from dataclasses import dataclass, field

from db.engine import Database
from graph.batch import Loaders


@dataclass(slots=True)
class Context:
    """The database to read from and this request's loaders, which nothing outlives."""

    database: Database
    loaders: Loaders = field(default_factory=Loaders)
