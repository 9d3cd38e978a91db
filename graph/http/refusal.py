"""The one place that writes a refusal: whatever can't be answered is told as JSON in the one shape of error."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import BadRequestError, ClientError, CostLimitError, DepthLimitError, UnauthenticatedError
from graph.execution.document import RequestErrors
from graph.http import media
from graph.http.exchange import Exchange, exchange_of
from graph.http.outcome import note_errors
from graph.http.reply import NO_HEADERS, Whole
from graph.http.reports import Entry, Report

log = logging.getLogger("ariesone.tokens")


def write_refusal(error: Exception, exchange: Exchange) -> Whole:
    """Return the reply to a request to the endpoint that has no result.

    What is no error for clients is logged, and masked behind an id.
    """
    report, headers = Report(exchange.trace_id, exchange.operation), NO_HEADERS
    if isinstance(error, RequestErrors):
        entries, status = report.of_request(error.errors, error.code), status_of_documents(exchange)
    elif isinstance(error, ClientError):
        entries, headers = [_described(error, exchange.trace_id)], error.headers
        is_of_document = isinstance(error, DepthLimitError | CostLimitError)
        status = status_of_documents(exchange) if is_of_document else error.status
    else:
        entries, status = [report.mask(error)], HTTPStatus.INTERNAL_SERVER_ERROR
    note_errors(exchange, entries)
    return _written(entries, status, headers)


def refuse_client(error: ClientError, trace_id: str) -> Whole:
    """Return the reply to any request that is refused for an error of its client; the status is the error's."""
    return _written([_described(error, trace_id)], error.status, error.headers)


def _described(error: ClientError, trace_id: str) -> Entry:
    if isinstance(error, UnauthenticatedError) and error.detail:
        log.info("a token was refused (%s): %s", error.reason, error.detail, extra={"trace.id": trace_id})
    return Report(trace_id).describe(error)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer what one of Starlette's routes refuses, and a path or a method that isn't there."""
    if isinstance(error, ClientError):
        return refuse_client(error, exchange_of(request.scope).trace_id).as_response()
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    message = f"{HTTPStatus(status).phrase}: the API is at /graphql."
    headers = error.headers if isinstance(error, HTTPException) else None
    return refuse_status(status, message, exchange_of(request.scope), headers or NO_HEADERS)


def refuse_status(status: int, message: str, exchange: Exchange, headers: Mapping[str, str]) -> Response:
    """Return the answer to what a library refused, with the status and the headers that it chose."""
    error = BadRequestError(message)
    error.status = status
    return _written([Report(exchange.trace_id).describe(error)], status, headers).as_response()


def status_of_documents(exchange: Exchange) -> int:
    """Return the status of an answer to a document that can't be run.

    The older media type can't tell an answer of a proxy from one of GraphQL, so it says 200 (GraphQL over HTTP,
    "application/json").
    """
    is_told = exchange.media_type == media.GRAPHQL_RESPONSE or exchange.media_type in media.TABLES
    return HTTPStatus.BAD_REQUEST if is_told else HTTPStatus.OK


def _written(entries: Sequence[Entry], status: int, headers: Mapping[str, str] = NO_HEADERS) -> Whole:
    return Whole.of({"errors": entries}, status, headers)
