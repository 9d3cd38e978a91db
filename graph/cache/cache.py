"""All that one process keeps, and what it shares with others: opened by the server, used by the endpoint."""

from dataclasses import dataclass
from typing import Self

from graph.cache.answers import Answers
from graph.cache.audit import Audit
from graph.cache.flights import Flights
from graph.cache.follower import Follower
from graph.cache.live import Live
from graph.cache.reads import KeptReads
from graph.cache.replicas import Replicas
from graph.cache.shared import SharedCache
from graph.cache.store import Store


@dataclass(frozen=True, slots=True)
class CacheOptions:
    """For how many seconds anything is kept at most, 0 for nothing; and the bytes of answers in a process."""

    seconds: float = 3600.0
    max_bytes: int = 32 * 1024 * 1024
    # One hit in so many is asked of the database once more; 0 for none.
    audit_every: int = 1000
    # Whether public answers name their tags, for caches on the way.
    tells_tags: bool = False
    # What answers mean: others' with the same documents may mean something else.
    schema: bytes = b""


@dataclass(frozen=True, slots=True)
class Cache:
    """The log of changes as it is known here, the answers, those that are on their way, and what is shared."""

    options: CacheOptions
    follower: Follower
    answers: Answers
    flights: Flights
    audit: Audit
    # Those who wait for a change.
    live: Live
    # The database's replicas, where they stand in the log.
    replicas: Replicas
    # None where no Redis is there to share with.
    shared: Store | None
    reads: KeptReads | None

    @classmethod
    def over(cls, shared: SharedCache | None, options: CacheOptions) -> Self:
        """The cache of a process, over the Redis that processes share."""
        follower = Follower()
        answers = Answers(follower, options.seconds, options.max_bytes)
        audit = Audit(follower, options.audit_every)
        ours = (options, follower, answers, Flights(follower), audit, Live(follower), Replicas(follower))
        if shared is None or not options.seconds:
            return cls(*ours, None, None)
        stores = [Store(kind, shared, follower, options.seconds) for kind in ("answer", "rows")]
        return cls(*ours, stores[0], KeptReads(stores[1], follower))

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self.options.seconds > 0
