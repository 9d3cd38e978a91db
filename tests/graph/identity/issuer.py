"""An issuer of tokens: its keys, served over HTTP on loopback, and how often they were asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
THIRD = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it must be refused
KINDS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
IDS = {"RS256": "rsa", "ES256": "ec", "EdDSA": "ed"}


def jwk(algorithm: str, key: Any = None, **others: Any) -> dict[str, Any]:
    """A public key as the issuer publishes it."""
    public = (key or PRIVATE[algorithm]).public_key()
    return {**json.loads(KINDS[algorithm].to_jwk(public)), "kid": IDS[algorithm], "use": "sig", **others}


class Issuer:
    """What the issuer answers, and what it was asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = [jwk(algorithm) for algorithm in KINDS]
        self.status = 200
        self.body: bytes | None = None
        self.asked: list[str] = []
        self.url = ""
        # Whether it says something that isn't HTTP.
        self.broken = False


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Serve an issuer's keys for the life of the block."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            if issuer.broken:
                self.wfile.write(b"what?\r\n\r\n")
                return
            body = issuer.body or json.dumps({"keys": issuer.keys}).encode()
            self.send_response(issuer.status)
            self.send_header("location", f"{issuer.url}/elsewhere")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
