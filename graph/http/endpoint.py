"""/graphql: the way of a request, step by step; each step has a file of its own."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.types import Receive, Scope, Send

from db.engine import Database
from graph.cache.cache import Cache
from graph.errors import BadRequestError, LaterError, NotAcceptableError
from graph.events.announcer import Announcer
from graph.events.listener import Listener
from graph.execution.run import Abandoned, Prepared
from graph.http import arrival, audit, dry_run, media, request
from graph.http.batch import answer_batch, refuse_batch, whole, write_answers
from graph.http.caching import is_known
from graph.http.documents import PersistedDocuments
from graph.http.encoding import Encoding, encode
from graph.http.event_stream import framed_whole, stream_of
from graph.http.exchange import Exchange, exchange_of
from graph.http.keeping import Keeping
from graph.http.lists import list_for
from graph.http.overload import Gauge
from graph.http.permission import Permission
from graph.http.preparation import Preparation
from graph.http.refusal import write_refusal
from graph.http.renewals import Renewals
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.http.running import reserve, run, run_dry
from graph.http.slow import SlowOperations
from graph.http.stream import Stream
from graph.http.throttle import Throttle
from graph.http.uncosted import cost_of_body
from graph.http.variable_sets import VariableSets
from graph.identity.authentication import Authentication
from graph.identity.viewer import Viewer
from graph.telemetry.operations import OperationNames


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How requests are taken: the longest body in bytes, the largest batch (0 takes none), and from whom."""

    max_body_bytes: int
    max_batch: int
    # Bytes above which an answer is compressed for those who take it; 0 compresses none.
    compress_above: int
    # Whether everyone may ask for the schema: where one develops.
    is_open: bool
    # Whether QUERY is taken besides GET and POST.
    takes_query: bool = False
    # The most sets of variables that one operation is run for.
    max_variable_sets: int = 1
    # Seconds from which an operation is told in the log by itself; 0 for none.
    slow_operation: float = 0


class GraphQLEndpoint:
    """The ASGI application behind /graphql."""

    def __init__(
        self,
        announcer: Announcer,
        authentication: Authentication,
        documents: PersistedDocuments,
        cache: Cache,
        gauge: Gauge,
        throttle: Throttle,
        names: OperationNames,
        options: EndpointOptions,
    ) -> None:
        self._announcer = announcer
        # What answers an event answers any operation.
        self._runner = announcer.runner
        self._authentication = authentication
        self._documents = documents
        self._cache = cache
        self._keeping = Keeping(cache, gauge)
        self._renewals = Renewals()
        self._gauge = gauge
        self._throttle = throttle
        self._permission = Permission(is_open=options.is_open, takes_query=options.takes_query)
        self._preparation = Preparation(self._runner, self._permission, names)
        self._slow = SlowOperations(self._runner.facts, options.slow_operation)
        most = options.max_variable_sets
        self._sets = VariableSets(self._runner, documents, self._preparation, self._slow, cache.replicas, most)
        self._encoding = Encoding(options.compress_above)
        self._options = options

    async def aclose(self) -> None:
        """End what goes on behind requests, while what it needs is still open."""
        await self._renewals.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = exchange_of(scope)
        try:
            found = await self._take(exchange, receive, scope["state"]["database"])
            reply: Whole | Stream
            if isinstance(found, Listener):
                reply = stream_of(exchange, found, self._announcer.audience)
            else:
                reply = self._finish(exchange, found)
        except Abandoned:
            # Nobody is there to be told.
            return
        except Exception as error:  # noqa: BLE001 - whatever it is: an id for the client, the rest for the log
            reply = self._finish(exchange, refuse(exchange, error))
        finally:
            self._keeping.leave(exchange)
        await reply.send(exchange, send)

    def answer_at_once(self, exchange: Exchange, body: bytes, database: Database) -> bool:
        """Answer a POST that is here as a whole from what is kept; False where its task has to go on with it."""
        try:
            viewer = self._admit(exchange)
            if viewer is None or exchange.media_type == media.EVENT_STREAM:
                return False
            self.welcome(exchange, viewer)
            arrival.require_whole(exchange, body, self._options.max_body_bytes)
            kept = self._keeping.find(exchange, body)
            if kept is not None:
                self._renew_overdue(exchange, body, database)
                kept = self._finish(exchange, kept)
        except Exception:  # noqa: BLE001 - its task meets it again, and refuses it
            return False
        exchange.is_looked_up = True
        return kept is not None and kept.try_write(exchange)

    def ask_at_once(self, exchange: Exchange, body: bytes) -> Future[object] | None:
        """Ask other processes for the answer to such a POST (`answer_with`); None where its task goes on."""
        try:
            prepared = self._read_at_once(exchange, body)
            if prepared is not None and self._watch(exchange, exchange.asked, prepared):
                return self._keeping.ask(exchange, prepared)
        except Exception as error:  # noqa: BLE001 - as in its task
            self._refuse_in_turn(exchange, error)
        return None

    def answer_with(self, exchange: Exchange, told: object) -> bool:
        """Answer with what other processes told; False where the task has to go on."""
        try:
            kept = self._keeping.take(exchange, exchange.prepared, told)
            if kept is None or not self._finish(exchange, kept).try_write(exchange):
                return False
        except Exception as error:  # noqa: BLE001 - as in its task
            self._refuse_in_turn(exchange, error)
            return False
        self._gauge.end()
        return True

    def _read_at_once(self, exchange: Exchange, body: bytes) -> Prepared | None:
        """Read an operation that waits neither for its turn nor for its document; None where it would."""
        if not (exchange.is_looked_up and self._keeping.begin(exchange)):
            return None
        asked = self._parse(exchange, body)
        if isinstance(asked, list) or asked.sets is not None:
            return None
        exchange.asked = asked
        if asked.extensions or not self._gauge.try_begin():
            return None
        try:
            prepared = self._preparation.prepare(exchange, asked, self._documents.text_here(asked) or "")
        except Exception:
            self._gauge.end()
            raise
        exchange.prepared = prepared
        return prepared

    def _refuse_in_turn(self, exchange: Exchange, error: Exception) -> None:
        """Have a request's task send its refusal."""
        if exchange.prepared is not None:
            exchange.prepared = None
            self._gauge.end()
        exchange.refusal = refuse(exchange, error)

    def _finish(self, exchange: Exchange, reply: Whole) -> Whole:
        """Return an answer as it is sent: coded where its client takes that, with what its bucket holds."""
        headers = reply.headers
        if exchange.account is not None:
            headers = {**headers, **exchange.account.headers()}
        if exchange.use is not None:
            headers = {**headers, **exchange.use.headers}
        if exchange.media_type == media.EVENT_STREAM:
            return framed_whole(exchange, reply.with_headers(headers))
        coding = self._encoding.coding_for(exchange, len(reply.content))
        if reply.etag is not None:
            etag = f'"{reply.etag}-{coding}"' if coding else f'"{reply.etag}"'
            headers = {**headers, "etag": etag}
            if is_known(exchange, etag):
                return Whole(304, b"", headers)
        if coding is None:
            return Whole(reply.status, reply.content, headers)
        content = encode(reply.content, coding, reply.coded)
        return Whole(reply.status, content, {**headers, "content-encoding": coding})

    async def _take(self, exchange: Exchange, receive: Receive, database: Database) -> Whole | Listener:
        """Take a request, until it is known what it asks for; raises what it is refused for."""
        # What was read before its task began isn't read again.
        if exchange.refusal is not None:
            refusal: Whole = exchange.refusal
            return refusal
        if exchange.asked is not None:
            return await self.answer(exchange, database, exchange.asked)
        if not exchange.is_looked_up:
            viewer = self._admit(exchange) or await self._authentication.authenticate(exchange.header_list)
            self.welcome(exchange, viewer)
        # Read.
        body = await arrival.read_body(exchange, receive, self._options.max_body_bytes)
        # Answer from what is kept, or together with those who ask the same at this moment.
        kept = None if exchange.is_looked_up else self._keeping.find(exchange, body)
        if kept is None and not self._keeping.begin(exchange):
            kept = await self._keeping.join(exchange)
        if kept is not None:
            self._renew_overdue(exchange, body, database)
            return kept
        asked = self._parse(exchange, body)
        if isinstance(asked, list) and not 0 < len(asked) <= self._options.max_batch:
            if exchange.account is not None:
                exchange.account.pay(cost_of_body(len(body)))
            return refuse_batch(exchange, asked, self._options.max_batch)
        return await self.answer(exchange, database, asked)

    def _renew_overdue(self, exchange: Exchange, body: bytes, database: Database) -> None:
        """Have an answer made anew whose time is over, behind the request that is given it once more."""
        if exchange.overdue is not None:
            self._renewals.begin(exchange.overdue, partial(self._renew, exchange.apart(), body, database))

    async def _renew(self, exchange: Exchange, body: bytes, database: Database) -> None:
        """Make an answer anew that is given meanwhile."""
        try:
            if await self._keeping.renew(exchange):
                await self.answer(exchange, database, request.parse(exchange, body))
        finally:
            self._keeping.leave(exchange)

    async def answer(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest | list[object]
    ) -> Whole | Listener:
        """Run what is asked for once it is its turn."""
        if exchange.prepared is None:
            # Only now, since a request that is still arriving takes nobody's place.
            await self._gauge.begin()
        try:
            if exchange.is_gone:
                # While it waited: whatever it asks for, nothing of it was begun.
                raise Abandoned
            if isinstance(asked, list) or asked.sets is not None:
                return await self._answer_several(exchange, database, asked)
            if exchange.prepared is not None:
                return await self._run(exchange, database, asked, exchange.prepared)
            return await self._operate(exchange, database, asked)
        finally:
            self._gauge.end()

    async def _answer_several(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest | list[object]
    ) -> Whole:
        """Run several operations, or one with several sets of variables."""
        if exchange.media_type == media.CSV:
            raise NotAcceptableError(f"Several answers are {media.JSON_LINES} or {media.JSON}, never {media.CSV}.")
        # None of the answers is the answer to the body.
        self._keeping.leave(exchange)
        exchange.takes_events, exchange.is_several = False, True
        operate = partial(self._contents, exchange, database)
        if isinstance(asked, list):
            return await answer_batch(exchange, asked, operate, self._runner.timeout)
        return write_answers(exchange, await operate(asked))

    async def _contents(self, exchange: Exchange, database: Database, asked: GraphQLRequest) -> Sequence[bytes]:
        """Run an operation once, or once for each set of variables; the answers as JSON."""
        if asked.sets is not None:
            operate = partial(self._contents, exchange, database)
            return await self._sets.answer(exchange, database, asked, operate)
        return [whole(await self._operate(exchange, database, asked)).content]

    def _admit(self, exchange: Exchange) -> Viewer | None:
        """Return who asks, where that is known already; raises what a request is refused for unread."""
        # Negotiate: what is refused from here on is refused in a form that the client takes.
        accepted = media.read_accept(exchange.headers.get(b"accept", b""))
        if accepted.answer is None:
            raise NotAcceptableError(f"Answers are {', '.join(media.ALL)}; Accept takes none of these.")
        exchange.media_type = accepted.answer
        exchange.takes_events, exchange.takes_lines = accepted.events, accepted.lines
        # Admit: what can't be taken isn't read either.
        arrival.require_bounds(exchange)
        self._gauge.require_room()
        return self._authentication.find_remembered(exchange.header_list, exchange.headers)

    def welcome(self, exchange: Exchange, viewer: Viewer) -> None:
        """Note who asks, and who pays; raises what they may not do whatever it is that they ask."""
        exchange.viewer = viewer
        exchange.account = self._throttle.account_of(viewer, exchange.client[0] if exchange.client else "")
        exchange.explains = self._permission.admit_explain(exchange)
        exchange.is_dry = dry_run.is_asked(exchange)
        self._permission.require_method(exchange)

    @staticmethod
    def _parse(exchange: Exchange, body: bytes) -> GraphQLRequest | list[object]:
        """Return what is asked for; raises BadRequestError, having its client pay for the reading."""
        if exchange.account is None:
            return request.parse(exchange, body)
        exchange.account.require()
        try:
            return request.parse(exchange, body)
        except BadRequestError:
            exchange.account.pay(cost_of_body(len(body) or len(exchange.query_string)))
            raise

    def _watch(self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared) -> bool:
        """Watch an operation that is run where it is to be kept; whether others may have its answer."""
        if exchange.is_dry or prepared.is_dry:
            return False
        audit.record(exchange, prepared)
        return self._keeping.watch(exchange, asked, prepared)

    async def _estimate(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared
    ) -> Whole:
        """Tell what an operation would cost in place of running it; the reading is paid for."""
        if exchange.account is not None:
            exchange.account.turn_to(prepared.work)
            exchange.account.pay(cost_of_body(len(prepared.operation.source.body)))
        result = await run_dry(self._runner, database, exchange, prepared)
        return write_result(self._runner, exchange, asked, prepared, result)

    async def _listen(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared
    ) -> Whole | Listener:
        """Begin to listen; raises NotAcceptableError where its client takes one answer only."""
        # Nobody can be given the same.
        self._keeping.leave(exchange)
        if not exchange.takes_events:
            what = "query with @live" if prepared.operation.is_live else "subscription"
            how = f"over a WebSocket, or alone with Accept: {media.EVENT_STREAM}"
            raise NotAcceptableError(f"A {what} is answered {how}.")
        exchange.media_type = media.EVENT_STREAM
        return await self._announcer.begin(exchange, database, asked, prepared)

    async def _operate(self, exchange: Exchange, database: Database, asked: GraphQLRequest) -> Whole | Listener:
        """Run one operation; raises what it is refused for."""
        if exchange.account is not None:
            # Again: those before it in a batch have been paid for.
            exchange.account.require()
        # Find the document: its text was sent, or its hash or id.
        text = await self._documents.text_of(asked)
        # Prepare: it is read, bounded, validated and weighed.
        prepared = self._preparation.prepare(exchange, asked, text)
        await self._documents.keep(asked)
        # Answer from what other processes keep.
        if self._watch(exchange, asked, prepared):
            told = await self._keeping.ask(exchange, prepared)
            if (kept := self._keeping.take(exchange, prepared, told)) is not None:
                return kept
        return await self._run(exchange, database, asked, prepared)

    async def _run(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared
    ) -> Whole | Listener:
        """Run an operation whose answer isn't kept; raises what it is refused for."""
        # Nothing is run for who could only be given the rows of a list, where there is none.
        wanted = list_for(exchange, prepared)
        if exchange.is_dry or prepared.is_dry:
            return await self._estimate(exchange, database, asked, prepared)
        if prepared.operation.goes_on:
            return await self._listen(exchange, database, asked, prepared)
        # Throttle: the most that it can cost is reserved.
        account = exchange.account
        charge = None if account is None else await reserve(account, prepared)
        # Run.
        result = await run(self._runner, database, exchange, prepared, self._cache, self._slow)
        # What this process keeps is from before the change.
        if result.extensions and (consistency := result.extensions.get("consistency")):
            self._keeping.note_change(int(consistency["cursor"]))
        # Report.
        if charge is not None and result.data is not None and (charge.matters or asked.wants_cost):
            charge.settle(self._runner.actual(prepared, result))
        reply = write_result(self._runner, exchange, asked, prepared, result)
        if wanted is not None:
            return wanted.write(exchange, result, reply)
        # Keep.
        return reply if result.errors else self._keeping.keep(exchange, prepared, reply)


def refuse(exchange: Exchange, error: Exception) -> Whole:
    """The refusal of a request for an error, whatever it is: an id for the client, the rest for the log."""
    if isinstance(error, LaterError):
        exchange.media_type = media.read_accept(exchange.headers.get(b"accept", b"")).later
    refusal = write_refusal(error, exchange)
    if exchange.media_type in media.TABLES:
        # It is no row of a list.
        exchange.media_type = media.JSON
    return refusal
