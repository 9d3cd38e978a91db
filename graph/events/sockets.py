"""The WebSocket at /graphql: who may open one, and in which protocol it is spoken."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from graph.errors import ClientError, ForbiddenError
from graph.events import messages
from graph.events.audience import Audience
from graph.events.conversation import Conversation, Operations
from graph.http.exchange import join_by_name, trace_id_in
from graph.http.media import JSON
from graph.http.refusal import refuse_client
from graph.http.reply import CONTENT_TYPES, Whole


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """The pages of other sites that may open one ("*" for any), and the operations of one socket at a time."""

    origins: frozenset[str]
    most: int


class Sockets:
    """The ASGI application behind the WebSockets at /graphql."""

    def __init__(self, operations: Operations, audience: Audience, options: SocketOptions) -> None:
        self._operations = operations
        self._audience = audience
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak with one client."""
        await receive()
        headers = join_by_name(scope["headers"])
        try:
            require_origin(headers, self._options.origins)
            room = self._audience.greet(scope.get("client"))
        except ClientError as error:
            await refuse(refuse_client(error, trace_id_in(headers)), send)
            return
        with room:
            if messages.PROTOCOL not in scope["subprotocols"]:
                # A browser isn't told why a handshake fails.
                await send({"type": "websocket.accept"})
                reason = f"Subprotocol not acceptable; {messages.PROTOCOL} is spoken here"
                await send({"type": "websocket.close", "code": messages.NOT_ACCEPTABLE, "reason": reason})
                return
            await send({"type": "websocket.accept", "subprotocol": messages.PROTOCOL})
            conversation = Conversation(self._operations, self._audience, room, self._options.most, scope, send)
            await conversation.hold(receive)


def require_origin(headers: Mapping[bytes, bytes], allowed: frozenset[str]) -> None:
    """Refuse a page of another site that isn't named; raises ForbiddenError.

    Browsers ask nobody before they open a WebSocket (CORS is not for these), but say which page does.
    """
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or "*" in allowed or origin in allowed:
        return
    if urlsplit(origin).netloc != headers.get(b"host", b"").decode("latin-1"):
        raise ForbiddenError("Pages of this origin may not call the API; CORS_ORIGINS names those that may.")


async def refuse(reply: Whole, send: Send) -> None:
    """Answer a handshake like any request (ASGI, "WebSocket Denial Response")."""
    head = [(b"content-type", CONTENT_TYPES[JSON])]
    head += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "websocket.http.response.start", "status": reply.status, "headers": head})
    await send({"type": "websocket.http.response.body", "body": reply.content})
