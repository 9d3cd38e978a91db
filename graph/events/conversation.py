"""One WebSocket in graphql-transport-ws: who is there, and the operations that it has under way."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack, aclosing
from functools import partial
from typing import Any, Final, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from db.engine import Database
from graph.errors import (
    BadRequestError,
    ClientError,
    ForbiddenError,
    LaterError,
    ServiceUnavailableError,
    ThrottledError,
)
from graph.events import messages
from graph.events.audience import LATER, Audience, HeaderList, Seat
from graph.events.listener import Answer, Listener
from graph.events.messages import NAMES, Message, names_in, pong, read_message, token_in, written
from graph.events.subscriber import Subscriber
from graph.execution.run import Abandoned
from graph.http.exchange import LOOKED_AT, Exchange, begin_span
from graph.http.frames import STOP, WRITE
from graph.http.refusal import write_refusal
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest, from_parameters
from graph.identity.viewer import Viewer
from graph.telemetry.requests import record
from graph.telemetry.tracing import tracing

# Seconds that a client may take to say who it is, and to take a message.
INIT: Final = 10.0
LAG: Final = 5.0
# Bytes of the reason in a frame that closes (RFC 6455, 5.5).
MAX_REASON: Final = 123

log = logging.getLogger("ariesone.events")


class Operations(Protocol):
    """What answers operations."""

    def welcome(self, exchange: Exchange, viewer: Viewer) -> None:
        """Note who asks, and who pays."""

    async def answer(self, exchange: Exchange, database: Database, asked: GraphQLRequest) -> Whole | Listener:
        """Run an operation once it is its turn, or begin to listen; raises what it is refused for."""


class Running:
    """An operation under way; once it is over for its client, it hears no more of it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.is_over = False
        # Whether it is answered, or would never be answered to its end.
        self.is_settled = asyncio.Event()

    def end(self) -> None:
        """Say no more: a query or a subscription ends with it, a mutation is done to its end."""
        self.is_over = True
        self.is_settled.set()
        self.exchange.leave()


class Conversation:
    """What is said over one socket, from its handshake to its end."""

    def __init__(
        self, operations: Operations, audience: Audience, room: ExitStack, most: int, scope: Scope, send: Send
    ) -> None:
        self._operations = operations
        self._audience = audience
        # That is kept for it until it is known who is there.
        self._room = room
        self._most = most
        self._scope = scope
        self._send = send
        self._database: Database = scope["state"]["database"]
        self._try_write: Callable[[bytes], bool] | None = scope["extensions"].get(WRITE, {}).get("try_write")
        self._running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_begun = False
        # What its client calls itself, as headers.
        self._names = {name: value[:LOOKED_AT] for name, value in scope["headers"] if name in NAMES.values()}
        # From when it is known who is there.
        self._seat: Seat | None = None
        self._is_stopping = False
        self._is_closed = False

    async def hold(self, receive: Receive) -> None:
        """Hear what a client says until it is gone; what it changes is done to its end."""
        late = asyncio.get_running_loop().call_later(INIT, self._miss)
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                if message["type"] == STOP:
                    self._spawn(self._stop())
                elif not self._is_closed:
                    await self._hear(message.get("text"))
        finally:
            late.cancel()
            self._is_closed = True
            for running in self._running.values():
                running.end()
            if self._seat is not None:
                self._audience.leave(self._seat)
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _hear(self, text: str | None) -> None:
        try:
            message = read_message(text)
            match message.type:
                case messages.INIT:
                    await self._begin(message)
                case messages.PING:
                    await self._ping(message)
                case messages.SUBSCRIBE:
                    await self._subscribe(message)
                case messages.COMPLETE:
                    self._complete(message.id)
        except BadRequestError as error:
            await self._close(messages.INVALID, error.message)

    # Who is there.

    async def _begin(self, message: Message) -> None:
        if self._has_begun:
            await self._close(messages.TWO_INITS, "Too many initialisation requests")
            return
        self._has_begun = True
        self._names.update(names_in(message.payload))
        self._spawn(self._admit(self._headers_with(token_in(message.payload))))

    async def _admit(self, headers: HeaderList) -> None:
        """Find out who is there, and say so."""
        try:
            viewer = await self._authenticate(headers)
            if self._is_closed:
                return
            self._room.close()
            self._seat = self._audience.admit(viewer, self._scope.get("client"), headers, self._turn_away)
        except ClientError as error:
            await self._refuse(error)
        else:
            await self._say(written(messages.ACK))

    async def _ping(self, message: Message) -> None:
        token = token_in(message.payload)
        if token is None:
            await self._say(pong(message.payload))
        elif self._seat is not None:
            # One after the other: what a client sends meanwhile waits.
            await self._renew(self._seat, self._headers_with(token))

    async def _renew(self, seat: Seat, headers: HeaderList) -> None:
        """Take a newer token in place of the one that the socket was opened with."""
        try:
            viewer = await self._authenticate(headers)
            if (viewer.issuer, viewer.subject) != (seat.viewer.issuer, seat.viewer.subject):
                raise ForbiddenError("The new token is somebody else's.")
            if not viewer.roles >= seat.viewer.roles:
                raise ForbiddenError("The new token has fewer roles; connect again.")
        except ClientError as error:
            await self._refuse(error)
        else:
            seat.viewer, seat.headers = viewer, headers
            await self._say(written(messages.PONG))

    async def _authenticate(self, headers: HeaderList) -> Viewer:
        """Return who comes with these headers; raises a ClientError, whatever goes wrong."""
        try:
            return await self._audience.authenticate(headers)
        except ClientError:
            raise
        except Exception as error:
            log.exception("the client of a WebSocket can't be authenticated")
            raise ServiceUnavailableError("Your token can't be verified at the moment.", LATER) from error

    def _headers_with(self, token: str | None) -> HeaderList:
        """Return the headers of the handshake, with the token that was sent since."""
        headers: Sequence[tuple[bytes, bytes]] = self._scope["headers"]
        if token is None:
            return headers
        others = [header for header in headers if header[0] != b"authorization"]
        return [*others, (b"authorization", token.encode())]

    async def _refuse(self, error: ClientError) -> None:
        code = messages.LATER if isinstance(error, LaterError) else messages.FORBIDDEN
        await self._close(code, error.message)

    def _turn_away(self, error: ClientError) -> None:
        """Close, since its token isn't good any more."""
        self._spawn(self._refuse(error))

    def _miss(self) -> None:
        if not self._has_begun:
            self._spawn(self._close(messages.INIT_TIMEOUT, "Connection initialisation timeout"))

    # What it asks for.

    async def _subscribe(self, message: Message) -> None:
        if self._seat is None:
            await self._close(messages.UNAUTHORIZED, "Unauthorized")
            return
        if self._is_stopping:
            # Nothing is begun any more: its client sends it again once it has come back.
            return
        if message.id in self._running:
            await self._close(messages.DUPLICATE, f"Subscriber for {message.id} already exists")
            return
        asked = from_parameters(message.payload)
        running = Running(self._exchange())
        self._operations.welcome(running.exchange, self._seat.viewer)
        if len(self._running) >= self._most:
            told = f"{self._most} operations of this WebSocket are running; no more are allowed."
            error = ThrottledError(told, LATER)
            await self._fail(running, message.id, write_refusal(error, running.exchange).content)
            record(running.exchange.ended_part(running.exchange.began))
            return
        self._running[message.id] = running
        self._spawn(self._run(running, message.id, asked))

    def _exchange(self) -> Exchange:
        """Return an exchange for one operation, as if it had come by a POST that says who its client is."""
        client, path = self._scope.get("client"), self._scope["path"]
        headers = list(self._names.items())
        request = {"method": "POST", "path": path, "query_string": b"", "headers": headers, "client": client}
        exchange = Exchange(request)
        exchange.takes_events = True
        return exchange

    async def _run(self, running: Running, id_: str, asked: GraphQLRequest) -> None:
        """Answer an operation, as often as there is an answer."""
        exchange = running.exchange
        if tracing.is_on:
            begin_span(exchange)
        try:
            await self._answer(running, id_, asked)
        finally:
            record(exchange.ended_part(exchange.began))

    async def _answer(self, running: Running, id_: str, asked: GraphQLRequest) -> None:
        exchange = running.exchange
        try:
            reply = await self._operations.answer(exchange, self._database, asked)
            if isinstance(reply, Listener):
                await self._tell_listener(running, id_, reply)
            else:
                await self._tell(running, written(messages.NEXT, id_, reply.content))
        except Abandoned:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this operation alone
            await self._fail(running, id_, write_refusal(error, exchange).content)
        await self._tell_last(running, id_, written(messages.COMPLETE, id_))

    async def _tell_listener(self, running: Running, id_: str, listener: Listener) -> None:
        running.is_settled.set()
        task = asyncio.current_task()
        if task is not None:
            running.exchange.on_leave(task.cancel)
        if isinstance(listener, Subscriber):
            listener.taker = partial(self._try_tell, running, id_)
        async with aclosing(listener.answers()) as answers:
            async for answer in answers:
                if answer is None:
                    continue
                if answer.cursor is None:
                    await self._fail(running, id_, answer.content)
                    return
                text = written(messages.NEXT, id_, answer.content)
                try:
                    async with asyncio.timeout(LAG):
                        await self._tell(running, text)
                except TimeoutError:
                    await self._fail(running, id_, listener.refuse(listener.lagged()))
                    return

    async def _fail(self, running: Running, id_: str, content: bytes) -> None:
        """End an operation with its errors; `content` is the JSON of an answer that has nothing else."""
        errors = orjson.dumps(orjson.loads(content)["errors"])
        await self._tell_last(running, id_, written(messages.ERROR, id_, errors))

    async def _stop(self) -> None:
        """Let all be answered that ends by itself, and close for the client to come back."""
        self._is_stopping = True
        for running in list(self._running.values()):
            await running.is_settled.wait()
        await self._close(messages.RESTART, "Service restart")

    def _complete(self, id_: str) -> None:
        """Say no more of an operation: its client has heard enough."""
        running = self._running.pop(id_, None)
        if running is not None:
            running.end()

    async def _tell_last(self, running: Running, id_: str, text: str) -> None:
        """Say the last of an operation, whose id may be used again from then on."""
        if self._running.get(id_) is running:
            del self._running[id_]
        await self._tell(running, text)
        running.is_over = True
        running.is_settled.set()

    # What it is told.

    async def _tell(self, running: Running, text: str) -> None:
        """Say something of an operation, unless it is over."""
        if not running.is_over:
            await self._say(text)

    def _try_tell(self, running: Running, id_: str, answer: Answer) -> bool:
        """Say an answer of an operation at once; False if its client must be waited for, or is gone."""
        if running.is_over or self._is_closed or self._try_write is None:
            return False
        return self._try_write(written(messages.NEXT, id_, answer.content).encode())

    async def _say(self, text: str) -> None:
        if not self._is_closed:
            await self._pass_on({"type": "websocket.send", "text": text})

    async def _close(self, code: int, reason: str) -> None:
        if not self._is_closed:
            self._is_closed = True
            short = reason.encode()[:MAX_REASON].decode(errors="ignore")
            await self._pass_on({"type": "websocket.close", "code": code, "reason": short})

    async def _pass_on(self, message: Mapping[str, Any]) -> None:
        try:
            await self._send(message)  # type: ignore[arg-type]
        except (OSError, RuntimeError):
            # The client is gone, or is being closed on: nobody is there to be told (ASGI, "Disconnected Client").
            self._is_closed = True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
