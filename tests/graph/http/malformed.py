"""Requests that no client should send: bytes, headers and JSON bent out of shape, at random but repeatably."""

import json
import random
from dataclasses import dataclass

GOOD = b'{"query": "{ companies(first: 1) { nodes { npi } } }", "variables": {}, "extensions": {}}'

# Each starts as good as its first word says and ends otherwise.
BODIES = [
    b"", b" ", b"null", b"1", b'"x"', b"[]", b"[1]", b"{}", b"[[[[", b"[" * 100_000, b'{"query": ' * 2000,
    b'{"query": null}', b'{"query": 1}', b'{"query": ""}', b'{"query": "\\u0000"}', b'{"query": "\\ud800"}',
    b'{"query": "{"}', b'{"query": "}"}', b'{"query": "{a}", "query": "{b}"}',
    b'{"variables": [], "query": "{a}"}',
    b'{"query": "{__typename}", "variables": {"a": NaN}}', b'{"query": "{__typename}", "variables": {"a": 1e999}}',
    b'{"query": "{__typename}", "operationName": {"a": 1}}', b'{"query": "{__typename}", "operationName": "None"}',
    b'{"query": "{__typename}", "extensions": {"persistedQuery": 1}}',
    b'{"query": "{__typename}", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}',
    b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "' + b"0" * 64 + b'"}}}',
    b'{"documentId": "sha256:' + b"0" * 64 + b'"}', b'{"query": "query A {__typename} query B {__typename}"}',
    b'{"query": "mutation { x }"}', b'{"query": "subscription { x }"}',
    b'{"query": "{ x(a: ' + b"9" * 5000 + b') }"}',
    b'{"query": "{ ' + b"a " * 20_000 + b'}"}', b'{"query": "' + b"{a" * 3000 + b'"}',
    b'{"query": "{ ' + b"# \\n" * 5_000 + b'__typename }"}', b'{"query": "' + b"," * 90_000 + b'{__typename}"}',
    b'{"query": "{ company(npi: \\"' + b"1" * 90_000 + b'\\") { npi } }"}', b"\xff\xfe{", b"\xef\xbb\xbf" + GOOD,
    b'{"query": "{ verifyNpis(npis: [' + b'\\"1\\",' * 1900 + b']) { result } }"}', GOOD + b"x", GOOD[:-1],
    b'{"query": "query($a: [String!]!) { verifyNpis(npis: $a) { result } }", "variables": {"a": ['
    + b",".join([b'"1"'] * 30_000) + b"]}}",
    b'{"query": "query($f: CompanyFilter) { companies(filter: $f) { nodes { npi } } }", "variables": {"f": '
    + b'{"not": ' * 500 + b"{}" + b"}" * 501 + b"}",
    b"x" * 300_000,
]  # fmt: skip

CONTENT_TYPES = [
    "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json; charset=utf-16",
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
    "",
    "application/json;", ";", 'application/json; charset="utf-8"',
]  # fmt: skip
ACCEPTS = [
    "*/*", "application/json", "application/graphql-response+json", "text/html", "", "application/*;q=0", "q=1",
    "application/json;q=x", ",,,", "application/json;q=0, */*;q=0.1", "text/event-stream", "a" * 2000,
]  # fmt: skip
METHODS = ["POST"] * 8 + ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
PATHS = ["/graphql"] * 8 + [
    "/graphql?query={__typename}", "/graphql?query=%7B", "/graphql?query=%ff", "/graphql?variables=%7B&query=x",
    "/graphql?query={a}&query={b}", "/graphql/", "/", "/nothing", "/docs/../../etc/passwd", "/docs/%2e%2e",
    "/graphql?" + "a" * 9000, "/graphql?" + "&".join(f"a{i}=1" for i in range(40)),
]  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def request(rng: random.Random) -> Request:
    """Return a request that is wrong in one way or several."""
    body = rng.choice(BODIES) if rng.random() < 0.7 else _bent(GOOD, rng)
    headers = {"content-type": rng.choice(CONTENT_TYPES) if rng.random() < 0.3 else "application/json"}
    if rng.random() < 0.4:
        headers["accept"] = rng.choice(ACCEPTS)
    if rng.random() < 0.1:
        headers["authorization"] = rng.choice(["Bearer x", "Basic x", "Bearer", "Bearer " + "a" * 5000])
    if rng.random() < 0.05:
        headers["content-encoding"] = "gzip"
    if rng.random() < 0.05:
        headers["x-long"] = "a" * rng.choice([10_000, 40_000])
    return Request(rng.choice(METHODS), rng.choice(PATHS), headers, body)


def _bent(content: bytes, rng: random.Random) -> bytes:
    """Return bytes with a few of them changed, dropped or doubled."""
    bent = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(bent))
        change = rng.random()
        if change < 0.4:
            bent[place] = rng.randrange(256)
        elif change < 0.7:
            del bent[place]
        else:
            bent[place:place] = json.dumps(rng.choice([None, 1, "x", [], {}])).encode()
    return bytes(bent)
