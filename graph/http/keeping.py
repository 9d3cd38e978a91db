"""Whole answers that are given again: which may be kept, and where a request looks for its own."""

from graph.cache.answers import Answers
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


class Keeping:
    """Keeps answers without errors for whoever asks the same with the same roles."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def find(self, exchange: Exchange, body: bytes) -> Whole | None:
        """Return the answer that is kept for a body; if there is none, note in the exchange where it would be."""
        # What a body means depends on the path, where that names the document.
        if not body or len(body) > MAX_KEY or exchange.explains or exchange.path.startswith(NAMED):
            return None
        key = (body, exchange.viewer.roles, exchange.viewer.is_anonymous)
        found = self._answers.get(key)
        if found is None:
            exchange.kept_as = (key, self._answers.state)
            return None
        exchange.operation_name = found.operation
        EXECUTIONS["kept"].inc()
        return Whole(200, found.content, coded=found.coded)

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
