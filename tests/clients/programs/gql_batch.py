"""Two operations in one batch, over each of gql's transports that send batches."""

import json

from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.httpx import HTTPXTransport

URL = "http://127.0.0.1:8000/graphql"
QUERIES = ["{ dataset { companies { value } } }", "{ viewer { roles } }"]

found = []
for transport in (HTTPXTransport(url=URL), AIOHTTPTransport(url=URL)):
    client = Client(transport=transport)
    found.append(client.execute_batch([GraphQLRequest(query) for query in QUERIES]))
print(json.dumps(found))
