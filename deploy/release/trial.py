"""Whether a wheel serves: installed into an empty environment, started in an empty folder, and asked."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from deploy.release.checks import UnreadyError

QUERY = "{ dataset { companies { value } } }"
# The documentation and GraphiQL go with the wheel.
PAGES = ("/docs", "/docs/architecture", "/docs/decisions", "/docs/changelog", "/graphiql/graphiql.min.js")
# Where nothing is to be had, so that what the wheel lacks stays away.
NO_REGISTRY = "http://127.0.0.1:9"
# Seconds that it may take to make a PostgreSQL and fill it with the sample.
STARTING = 120


def install(lock: Path, wheel: Path, folder: Path) -> Path:
    """Make an environment of a wheel and what a lock pins, nothing else, and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--disable-pip-version-check"]
    pip += ["install", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
    # By its name: what is installed by its path keeps that path among its records.
    _, version, _ = wheel.name.split("-", 2)
    own = ["--no-index", "--find-links", str(wheel.parent), f"ariesone=={version}"]
    subprocess.run([*pip, *own], check=True)
    return python


def try_out(python: Path, folder: Path) -> int:
    """Serve on servers of its own out of an empty folder, and return how many companies it has.

    Raises UnreadyError where it doesn't answer, or lacks a page.
    """
    folder.mkdir()
    address = f"http://127.0.0.1:{free_port()}"
    settings = {"PORT": address.rpartition(":")[2], "SAMPLE_COMPANIES": "100", "NPM_REGISTRY": NO_REGISTRY}
    environment = {"PATH": os.environ["PATH"], **settings}
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [python.with_name("ariesone"), "serve"], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        wait_for(address, server)
        request = Request(f"{address}/graphql", json.dumps({"query": QUERY}).encode())  # noqa: S310 - this machine's
        request.add_header("content-type", "application/json")
        companies = json.loads(read(request))["data"]["dataset"]["companies"]["value"]
        for page in PAGES:
            read(address + page)
        return int(companies)
    except (URLError, KeyError, TypeError) as error:
        told = (folder / "output").read_text("utf-8", "replace")
        raise UnreadyError(f"the wheel doesn't serve ({error!r}). It printed:\n{told}") from error
    finally:
        server.terminate()
        server.wait(60)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once a server is ready; raises URLError where it ends before, or takes too long."""
    deadline = time.monotonic() + STARTING
    while True:
        try:
            read(f"{address}/readyz")
        except URLError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def read(address: str | Request) -> bytes:
    """Return what a server answers; raises URLError where it doesn't, or with an error."""
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - this machine's
        return bytes(answer.read())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
