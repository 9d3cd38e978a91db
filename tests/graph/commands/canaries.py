"""Words that stand for what is secret or personal: sent wherever a client can put some, to be looked for later."""

import asyncio
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx2
import jwt
import orjson
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from db.npi import check_digit

CREATE: Final = "mutation C($input: CreateCompanyInput!) { createCompany(input: $input) { userErrors { code } } }"
ADD: Final = "mutation A($input: AddLocationInput!) { addLocation(input: $input) { userErrors { code } } }"
REGISTER: Final = """
    mutation R($input: RegisterWebhookInput!) { registerWebhook(input: $input) { secret userErrors { code } } }
"""
UPLOAD: Final = "mutation U { createUpload { upload { id url } } }"
IMPORT: Final = (
    "mutation I($id: ID!) { importCompanies(input: {upload: $id, onError: REJECT_FAILED}) { job { id } } }"
)
JOB: Final = "query J($id: ID!) { job(id: $id) { state file { url } } }"

# Fail in PostgreSQL, with messages and details that have the row in them, or a value.
BREAKING: Final = """
    ALTER TABLE companies ADD CONSTRAINT no_canary CHECK (name NOT LIKE '%CHECKED%') NOT VALID;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.name LIKE '%RAISED%' THEN RAISE EXCEPTION 'not %', NEW.name; END IF;
        IF NEW.name LIKE '%CASTED%' THEN PERFORM NEW.name::integer; END IF;
        RETURN NEW;
      END
    $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION refuse();
    ALTER DATABASE ariesone SET log_min_duration_statement = 0;
"""


class Canaries:
    """Words that nothing else has, each with what it was sent as."""

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}

    def word(self, what: str) -> str:
        """Return a new word of letters and digits."""
        return self.keep(what, f"canary{secrets.token_hex(6)}")

    def mail(self, what: str) -> str:
        """Return a new e-mail address."""
        return f"{self.word(what)}@example.org"

    def digits(self, what: str, first: str, many: int) -> str:
        """Return a new number that begins so."""
        return self.keep(what, first + "".join(secrets.choice("123456789") for _ in range(many - len(first))))

    def keep(self, what: str, value: str) -> str:
        """Note what is secret by itself."""
        self.sent[value] = what
        return value

    def found_in(self, text: str, *, but: tuple[str, ...] = ()) -> dict[str, str]:
        """Return what stands in a text, `but` for some: what it was sent as, and what is round it."""
        lowered = text.lower()
        found = {}
        for value, what in self.sent.items():
            if what.startswith(but):
                continue
            place = lowered.find(value.lower())
            if place >= 0:
                found[what] = text[max(0, place - 200) : place + 200]
        return found


class Client:
    """Sends them to a server, as whoever holds the secret that tokens are signed with."""

    def __init__(self, address: str, canaries: Canaries, secret: str) -> None:
        self._client = httpx2.Client(base_url=address, timeout=30)
        self._address = address
        self._canaries = canaries
        self._secret = secret

    def token(self, what: str, roles: tuple[str, ...] = ("ADMIN",), **claims: Any) -> str:
        """Return an Authorization header, whose claims and signature nobody should read in a log."""
        word = self._canaries.word
        given = {
            "sub": self._canaries.mail(f"{what}: sub"),
            "name": word(f"{what}: name"),
            "jti": word(f"{what}: jti"),
            "roles": list(roles),
            "companies": ["*"],
            "exp": int(time.time()) + 600,
            "iat": int(time.time()),
            **claims,
        }
        token = jwt.PyJWS().encode(orjson.dumps(given), self._secret, "HS256", headers={"typ": "JWT"})
        self._canaries.keep(f"{what}: token", token.rpartition(".")[2])
        return f"Bearer {token}"

    def post(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """Send an operation; the answer, whatever it is."""
        body = {"query": query, "variables": variables or {}}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with suppress(ValueError):
            return self._client.post("/graphql", json=body, headers=sent).json()
        return None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send_all(self) -> None:
        """Send everything, well and badly formed."""
        for send in (
            self._send_tokens,
            self._send_headers,
            self._send_operations,
            self._send_requests,
            self._send_edits,
            self._send_webhook,
            self._send_upload,
            self._send_by_sockets,
            self._send_nonsense,
        ):
            send()

    def _send_tokens(self) -> None:
        word = self._canaries.word
        query = "query Tokens { viewer { roles } }"
        assert self.post(query, authorization=self.token("a good token"))["data"]
        bad = (
            self.token("an expired token", exp=1_000_000_000),
            self.token("a token with a bad role", roles=(word("a role"),)),
            self.token("a token with an odd subject", sub=[self._canaries.mail("an odd subject")]),
            self.token("a token with an odd id", jti={"a": word("an odd id")}),
            self.token("a token with odd roles", roles={word("roles"): 1}),  # type: ignore[arg-type] # it is odd
            self.token("a token without a subject", sub=None),
            self.token("a token with odd companies", companies={"a": word("odd companies")}),
            f"{self.token('a token signed by others')}x",
            f"Bearer {word('no token')}",
            f"Bearer {word('parts')}.{word('parts')}.{word('parts')}",
            f"Basic {word('Basic')}",
        )
        for header in bad:
            self.post(query, authorization=header)

    def _send_headers(self) -> None:
        word = self._canaries.word
        names = (
            "accept", "cookie", "user_agent", "referer", "origin", "content_type", "traceparent", "baggage",
            "x_forwarded_for", "x_api_key", "idempotency_key", "consistency_cursor", "graphql_explain",
            "cost_dry_run", "accept_encoding", "if_none_match", "prefer", "sentry_trace", "x_request_id",
        )  # fmt: skip
        for name in names:
            self.post("query Headers { dataset { __typename } }", None, **{name: word(f"header {name}")})
        self.post("query Host { __typename }", None, host=word("header host"))
        self.post(CREATE, {"input": {"npi": npi(), "name": "A"}}, idempotency_key=word("a used key"),
                  authorization=self.token("for a key"))  # fmt: skip

    def _send_operations(self) -> None:
        word = self._canaries.word
        admin = self.token("who reads")
        find = "query Find($city: String!) { companies(filter: {city: [$city]}) { nodes { name phone taxId } } }"
        self.post(find, {"city": word("a variable")}, authorization=admin)
        self.post(find, {"city": word("a variable without a token")})
        self.post(find, {"city": {"no": word("an object as a variable")}}, authorization=admin)
        self.post(find, {word("a variable's name"): 1}, authorization=admin)
        self.post(f'query Search {{ search(text: "{word("a search")}") {{ nodes {{ npi }} }} }}')
        self.post(f'query Near {{ locations(near: {{zip: "{word("a ZIP")}", radius: 1}}) {{ nodes {{ id }} }} }}')
        self.post(f'query Suggest {{ suggest(prefix: "{word("a prefix")}") {{ npi }} }}')
        named = f'{{name: {{eq: "{word("an argument")}"}}}}'
        self.post(f"query Inline {{ companies(filter: {named}) {{ nodes {{ npi }} }} }}")
        self.post(f'query Bad {{ company(npi: "{word("a bad NPI")}") {{ name }} }}')
        self.post(f'query Cursor {{ companies(after: "{word("a bad cursor")}") {{ nodes {{ npi }} }} }}')
        self.post(f'query Id {{ node(id: "{word("a bad id")}") {{ id }} }}')
        self.post(f"query Enum {{ companies(filter: {{npiStatus: [{word('an enum')}]}}) {{ nodes {{ npi }} }} }}")
        self.post(f"query Field {{ {word('a field')} }}")
        self.post(f'query Syntax {{ company(npi: "{word("a string that does not end")}')
        self.post(f"# {word('a comment')}\nquery Comment {{ __typename }}")
        verify = "query Verify($given: [String!]!) { verifyNpis(npis: $given) { npi verdict } }"
        self.post(verify, {"given": [word("something verified")]}, authorization=admin)
        query = f'query Get{{ company(npi: "{word("a GET")}") {{ name }} }}'
        self._client.get("/graphql", params={"query": query, "variables": f'{{"a": "{word("a GET variable")}"}}'})
        for path in ("/", "/docs/", "/files/", "/uploads/", "/graphql/"):
            self._client.get(path + word(f"path {path}"), params={"token": word(f"parameter of {path}")})

    def _send_requests(self) -> None:
        """Send bodies that are no operation."""
        word = self._canaries.word
        json = {"content-type": "application/json"}
        for what, content in {
            "no JSON": '{"query": "%s"',
            "no text": '{"query": {"a": "%s"}}',
            "an operation's name": '{"query": "{ __typename }", "operationName": "%s"}',
            "an extension": '{"query": "{ __typename }", "extensions": {"a": "%s"}}',
            "a hash": '{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "%s"}}}',
            "a document's id": '{"documentId": "%s"}',
            "a batch": '[{"query": "%s"}, {"query": "{ __typename }"}]',
            "another key": '{"%s": 1}',
        }.items():
            self._client.post("/graphql", content=content % word(what), headers=json)
        self._client.post(
            "/graphql", content=b"\x1f\x8b" + word("gzip").encode(), headers={**json, "content-encoding": "gzip"}
        )
        self._client.post("/graphql", files={"operations": (word("a file's name"), word("a form"))})

    def company(self, name: str) -> dict[str, Any]:
        """Return a company all of whose details are canaries."""
        word, digits = self._canaries.word, self._canaries.digits
        return {
            "npi": npi(),
            "name": f"{name} {word(f'{name}: a name')}",
            "parentName": word(f"{name}: a parent"),
            "phone": digits(f"{name}: a phone", "737255", 10),
            "fax": digits(f"{name}: a fax", "737255", 10),
            "taxId": digits(f"{name}: a tax id", "98", 9),
            "website": f"https://{word(f'{name}: a website')}.example/",
            "mailingAddress": {
                "line1": word(f"{name}: a street"),
                "city": word(f"{name}: a city"),
                "state": "TX",
                "postalCode": "73301",
            },
        }

    def _send_edits(self) -> None:
        """Write companies, of which PostgreSQL refuses some, and a location."""
        admin = self.token("who edits")
        good = self.company("GOOD")
        found = self.post(CREATE, {"input": good}, authorization=admin)
        assert found["data"]["createCompany"]["userErrors"] == [], found
        self.post(CREATE, {"input": good}, authorization=admin)
        for name in ("CHECKED", "RAISED", "CASTED"):
            broken = self.post(CREATE, {"input": self.company(name)}, authorization=admin)
            assert broken["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR", broken
        bad = {
            **self.company("BAD"),
            "phone": self._canaries.word("no phone"),
            "website": self._canaries.word("no URL"),
        }
        self.post(CREATE, {"input": bad}, authorization=admin)
        location = {
            "npi": good["npi"],
            "name": self._canaries.word("a location"),
            "email": self._canaries.mail("an e-mail"),
            "phone": self._canaries.digits("a location's phone", "737255", 10),
            "address": {**good["mailingAddress"], "line2": self._canaries.word("a second line")},
        }
        found = self.post(ADD, {"input": location}, authorization=admin)
        assert found["data"]["addLocation"]["userErrors"] == [], found

    def _send_webhook(self) -> None:
        """Register webhooks: one that can't be reached, whose message will fail, and one that isn't taken."""
        admin = self.token("who has webhooks")
        word = self._canaries.word
        for host in ("127.0.0.1:1", "10.0.0.7"):
            url = f"http://{host}/{word('a webhook path')}?key={word('a webhook key')}"
            given = {"input": {"url": url, "description": word("a description")}}
            found = self.post(REGISTER, given, authorization=admin)
            if secret := found["data"]["registerWebhook"]["secret"]:
                self._canaries.keep("a webhook's secret", secret.removeprefix("whsec_"))
        # What is sent to it.
        self.post(CREATE, {"input": self.company("SENT")}, authorization=admin)

    def _send_upload(self) -> None:
        """Have a file imported, of which some rows can't be."""
        admin = self.token("who imports")
        upload = self.post(UPLOAD, authorization=admin)["data"]["createUpload"]["upload"]
        signature = urlsplit(upload["url"]).query.rpartition("=")[2]
        self._canaries.keep("an upload's link", signature)
        rows = [self.company("ROW"), {**self.company("BADROW"), "npi": self._canaries.word("an NPI in a row")},
                self.company("CHECKED row"), self.company("RAISED row")]  # fmt: skip
        lines = [*(orjson.dumps(each) for each in rows), b'{"npi": "' + self._canaries.word("no row").encode()]
        self._client.put(upload["url"], content=b"\n".join(lines)).raise_for_status()
        job = self.post(IMPORT, {"id": upload["id"]}, authorization=admin)["data"]["importCompanies"]["job"]
        deadline = time.monotonic() + 60
        while (found := self.post(JOB, job, authorization=admin)["data"]["job"])["state"] not in {
            "SUCCEEDED",
            "FAILED",
        }:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        if found["file"]:
            self._canaries.keep("a download's link", urlsplit(found["file"]["url"]).query.rpartition("=")[2])
            self._client.get(found["file"]["url"])
        self._client.put(f"{upload['url'][:-6]}{self._canaries.word('a bad link')}", content=b"x")

    def _send_by_sockets(self) -> None:
        word = self._canaries.word
        init = {"authorization": self.token("by a WebSocket"), "other": word("an init payload")}
        asked = {"query": "query Socket($a: String) { companies(filter: {city: [$a]}) { nodes { npi } } }",
                 "variables": {"a": word("a WebSocket's variable")}}  # fmt: skip
        for messages in (
            [
                {"type": "connection_init", "payload": init},
                {"type": "subscribe", "id": word("an id"), "payload": asked},
            ],
            [{"type": "connection_init", "payload": {"authorization": f"Bearer {word('a bad init token')}"}}],
            [{"type": "connection_init", "payload": word("no payload")}],
            [{"type": word("a message's type")}],
            [word("no message")],
        ):
            url = self._address.replace("http", "ws", 1) + f"/graphql?token={word('a parameter of a WebSocket')}"
            with suppress(WebSocketException, TimeoutError, OSError):
                self._talk(url, [orjson.dumps(each).decode() for each in messages])
        with suppress(WebSocketException, TimeoutError, OSError):
            self._talk(self._address.replace("http", "ws", 1) + "/graphql", [word("no JSON by a WebSocket")])

    @staticmethod
    def _talk(url: str, messages: list[str]) -> None:
        protocol = Subprotocol("graphql-transport-ws")
        with connect(url, subprotocols=[protocol], compression=None) as talking:
            for each in messages:
                talking.send(each)
                talking.recv(5)

    def _send_nonsense(self) -> None:
        """Send what is no HTTP."""
        word = self._canaries.word
        place = urlsplit(self._address)
        for what, content in {
            "no request": "{word}\r\n\r\n",
            "a method": "{word} /graphql HTTP/1.1\r\nhost: a\r\n\r\n",
            "a version": "GET /graphql {word}\r\nhost: a\r\n\r\n",
            "a header without a colon": "GET /graphql HTTP/1.1\r\nhost: a\r\n{word}\r\n\r\n",
            "a header with a NUL": "GET /graphql HTTP/1.1\r\nhost: a\r\nx: {word}\0\r\n\r\n",
            "a length": "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: {word}\r\n\r\n",
            "a chunk": "POST /graphql HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{word}\r\n",
            "a long path": "GET /{word}" + "a" * 70_000 + " HTTP/1.1\r\nhost: a\r\n\r\n",
        }.items():
            with suppress(OSError), socket.create_connection((place.hostname, place.port), 5) as connection:
                connection.sendall(content.replace("{word}", word(what)).encode())
                connection.recv(65_536)


def npi() -> str:
    """Return an NPI that nobody has."""
    nine = "19" + "".join(secrets.choice("0123456789") for _ in range(7))
    return nine + check_digit(nine)


def run(url: str, statement: str, *values: object) -> None:
    """Run a statement in a database."""

    async def over_one_connection() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    asyncio.run(over_one_connection())
