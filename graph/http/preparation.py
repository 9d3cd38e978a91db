"""From a request to the operation that it asks for: nothing is sent to the database yet."""

from graph.errors import ClientError
from graph.execution.document import Operation, RequestErrors
from graph.execution.run import Prepared, Runner
from graph.http import idempotency
from graph.http.exchange import Exchange
from graph.http.manifests import sha256
from graph.http.permission import Permission
from graph.http.request import GraphQLRequest
from graph.http.uncosted import cost_of_refused
from graph.http.usage import note_use
from graph.telemetry.operations import OperationNames, ToldOperation


class Preparation:
    """Prepares operations; clients pay for those that are refused, unless it is the permission that is missing."""

    def __init__(self, runner: Runner, permission: Permission, names: OperationNames) -> None:
        self._runner = runner
        self._permission = permission
        self._names = names

    def prepare(self, exchange: Exchange, asked: GraphQLRequest, text: str) -> Prepared:
        """Return the operation to run; raises what it is refused for."""
        return self.bind(exchange, self.find(exchange, asked, text), asked)

    def find(self, exchange: Exchange, asked: GraphQLRequest, text: str) -> Operation:
        """Return the operation that is asked for; raises what it is refused for, whatever its variables."""
        try:
            operation = self._runner.find(text, asked.operation_name)
        except (RequestErrors, ClientError) as error:
            pay(exchange, error, text)
            raise
        told = operation.told
        if told is None or told.generation != self._names.generation:
            told = operation.told = self._told_of(operation)
        exchange.operation = told
        if exchange.place is not None:
            exchange.place.document = asked.document_id
        self._permission.require(exchange, operation)
        return operation

    def bind(self, exchange: Exchange, operation: Operation, asked: GraphQLRequest) -> Prepared:
        """Return an operation with its variables; raises what it is refused for with these."""
        try:
            key = idempotency.key_of(exchange, asked)
            prepared = self._runner.bind(operation, asked.variables, exchange.viewer, key)
        except (RequestErrors, ClientError) as error:
            pay(exchange, error, operation.source.body)
            raise
        exchange.cost = prepared.cost
        if prepared.use is not None:
            note_use(exchange, prepared.use)
        return prepared

    def _told_of(self, operation: Operation) -> ToldOperation:
        names, text = self._names, operation.source.body
        label = names.label_of(operation.name, text)
        kind, goes_on = operation.kind.value, operation.goes_on
        return ToldOperation(operation.name, kind, goes_on, sha256(text), label, names.generation)


def pay(exchange: Exchange, error: Exception, text: str) -> None:
    """Have a client pay for a document that was refused."""
    if exchange.account is not None:
        exchange.account.pay(cost_of_refused(error, text))
