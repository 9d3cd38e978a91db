"""The load: wrk, with requests from a file, and what it counted."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.answers import Requests
from bench.servers import Running

SCRIPT = Path(__file__).with_name("post.lua")

CONNECTIONS = 16
# Seconds for the last answers to arrive once no more requests are sent.
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk counted: answers, and among them those refused, never received, and with errors or too short.

    The latencies are in milliseconds.
    """

    requests: int
    refused: int
    broken: int
    wrong: int
    seconds: float
    p50: float
    p99: float


def program() -> str:
    """Return where wrk is, installed from Debian where this may be done."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "wrk"], check=False, stdout=subprocess.DEVNULL)
    found = shutil.which("wrk")
    if found is None:
        sys.exit("wrk makes the load, and isn't here; on Debian: apt-get install wrk.")
    return found


def put(running: Running, requests: Requests, seconds: float) -> Load:
    """Send requests in turn for so many seconds, from where the last load ended; wait for the last answers."""
    headers = [word for name, value in running.headers.items() for word in ("-H", f"{name}: {value}")]
    threads = ["-t", "1", "-c", str(CONNECTIONS), "-d", str(int(seconds) + _PATIENCE)]
    command = [program(), *threads, "--timeout", str(_PATIENCE), "-s", str(SCRIPT), *headers, running.url]
    arguments = [requests.path, seconds, CONNECTIONS, requests.shortest, requests.place]
    finished = subprocess.run([*command, "--", *map(str, arguments)], capture_output=True, text=True, check=True)
    load = Load(**json.loads(finished.stdout.splitlines()[-1]))
    requests.place += load.requests
    return load
