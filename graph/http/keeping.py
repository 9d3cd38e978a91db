"""Whole answers that are given again: which may be kept, and where a request looks for its own."""

import re
import time
from asyncio import Future
from functools import lru_cache

from graph.cache.answers import Answer, Sent
from graph.cache.cache import Cache
from graph.cache.envelope import Envelope
from graph.cache.flights import ABANDONED, Flight
from graph.cache.keys import digest_of, written
from graph.cache.recent_keys import RecentKeys
from graph.cache.tags import EVERY
from graph.cache.watch import Watch
from graph.errors import BadRequestError
from graph.execution.document import Operation
from graph.execution.run import Prepared
from graph.http.caching import BYPASS, HIT, MISS, STALE, TOLD, reply_with
from graph.http.exchange import Exchange, Headers
from graph.http.media import TABLES
from graph.http.overload import Gauge
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest
from graph.http.usage import note_use
from graph.telemetry.metrics import CACHED

# Bytes of a body that may be asked again; a longer one is hardly ever the same twice.
MAX_KEY = 8 * 1024

# Extensions of a request that change nothing in its answer.
SILENT = frozenset({"persistedQuery"})

# Of answers that are found as often as this it needn't be noted each time.
WELL_KNOWN = 0.9

# The header that a mutation is answered with; sent back, it asks for nothing older.
CONSISTENCY = "consistency-cursor"
CURSOR = CONSISTENCY.encode()
_DIGITS = re.compile(rb"[0-9]{1,18}")


class Keeping:
    """Keeps answers without errors for whoever asks the same with the same roles."""

    def __init__(self, cache: Cache, gauge: Gauge) -> None:
        self._cache = cache
        self._is_on = cache.is_on
        self._answers = cache.answers
        self._flights = cache.flights
        self._follower = cache.follower
        self._shared = cache.shared
        self._gauge = gauge
        self._lately = RecentKeys()

    def find(self, exchange: Exchange, body: bytes) -> Whole | None:
        """The answer that is kept for a request as it came; if there is none, note what it wants."""
        if not self._is_on or stands_alone(exchange) or len(body) > MAX_KEY:
            # It is answered for itself alone.
            return None
        exchange.wanted = wanted = body or b"?" + exchange.query_string
        lately, key, has_cursor = self._lately, hash(wanted), CURSOR in exchange.headers
        if lately.is_vain and not (has_cursor or lately.remember(key)):
            return None
        sent = self._sent(exchange, wanted)
        needed, found = cursor_in(exchange.headers) if has_cursor else 0, None
        if needed <= self._follower.known:
            found = self._answers.find(sent)
            lately.note_look(is_found=found is not None)
            if found is not None and not self._cache.audit.is_due():
                if found.demand.rate < WELL_KNOWN:
                    found.demand.note(key, is_hit=True)
                if found.is_overdue:
                    exchange.overdue = sent
                    return self._give(exchange, found, "stale")
                return self._give(exchange, found, "hit")
        if needed or found is not None or lately.remember(key):
            exchange.flight = Flight(sent, needed, found)
        return None

    def begin(self, exchange: Exchange) -> bool:
        """Have a request run by itself, for others to join; False where it has to wait for something (`join`)."""
        flight = exchange.flight
        if flight is None:
            return True
        return flight.needed <= self._follower.known and self._flights.begin(flight) is flight

    async def join(self, exchange: Exchange) -> Whole | None:
        """The answer to somebody who asks the same at this moment; None where the request has to run itself."""
        flight = exchange.flight
        if not await self._follower.reaches(flight.needed):
            # What is read now is new enough, but nobody here can say what it is worth.
            return None
        while (first := self._flights.begin(flight)) is not flight:
            outcome = await first.wait()
            if outcome is not ABANDONED:
                return self._give(exchange, outcome, "joined") if isinstance(outcome, Answer) else None
        return None

    async def renew(self, exchange: Exchange) -> bool:
        """Begin to make an answer anew whose time is over; False where somebody did, or it couldn't be kept."""
        exchange.flight = Flight(exchange.overdue)
        return await self.join(exchange) is None and exchange.flight.stamp is not None

    def watch(self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared) -> bool:
        """Watch an operation whose answer is to be kept, or tell whether to `ask` other processes for it first."""
        wanted, flight, operation = exchange.wanted, exchange.flight, prepared.operation
        if wanted is None:
            return False
        if flight is None:
            if not (operation.demand.is_high or (self._shared is not None and operation.worth.pays)):
                # Hardly anybody asks twice for what it answers, and for this nobody did.
                return False
            # What it means was found just now, and if others like it run by now, it is too late to join them.
            flight = exchange.flight = Flight(self._sent(exchange, wanted))
            self._flights.begin(flight)
        is_plain = not (asked.extensions and asked.extensions.keys() - SILENT)
        if flight.stamp is None or not (operation.is_shared and is_plain):
            self.leave(exchange)
            return False
        key, is_audited = hash(wanted), flight.audited is not None
        operation.demand.note(key, is_hit=False)
        is_asked = self._shared is not None and not is_audited and operation.worth.is_given(key)
        if not is_asked:
            flight.watch = Watch(None if is_audited else self._cache.reads)
        return is_asked

    def ask(self, exchange: Exchange, prepared: Prepared) -> Future[object]:
        """Ask for what other processes keep for an operation of which they may have it: it is to be taken then."""
        flight, shared, operation = exchange.flight, self._shared, prepared.operation
        flight.digest = digest_of(
            self._cache.options.schema,
            operation.digest,
            written(prepared.values),
            named(exchange.viewer.roles),
            b"anonymous" if exchange.viewer.is_anonymous else b"",
        )
        return shared.ask(flight.digest)  # type: ignore[union-attr]  # else nobody is asked

    def take(self, exchange: Exchange, prepared: Prepared, told: object) -> Whole | None:
        """The answer in what was told by those who were asked; None where there is none."""
        flight, shared, operation = exchange.flight, self._shared, prepared.operation
        found = shared.take(flight.digest, told, operation.worth)  # type: ignore[union-attr]  # as above
        if found is None:
            flight.watch, flight.began = Watch(self._cache.reads), time.perf_counter()
            return None
        answer = answer_of(exchange, operation, found)
        self._settle(exchange, flight, answer)
        return self._give(exchange, answer, "shared")

    def note_change(self, cursor: int) -> None:
        """Give nothing any more that was read before a change of this process."""
        self._follower.note_commit(cursor)

    def keep(self, exchange: Exchange, prepared: Prepared, reply: Whole) -> Whole:
        """Keep an answer without errors, where it is known what it depends on; the reply as it is sent."""
        flight = exchange.flight
        tags = flight and flight.watch and flight.watch.tags
        if tags is None:
            if flight is not None and flight.waiting:
                found = Envelope(reply.content, flight.stamp, EVERY, time.time())
                self._flights.end(flight, answer_of(exchange, prepared.operation, found))
            note(exchange, "bypass")
            return reply.with_headers(TOLD[BYPASS]) if prepared.operation.is_query else reply
        found = Envelope(reply.content, flight.stamp, tags, time.time())
        answer = answer_of(exchange, prepared.operation, found)
        if flight.audited is not None:
            self._cache.audit.compare(flight.audited, answer.content)
        self._settle(exchange, flight, answer)
        if flight.digest is not None and self._shared is not None:
            prepared.operation.worth.note_work(time.perf_counter() - flight.began, self._gauge.running)
            self._shared.keep(flight.digest, found)
        note(exchange, "miss")
        return self._reply(answer, exchange, MISS)

    def leave(self, exchange: Exchange) -> None:
        """Let those go on by themselves who wait for an answer that can't be theirs."""
        flight, exchange.flight, exchange.wanted = exchange.flight, None, None
        if flight is not None:
            self._flights.end(flight, ABANDONED if exchange.is_gone else None)

    def _sent(self, exchange: Exchange, wanted: bytes) -> Sent:
        """What tells a request from others as it came."""
        viewer = exchange.viewer
        # What a body means may depend on the document that the path names.
        return (wanted, exchange.path, viewer.roles, viewer.is_anonymous, self._answers.generation)

    def _give(self, exchange: Exchange, answer: Answer, outcome: str) -> Whole:
        """The reply with an answer that needn't be made; `outcome` says for the metrics where it was."""
        exchange.operation = answer.operation
        if answer.use is not None and exchange.use is None:
            # It hasn't been read what it asks for.
            note_use(exchange, answer.use)
        note(exchange, outcome)
        return self._reply(answer, exchange, STALE if outcome == "stale" else HIT)

    def _reply(self, answer: Answer, exchange: Exchange, outcome: str) -> Whole:
        return reply_with(answer, exchange, outcome, tells_tags=self._cache.options.tells_tags)

    def _settle(self, exchange: Exchange, flight: Flight, answer: Answer) -> None:
        """Keep an answer in this process, and give it to those who wait for it."""
        self._answers.keep(flight.sent, answer)
        self._flights.end(flight, answer)
        exchange.flight = None


def stands_alone(exchange: Exchange) -> bool:
    """Whether a request is answered for itself alone."""
    return exchange.explains or exchange.is_dry or exchange.media_type in TABLES


def cursor_in(headers: Headers) -> int:
    """The change that an answer must know of, where the client says so.

    Raises BadRequestError where the header is no cursor.
    """
    value = headers[CURSOR]
    if not _DIGITS.fullmatch(value):
        raise BadRequestError("Consistency-Cursor is the number that a mutation was answered with.")
    return int(value)


@lru_cache(maxsize=64)
def named(roles: frozenset[str]) -> bytes:
    """Roles as a part of a key."""
    return " ".join(sorted(roles)).encode()


def answer_of(exchange: Exchange, operation: Operation, found: Envelope) -> Answer:
    """An answer to an operation, as this process keeps it."""
    policy = operation.policy
    return Answer(
        found.content,
        exchange.operation,
        policy.max_age,
        found.stamp,
        found.tags,
        found.made,
        stale=policy.stale,
        demand=operation.demand,
        use=exchange.use,
    )


def note(exchange: Exchange, outcome: str) -> None:
    """Count a query by what the cache did, unless nobody asked it but the cache."""
    if not exchange.is_apart:
        exchange.cached = outcome
        CACHED[outcome].inc()
