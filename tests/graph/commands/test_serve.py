"""`ariesone serve` on embedded servers, from the outside."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from graph.commands.serve import command_for
from graph.settings import Settings
from tests.graph.commands.conftest import Server, nothing_left_in

pytestmark = pytest.mark.slow

COUNT = "{ dataset { companies { value precision } locations { value } release { source } } }"
ROOT = Path(__file__).resolve().parents[3]


def test_an_empty_folder_becomes_a_server_with_a_sample(serve: Callable[..., Server]) -> None:
    server = serve(SAMPLE_COMPANIES="40")
    dataset = server.ask(COUNT)["data"]["dataset"]
    assert dataset["companies"] == {"value": 40, "precision": "EXACT"}
    assert dataset["release"] == {"source": "SAMPLE"}
    assert httpx2.get(f"{server.address}/readyz").json()["status"] == "healthy"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_and_the_data_is_there_at_the_next_start(
    serve: Callable[..., Server], tmp_path: Path, number: signal.Signals
) -> None:
    first = serve()
    before = first.ask(COUNT)
    first.end(number)
    assert nothing_left_in(tmp_path)
    second = serve()
    assert second.ask(COUNT) == before
    second.end(signal.SIGTERM)
    assert nothing_left_in(tmp_path)


def test_it_ends_with_the_process_that_started_it(serve: Callable[..., Server], tmp_path: Path) -> None:
    # A shell that stays as the parent, as make does.
    shell = ("/bin/sh", "-c", '"$@"; true', "sh", sys.executable)
    server = serve("--until-parent-ends", python=shell)
    server.end(signal.SIGKILL)
    assert nothing_left_in(tmp_path)


def test_the_welcome_names_a_command_that_works_on_what_is_served(tmp_path: Path) -> None:
    assert "DATA_DIR" not in command_for(Settings(_env_file=None))
    data_dir = tmp_path / "a folder"
    assert command_for(Settings(_env_file=None, data_dir=data_dir)).startswith(f"DATA_DIR='{data_dir}' ")
    elsewhere = SecretStr("postgresql://localhost/elsewhere")
    assert "DATA_DIR" not in command_for(Settings(_env_file=None, data_dir=data_dir, database_url=elsewhere))


def test_a_taken_port_is_one_clear_error(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = command("serve", PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "set HOST or PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_each_request_is_one_structured_line_without_what_was_asked(serve: Callable[..., Server]) -> None:
    server = serve()
    server.ask('query Secretive { company(npi: "1234567893") { name } }')
    server.end(signal.SIGTERM)
    lines = [json.loads(line) for line in server.output.read_text().splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("graphql", {}).get("operation", {}).get("name") == "Secretive"]
    assert line["http"]["response"]["status_code"] == 200
    assert line["url"]["path"] == "/graphql"
    assert line["event"]["duration"] > 0
    assert "1234567893" not in json.dumps(line)


def test_requests_are_counted_and_timed(serve: Callable[..., Server]) -> None:
    server = serve()
    server.ask(COUNT)
    text = httpx2.get(f"{server.address}/metrics").text
    assert 'http_requests_total{endpoint="/graphql",method="POST",outcome="success",status="200"} 1.0' in text
    assert 'http_request_duration_seconds_count{endpoint="/graphql",method="POST"} 1.0' in text


def test_other_servers_take_the_place_of_the_embedded_ones(
    serve: Callable[..., Server], database_url: str, tmp_path: Path
) -> None:
    server = serve(DATABASE_URL=database_url)
    assert server.ask(COUNT)["data"]["dataset"]["companies"]["value"] == 0
    assert not list((tmp_path / ".ariesone").glob("postgresql-*"))


def test_the_wheel_serves_too(serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    site = folder / "site"
    shutil.unpack_archive(wheel, site, "zip")
    settings = {"SAMPLE_COMPANIES": "40", "GRAPHIQL": "true", "NPM_REGISTRY": "http://127.0.0.1:9"}
    server = serve(PYTHONPATH=str(site), **settings)
    assert server.ask(COUNT)["data"]["dataset"]["companies"]["value"] == 40
    assert "<h1>AriesOne</h1>" in httpx2.get(f"{server.address}/graphql", headers={"accept": "text/html"}).text
    assert httpx2.get(f"{server.address}/graphiql/ide.css").status_code == 200
    maps = subprocess.run(
        [sys.executable, "-c", "import graph; print(graph.__file__)"],
        env={"PYTHONPATH": str(site)}, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert maps.stdout.startswith(str(site))
