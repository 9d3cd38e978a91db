"""An operation's result as the client gets it: data, errors in the one shape, and the extensions it asked for."""

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult

from graph.execution.run import Prepared, Runner
from graph.http.exchange import Exchange
from graph.http.keeping import CONSISTENCY
from graph.http.outcome import note_errors, wait_of
from graph.http.reply import NO_HEADERS, Whole
from graph.http.reports import Report
from graph.http.request import GraphQLRequest


def write_result(
    runner: Runner,
    exchange: Exchange,
    asked: GraphQLRequest,
    prepared: Prepared,
    result: ExecutionResult,
) -> Whole:
    """Return the reply with a result."""
    answer: dict[str, Any] = {"data": result.data}
    use = prepared.use
    if not (result.errors or result.extensions or asked.extensions or exchange.is_dry or use):
        return Whole.of(answer)
    extensions: dict[str, Any] = dict(result.extensions or {})
    if use is not None and use.deprecations:
        extensions["deprecations"] = use.extension
    headers = NO_HEADERS
    if result.errors:
        shown, omitted = Report(exchange.trace_id, exchange.operation).of_fields(result.errors)
        note_errors(exchange, shown, result.data)
        headers = wait_of(shown)
        answer = {"errors": shown, **answer}
        if omitted:
            extensions["errorsOmitted"] = omitted
    is_dry = exchange.is_dry or prepared.is_dry
    if asked.wants_cost or exchange.is_dry:
        extensions["cost"] = runner.cost(prepared, None if is_dry else result)
        if exchange.account is not None:
            extensions["cost"]["throttleStatus"] = exchange.account.status()
    headers = {**headers, **headers_of(result.extensions or {})}
    return Whole.of(answer | {"extensions": extensions} if extensions else answer, headers=headers)


def headers_of(extensions: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a mutation's extensions say, for those who look at headers only."""
    if not extensions:
        return NO_HEADERS
    headers = {}
    if "consistency" in extensions:
        headers[CONSISTENCY] = extensions["consistency"]["cursor"]
    if extensions.get("idempotency", {}).get("replayed"):
        headers["idempotent-replayed"] = "true"
    return headers
