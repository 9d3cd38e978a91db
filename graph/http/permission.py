"""What not everyone may do at the endpoint: change by GET, ask for the schema, be told how an operation ran."""

from graph.errors import ForbiddenError, MethodNotAllowedError
from graph.execution.document import Operation
from graph.http.exchange import Exchange

# The header that asks for extensions.explain.
EXPLAIN = b"graphql-explain"
# Its value that asks for the plans of statements besides.
WITH_PLANS = b"plans"

METHODS = ("GET", "POST")
# A GET with a body (draft-ietf-httpbis-safe-method-w-body).
QUERY = "QUERY"


class Permission:
    """Says who may do that; everyone, where it `is_open`: where one develops."""

    def __init__(self, *, is_open: bool, takes_query: bool = False) -> None:
        self._is_open = is_open
        self._methods = (*METHODS, QUERY) if takes_query else METHODS

    def require_method(self, exchange: Exchange) -> None:
        """Raise MethodNotAllowedError unless it is POST or GET, or QUERY where that is taken."""
        if exchange.method not in self._methods:
            raise MethodNotAllowedError("Send a POST, or a GET for a query.", allow=", ".join(self._methods))

    def admit_explain(self, exchange: Exchange) -> bool:
        """Return whether the viewer wants to be told how it ran; raises ForbiddenError for who may not be."""
        if EXPLAIN not in exchange.headers:
            return False
        if self._is_open or "ADMIN" in exchange.viewer.roles:
            return True
        raise ForbiddenError(f"{EXPLAIN.decode()} is open to ADMIN only.", roles=["ADMIN"])

    def require(self, exchange: Exchange, operation: Operation) -> None:
        """Raise MethodNotAllowedError or ForbiddenError for an operation that may not be asked for like this."""
        if exchange.method != "POST" and operation.is_mutation:
            raise MethodNotAllowedError(f"Mutations may not be sent with {exchange.method}.", allow="POST")
        if operation.introspects and not self._is_known(exchange):
            raise ForbiddenError("The schema is open to those with a token only.")

    def _is_known(self, exchange: Exchange) -> bool:
        return self._is_open or not exchange.viewer.is_anonymous
