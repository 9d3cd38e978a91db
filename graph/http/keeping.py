"""Whole answers that are given again: which may be kept, and where a request looks for its own."""

import re

from graph.cache.answers import Answers
from graph.errors import BadRequestError
from graph.execution.run import Prepared
from graph.http import audit
from graph.http.exchange import Exchange
from graph.http.reply import Whole
from graph.http.request import NAMED, GraphQLRequest
from graph.telemetry.metrics import EXECUTIONS

# Bytes of a body that may be asked again; a longer one is hardly ever the same twice.
MAX_KEY = 8 * 1024

# Extensions of a request that change nothing in its answer.
SILENT = frozenset({"persistedQuery"})


# The header that a mutation is answered with; sent back, it asks for nothing older.
CONSISTENCY = "consistency-cursor"
_CURSOR = re.compile(rb"[0-9]{1,18}")


def needed_cursor(exchange: Exchange) -> int:
    """Return the change that an answer must know of; 0 where the client has seen none.

    Raises BadRequestError where the header is no cursor.
    """
    value = exchange.headers.get(CONSISTENCY.encode())
    if value is None:
        return 0
    if not _CURSOR.fullmatch(value):
        raise BadRequestError("Consistency-Cursor is the number that a mutation was answered with.")
    return int(value)


class Keeping:
    """Keeps answers without errors for whoever asks the same with the same roles."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def find(self, exchange: Exchange, body: bytes) -> Whole | None:
        """Return the answer that is kept for a body; if there is none, note in the exchange where it would be."""
        # What a body means depends on the path, where that names the document.
        if not body or len(body) > MAX_KEY or exchange.explains or exchange.path.startswith(NAMED):
            return None
        if not self._answers.knows(needed_cursor(exchange)):
            # What is kept may be from before a change that this client knows of.
            return None
        key = (body, exchange.viewer.roles, exchange.viewer.is_anonymous)
        found = self._answers.get(key)
        if found is None:
            exchange.kept_as = (key, self._answers.state)
            return None
        exchange.operation_name = found.operation
        EXECUTIONS["kept"].inc()
        return Whole(200, found.content, coded=found.coded)

    def note_change(self, cursor: int) -> None:
        """Give nothing any more that was read before a change of this process."""
        self._answers.note_change(cursor)

    def keep(self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared, reply: Whole) -> Whole:
        """Keep an answer without errors, where it may be given to others than its viewer; return it."""
        if exchange.kept_as is None or asked.extensions.keys() - SILENT:
            return reply
        operation = prepared.operation
        if not operation.is_shared or operation.introspects or audit.concerns(operation):
            return reply
        key, state = exchange.kept_as
        kept = self._answers.keep(key, reply.content, operation.name, state)
        return reply if kept is None else reply._replace(coded=kept.coded)
