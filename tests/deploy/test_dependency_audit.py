"""`make audit`: what a database of vulnerabilities says is told, and its silence isn't taken for good news."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements" / "test.lock").read_text("utf-8")
PINNED = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", LOCK, re.MULTILINE))
FOUND = {
    "id": "PYSEC-2026-1",
    "summary": "made up for this test",
    "affected": [
        {
            "package": {"name": "asyncpg", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


@contextmanager
def database(vulnerable: str | None) -> Iterator[tuple[str, list[str]]]:
    """A database that speaks like Open Source Vulnerabilities: its address, and the packages asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(query["package"]["name"])
            found: dict[str, Any] = {"vulns": [FOUND]} if query["package"]["name"] == vulnerable else {}
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        server.server_close()


def audit(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "deploy.release.audit", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_vulnerable_package_is_named_with_the_version_that_mends_it() -> None:
    with database("asyncpg") as (address, asked):
        code, told = audit("--osv-url", address)
    assert code == 1, told
    assert f"asyncpg {PINNED['asyncpg']}: PYSEC-2026-1, mended in 99.1" in told
    # Each pin was looked at, but for those of other Pythons and systems.
    assert {"starlette", "uvicorn", "asyncpg", "pytest"} <= set(asked)
    assert len(set(asked)) > 0.9 * len(PINNED)


def test_one_that_is_left_out_by_its_id_is_no_failure() -> None:
    with database("asyncpg") as (address, _):
        code, told = audit("--osv-url", address, "--ignore", "PYSEC-2026-1")
    assert (code, "no known vulnerability" in told) == (0, True), told


def test_a_database_that_is_silent_is_no_good_news_and_no_failure() -> None:
    code, told = audit("--osv-url", "http://127.0.0.1:9/v1/query")
    assert code == 0, told
    assert "not run, since no database of vulnerabilities could be asked" in told
    assert "no known vulnerability" not in told
