"""Which pages of other sites may ask (Fetch, "CORS protocol"): Starlette's answers, its refusals in our shape."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.errors import BadRequestError
from graph.http.exchange import exchange_of
from graph.http.refusal import refuse_status

# What a page may send besides what every page may. No cookies: nothing here reads any.
HEADERS = (
    # GraphQL's clients: Apollo, urql, Relay, Hot Chocolate, graphql-request.
    "apollo-require-preflight", "apollographql-client-name", "apollographql-client-version",
    "apollographql-client-library-name", "apollographql-client-library-version", "graphql-client-name",
    "graphql-client-version", "graphql-preflight", "graphql-require-preflight", "x-apollo-operation-id",
    "x-apollo-operation-name", "x-apollo-operation-type", "x-graphql-client-name", "x-graphql-client-version",
    # This API's own, and what any client of HTTP may send.
    "authorization", "cache-control", "consistency-cursor", "content-encoding", "cost-dry-run", "graphql-explain",
    "idempotency-key", "if-modified-since", "if-none-match",
    "last-event-id", "pragma", "prefer", "priority", "x-client-name", "x-client-version", "x-csrf-token",
    "x-requested-with", "x-xsrf-token",
    # Traces: W3C, Sentry, Datadog, New Relic, Elastic, Instana, Honeycomb, OpenTracing, B3 (Zipkin, Istio),
    # Jaeger, AWS, Google, Azure.
    "b3", "baggage", "elastic-apm-traceparent", "newrelic", "ot-tracer-sampled", "ot-tracer-spanid",
    "ot-tracer-traceid", "request-context", "request-id", "sentry-trace", "traceparent", "tracestate",
    "uber-trace-id", "x-honeycomb-trace", "x-instana-l", "x-instana-s", "x-instana-t",
    "x-amzn-trace-id", "x-b3-flags", "x-b3-parentspanid",
    "x-b3-sampled", "x-b3-spanid", "x-b3-traceid", "x-cloud-trace-context", "x-correlation-id",
    "x-datadog-origin", "x-datadog-parent-id", "x-datadog-sampled", "x-datadog-sampling-priority",
    "x-datadog-tags", "x-datadog-trace-id", "x-newrelic-id", "x-newrelic-transaction", "x-request-id",
    "x-trace-id",
)  # fmt: skip

# What of an answer a page may read besides what every page may (Fetch, "CORS-safelisted response-header name").
EXPOSED_HEADERS = (
    "allow",
    "consistency-cursor",
    "content-encoding",
    "date",
    "deprecation",
    "etag",
    "link",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "sunset",
    "www-authenticate",
    "x-cache",
)

# Characters of a header's name that are told again.
MAX_NAME = 100

# Seconds for which a browser needn't ask again; Chromium takes no more.
MAX_AGE = 7200


class Cors(CORSMiddleware):
    """Tells browsers which origins, methods and headers are allowed.

    `origins` and `headers` have commas between them, as the settings do.
    """

    def __init__(
        self, app: ASGIApp, origins: str, headers: str, methods: tuple[str, ...] = ("GET", "POST")
    ) -> None:
        super().__init__(
            app,
            allow_origins=frozenset(filter(None, origins.split(","))),
            allow_methods=methods,
            allow_headers=[*HEADERS, *filter(None, headers.split(","))],
            expose_headers=EXPOSED_HEADERS,
            max_age=MAX_AGE,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < BadRequestError.status:
            return answer
        return RefusedPreflight(answer, self._reason(request_headers))

    def _reason(self, asked: Headers) -> str:
        """Return why a preflight is refused, and what would allow it."""
        if not self.is_allowed_origin(asked["origin"]):
            return "Pages of this origin may not call the API; CORS_ORIGINS names those that may."
        if asked["access-control-request-method"] not in self.allow_methods:
            return f"Pages may send {', '.join(self.allow_methods)} only."
        names = filter(None, map(str.strip, asked.get("access-control-request-headers", "").lower().split(",")))
        refused = next((name for name in names if name not in self.allow_headers), None)
        if refused is None or self.allow_all_headers:
            return "Pages of a public network may not call the API in a private one."
        return f"Pages may not send the header {refused[:MAX_NAME]}; CORS_HEADERS adds to those that they may."


class RefusedPreflight(Response):
    """A refusal of Starlette's, with its headers, as an error that says why."""

    def __init__(self, refused: Response, message: str) -> None:
        super().__init__(status_code=refused.status_code)
        self._message = message
        self._others = {name: each for name, each in refused.headers.items() if not name.startswith("content-")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answer = refuse_status(self.status_code, self._message, exchange_of(scope), self._others)
        await answer(scope, receive, send)
