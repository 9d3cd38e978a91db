"""Every attribute of a span, and the convention of OpenTelemetry that it comes from: the one table of them.

Those of GraphQL are proposed (https://github.com/graphql/otel-wg, spec/registry.yaml) and may change yet.
"""

from typing import Final, Literal, NamedTuple

Convention = Literal["stable", "proposed", "in development", "ours"]


class Attribute(NamedTuple):
    """What an attribute says, and how settled its name is."""

    convention: Convention
    what: str


# By name, in the order of docs/traces.md.
TABLE: Final[dict[str, Attribute]] = {}


def attribute(name: str, convention: Convention, what: str) -> str:
    """Return the name of an attribute, which is in the table from now on."""
    TABLE[name] = Attribute(convention, what)
    return name


# A request.
DOCUMENT_HASH: Final = attribute("graphql.document.hash", "proposed", "The SHA-256 of the document.")
DOCUMENT_ID: Final = attribute(
    "graphql.document.id", "proposed", "The id that the request named a trusted document by."
)
OPERATION_TYPE: Final = attribute("graphql.operation.type", "proposed", "`query`, `mutation` or `subscription`.")
OPERATION_NAME: Final = attribute(
    "graphql.operation.name", "proposed", "The operation's name, as its client wrote it."
)
METHOD: Final = attribute("http.request.method", "stable", "The method; `POST` of a webhook.")
ROUTE: Final = attribute("http.route", "stable", "The route's template.")
STATUS: Final = attribute("http.response.status_code", "stable", "The status that was answered.")
PATH: Final = attribute("url.path", "stable", "The same as the route: a path may hold anything.")
SCHEME: Final = attribute("url.scheme", "stable", "`http`: TLS ends in front of this server.")
ERROR_TYPE: Final = attribute(
    "error.type", "stable", "The code of the gravest error, the status from 500 on, or the class of an exception."
)
OUTCOME: Final = attribute("ariesone.outcome", "ours", "`partial`, `refused` or `failed`, of one with errors.")
CACHE: Final = attribute("ariesone.cache", "ours", "Where the answer came from: `hit`, `shared`, `miss`, ...")
COST: Final = attribute("ariesone.cost", "ours", "The most that the operation could have cost.")
CLIENT: Final = attribute("ariesone.client.name", "ours", "The client's `apollographql-client-name`.")

# A statement, and a call to the shared cache.
SYSTEM: Final = attribute("db.system.name", "stable", "`postgresql` or `redis`.")
OPERATION: Final = attribute("db.operation.name", "stable", "`SELECT`, `INSERT`, ...; `GET`, `SET`, ...")
SUMMARY: Final = attribute("db.query.summary", "stable", "The same, and the tables in the statement.")
QUERY: Final = attribute("db.query.text", "stable", "The statement with $1, $2 in place of values.")
ROWS: Final = attribute("db.response.returned_rows", "in development", "How many rows came back.")

# An event for RabbitMQ.
MESSAGING: Final = attribute("messaging.system", "in development", "`rabbitmq`.")
MESSAGING_TYPE: Final = attribute("messaging.operation.type", "in development", "`send`.")
MESSAGING_NAME: Final = attribute("messaging.operation.name", "in development", "`publish`.")
DESTINATION: Final = attribute("messaging.destination.name", "in development", "The exchange.")
ROUTING_KEY: Final = attribute(
    "messaging.rabbitmq.destination.routing_key", "in development", "What queues are bound by."
)
MESSAGE_ID: Final = attribute("messaging.message.id", "in development", "The change's cursor; the webhook-id.")

# A message to a webhook.
ADDRESS: Final = attribute("server.address", "stable", "The webhook's host; its path may hold a secret.")
PORT: Final = attribute("server.port", "stable", "The webhook's port.")

# A job.
JOB_KIND: Final = attribute("ariesone.job.kind", "ours", "What kind of job.")
JOB_ID: Final = attribute("ariesone.job.id", "ours", "The job's id.")
