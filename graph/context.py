"""What one request carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.changes import Author, Change
from db.columns import Asked
from db.reads import Reads
from db.transaction import Transaction
from graph.cache.reading import Reading
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.loaders import ALONE, Loading
from graph.roles.guard import Guard
from graph.webhook_checker import WebhookChecker


@dataclass(slots=True)
class Writing:
    """What a mutation writes in, who it writes for, and the changes that are recorded at its end."""

    transaction: Transaction
    author: Author
    # What it reads that has nothing to do with what it writes.
    database: Reads
    # The columns that its payload shows of a company, where it does; and companies with these, by NPI, as it wrote
    # them.
    shown: Asked = None
    written: Mapping[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    # Whether its author only wants to see what would come of it.
    is_rehearsed: bool = False
    # Whether something of it can't be done.
    is_refused: bool = False
    # Whether what is answered holds a secret.
    is_secret: bool = False

    def undo(self) -> None:
        """Keep nothing: something of it can't be done."""
        self.is_refused = True

    def rehearse(self) -> None:
        """Keep nothing: its author only wants to see what would come of it."""
        self.is_rehearsed = True


@dataclass(frozen=True, slots=True)
class Spending:
    """The most that an operation can cost, and the bucket that pays for it; no bucket where nothing bounds that.

    Of the bucket: its size, what is left, and when it is full again.
    """

    cost: float
    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(slots=True)
class Context:
    """The database to read from, who asks, and this request's loaders, which nothing outlives.

    Whoever runs the operation sets the others: `guards` are all of the schema's, by place; `refused` are those of
    fields that the viewer may not use, by the character that the field starts with, for graphql-core.
    """

    database: Reads
    loaders: Loading = ALONE
    viewer: Viewer = ANONYMOUS
    guards: Mapping[str, Guard] = field(default_factory=dict)
    refused: Mapping[int, Guard] = field(default_factory=dict)
    # Where a mutation writes; None while nothing is changed.
    writing: Writing | None = None
    # For graphql-core: the contexts that root fields have moved to, by their response names.
    moved: dict[str, "Context"] = field(default_factory=dict)
    # What watches the operation's reads: where somebody asked for it (graph/execution/explain.py), and where its
    # answer may be kept (graph/cache/watch.py).
    explanation: Any = None
    watch: Any = None
    # Reads for several runs (graph/execution/shared_reads.py), of which this is one; None if it runs alone.
    shared_reads: Any = None
    # What the operation costs, where it asks for that.
    spending: Spending | None = None
    # Of a subscription: what reads the log of changes, and the event that is answered.
    log: Reading | None = None
    event: Any = None
    # What runs the operation, for those who have another one run later: a Runner (graph/execution/run.py).
    runner: Any = None
    # Of a mutation: what judges webhooks, and tries them.
    webhooks: WebhookChecker | None = None

    def over(self, writing: Writing) -> "Context":
        """The same for what a mutation writes in, and reads from."""
        return Context(
            writing.transaction,
            self.loaders,
            self.viewer,
            self.guards,
            self.refused,
            writing,
            self.moved,
            explanation=self.explanation,
            watch=self.watch,
            spending=self.spending,
            runner=self.runner,
            webhooks=self.webhooks,
        )
