"""Whole answers that are given again: which may be kept, and where a request looks for its own."""

import re
import time

from graph.cache.answers import Answer, Sent
from graph.cache.cache import Cache
from graph.cache.envelope import Envelope
from graph.cache.flights import ABANDONED, Flight
from graph.cache.follower import Stamp
from graph.cache.keys import digest_of, written
from graph.cache.reads import KeptReads
from graph.cache.tags import EVERY
from graph.cache.watch import Watch
from graph.errors import BadRequestError
from graph.execution.document import Operation
from graph.execution.run import Prepared
from graph.http import audit
from graph.http.caching import BYPASS, HIT, MISS, STALE, TOLD, reply_with
from graph.http.exchange import Exchange
from graph.http.overload import Gauge
from graph.http.reply import Whole
from graph.http.request import NAMED, GraphQLRequest
from graph.telemetry.metrics import CACHED

# Bytes of a body that may be asked again; a longer one is hardly ever the same twice.
MAX_KEY = 8 * 1024

# Extensions of a request that change nothing in its answer.
SILENT = frozenset({"persistedQuery"})

# Of answers that are found as often as this it needn't be noted each time.
WELL_KNOWN = 0.9

# The header that a mutation is answered with; sent back, it asks for nothing older.
CONSISTENCY = "consistency-cursor"
_CONSISTENCY = CONSISTENCY.encode()
_CURSOR = re.compile(rb"[0-9]{1,18}")


class Pending:
    """A request whose answer isn't kept yet, and may be: under which key, and since when it runs."""

    __slots__ = ("audited", "began", "digest", "flight", "generation", "needed", "sent", "stamp", "watch")

    def __init__(self, sent: Sent, needed: int, audited: Answer | None, generation: int) -> None:
        self.sent = sent
        # Of the answers that were kept when it came.
        self.generation = generation
        # The change that the client knows of.
        self.needed = needed
        # What is kept already, and is held against what the database says.
        self.audited = audited
        self.stamp: Stamp | None = None
        self.flight: Flight | None = None
        self.watch: Watch | None = None

    def begin(self, watch: Watch) -> None:
        """Note what it depends on, and how long it takes."""
        self.watch = watch
        # When the cache that processes share had been asked, on the clock of perf_counter.
        self.began = time.perf_counter()
        # Where it is looked for there.
        self.digest: bytes | None = None


class Keeping:
    """Keeps answers without errors for whoever asks the same with the same roles."""

    def __init__(self, cache: Cache, gauge: Gauge) -> None:
        self._cache = cache
        self._gauge = gauge

    @property
    def reads(self) -> KeptReads | None:
        """What is kept of dear reads; None where no Redis is there to share with."""
        return self._cache.reads

    def find(self, exchange: Exchange, body: bytes) -> Whole | None:
        """The answer that is kept for a request as it came; if there is none, note where it would be."""
        sent = sent_in(exchange, body) if self._cache.is_on else None
        if sent is None:
            return None
        needed, found = needed_cursor(exchange), None
        if needed <= self._cache.follower.known:
            found = self._cache.answers.find(sent)
            if found is not None and not self._cache.audit.is_due():
                if found.demand.rate < WELL_KNOWN:
                    found.demand.note(is_hit=True)
                if found.is_overdue:
                    exchange.overdue = sent
                    return self._give(exchange, found, "stale")
                return self._give(exchange, found, "hit")
        exchange.pending = Pending(sent, needed, found, self._cache.answers.generation)
        return None

    def begin(self, exchange: Exchange) -> bool:
        """Have a request run by itself, for others to join; False where it has to wait for something (`join`)."""
        pending = exchange.pending
        if pending is None:
            return True
        return pending.needed <= self._cache.follower.known and self._fly(exchange, pending) is None

    async def join(self, exchange: Exchange) -> Whole | None:
        """The answer to somebody who asks the same at this moment; None where the request has to run itself."""
        pending, follower = exchange.pending, self._cache.follower
        if pending is None:
            return None
        if pending.needed > follower.known and not await follower.reaches(pending.needed):
            # What is read now is new enough, but nobody here can say what it is worth.
            exchange.pending = None
            return None
        while (flight := self._fly(exchange, pending)) is not None:
            outcome = await flight.wait()
            if outcome is not ABANDONED:
                return self._give(exchange, outcome, "joined") if isinstance(outcome, Answer) else None
        return None

    async def renew(self, exchange: Exchange) -> bool:
        """Begin to make an answer anew whose time is over; False where somebody did, or it couldn't be kept."""
        exchange.pending = Pending(exchange.overdue, 0, None, self._cache.answers.generation)
        return await self.join(exchange) is None and exchange.pending is not None

    def _fly(self, exchange: Exchange, pending: Pending) -> Flight | None:
        """The request that runs already for the same; None where this one runs from now on."""
        pending.stamp = stamp = self._cache.follower.stamp()
        if stamp is None:
            exchange.pending = None
            return None
        if pending.audited is not None:
            return None
        flight = self._cache.flights.find(pending.sent, stamp)
        if flight is None:
            pending.flight = self._cache.flights.begin(pending.sent, stamp)
        return flight

    def watch(self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared) -> bool:
        """Watch an operation whose answer is to be kept; whether other processes may have it already (`ask`)."""
        pending = exchange.pending
        if pending is None:
            return False
        operation, key, is_audited = prepared.operation, hash(pending.sent), pending.audited is not None
        is_asked = self._cache.shared is not None and not is_audited and operation.worth.is_given(key)
        if not may_be_kept(asked, operation):
            self.leave(exchange)
            return False
        if not (is_asked or is_audited or operation.demand.admits(key)):
            # Hardly anybody asks twice for what it answers: it is only for those who do so meanwhile.
            return False
        operation.demand.note(is_hit=False)
        pending.begin(Watch(None if is_audited else self._cache.reads))
        return is_asked

    async def ask(self, exchange: Exchange, prepared: Prepared) -> Whole | None:
        """The answer that other processes keep for an operation that is watched."""
        pending, shared, operation = exchange.pending, self._cache.shared, prepared.operation
        if shared is None:
            return None
        pending.digest = digest_of(
            self._cache.options.schema,
            operation.digest,
            written(prepared.values),
            " ".join(sorted(exchange.viewer.roles)).encode(),
            b"anonymous" if exchange.viewer.is_anonymous else b"",
        )
        found = await shared.find(pending.digest, operation.worth)
        if found is None:
            pending.began = time.perf_counter()
            return None
        answer = answer_of(operation, found)
        self._settle(exchange, pending, answer)
        return self._give(exchange, answer, "shared")

    def note_change(self, cursor: int) -> None:
        """Give nothing any more that was read before a change of this process."""
        self._cache.follower.note_commit(cursor)

    def keep(self, exchange: Exchange, prepared: Prepared, reply: Whole) -> Whole:
        """Keep an answer without errors, where it is known what it depends on; the reply as it is sent."""
        pending = exchange.pending
        tags = pending and pending.watch and pending.watch.tags
        if pending is None or tags is None:
            self._pass_on(pending, prepared.operation, reply)
            note(exchange, "bypass")
            return reply.with_headers(TOLD[BYPASS]) if prepared.operation.is_query else reply
        found = Envelope(reply.content, pending.stamp, tags, time.time())
        answer = answer_of(prepared.operation, found)
        if pending.audited is not None:
            self._cache.audit.compare(pending.audited, answer.content)
        self._settle(exchange, pending, answer)
        if pending.digest is not None and self._cache.shared is not None:
            prepared.operation.worth.note_work(time.perf_counter() - pending.began, self._gauge.running)
            self._cache.shared.keep(pending.digest, found)
        note(exchange, "miss")
        return self._reply(answer, exchange, MISS)

    def leave(self, exchange: Exchange) -> None:
        """Let those go on by themselves who wait for an answer that can't be theirs."""
        pending, exchange.pending = exchange.pending, None
        if pending is not None and pending.flight is not None:
            outcome = ABANDONED if exchange.is_gone else None
            self._cache.flights.end(pending.sent, pending.flight, outcome)

    def _pass_on(self, pending: Pending | None, operation: Operation, reply: Whole) -> None:
        """Give an answer that isn't worth keeping to those who wait for it."""
        if pending is None or pending.stamp is None or pending.watch is not None:
            return
        if pending.flight is not None and pending.flight.is_awaited:
            found = Envelope(reply.content, pending.stamp, EVERY, time.time())
            self._cache.flights.end(pending.sent, pending.flight, answer_of(operation, found))

    def _give(self, exchange: Exchange, answer: Answer, outcome: str) -> Whole:
        """The reply with an answer that needn't be made; `outcome` says for the metrics where it was."""
        exchange.operation_name = answer.operation
        note(exchange, outcome)
        return self._reply(answer, exchange, STALE if outcome == "stale" else HIT)

    def _reply(self, answer: Answer, exchange: Exchange, outcome: str) -> Whole:
        return reply_with(answer, exchange, outcome, tells_tags=self._cache.options.tells_tags)

    def _settle(self, exchange: Exchange, pending: Pending, answer: Answer) -> None:
        """Keep an answer in this process, and give it to those who wait for it."""
        if pending.generation == self._cache.answers.generation:
            self._cache.answers.keep(pending.sent, answer)
        if pending.flight is not None:
            self._cache.flights.end(pending.sent, pending.flight, answer)
        exchange.pending = None


def sent_in(exchange: Exchange, body: bytes) -> Sent | None:
    """What tells a request from others as it came; None of one that is answered for itself alone."""
    if exchange.explains or exchange.is_dry or len(body) > MAX_KEY:
        return None
    # What a body means depends on the path, where that names the document.
    named = exchange.path.encode() if exchange.path.startswith(NAMED) else b""
    asked = body or b"?" + exchange.query_string
    return (named + asked, exchange.viewer.roles, exchange.viewer.is_anonymous)


def may_be_kept(asked: GraphQLRequest, operation: Operation) -> bool:
    """Whether others with the same roles may be given the answer."""
    if (asked.extensions and asked.extensions.keys() - SILENT) or operation.introspects:
        return False
    return operation.policy.is_shared and not audit.concerns(operation)


def needed_cursor(exchange: Exchange) -> int:
    """The change that an answer must know of; 0 where the client has seen none.

    Raises BadRequestError where the header is no cursor.
    """
    value = exchange.headers.get(_CONSISTENCY)
    if value is None:
        return 0
    if not _CURSOR.fullmatch(value):
        raise BadRequestError("Consistency-Cursor is the number that a mutation was answered with.")
    return int(value)


def answer_of(operation: Operation, found: Envelope) -> Answer:
    """An answer to an operation, as this process keeps it."""
    policy = operation.policy
    return Answer(
        found.content,
        operation.name,
        policy.max_age,
        found.stamp,
        found.tags,
        found.made,
        stale=policy.stale,
        demand=operation.demand,
    )


def note(exchange: Exchange, outcome: str) -> None:
    """Count a query by what the cache did, unless nobody asked it but the cache."""
    if not exchange.is_apart:
        CACHED[outcome].inc()
