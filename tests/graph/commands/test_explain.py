"""`ariesone explain` from the outside."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

QUERY = """query Card($npi: NPI!, $more: Boolean!) {
  company(npi: $npi) { name phone @include(if: $more) locations { nodes { company { name } } } }
}"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "card.graphql"
    found.write_text(QUERY)
    return found


def test_the_python_of_a_query_is_printed_with_what_it_reads(command: Command, file: Path) -> None:
    done = command("explain", str(file), "--variables", '{"more": false}')
    assert done.returncode == 0, done.stderr
    for line in (
        "level 0: Query.company: name, npi",
        "level 1: Company.locations: npi",
        "level 2: Location.company: name",
        "async def run(context, values):",
        "'name': found_2[0]",
    ):
        assert line in done.stdout
    assert "phone" not in done.stdout


def test_a_role_decides_what_is_read(command: Command, file: Path) -> None:
    more = ("--variables", '{"more": true}')
    assert "level 1: Company.locations: npi\n" in command("explain", str(file), *more).stdout
    assert "phone" in command("explain", str(file), *more, "--role", "viewer").stdout


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        (None, (), "isn't there"),
        ("{ nothing }", (), "nothing"),
        ("{ company", (), "Syntax Error"),
        ("{ __schema { description } }", (), "graphql-core runs it"),
        ("{ __typename }", ("--role", "king"), "king is no role"),
        ("{ __typename }", ("--variables", "1"), "--variables must be a JSON object"),
    ],
)
def test_what_can_not_be_explained_is_told(
    command: Command, tmp_path: Path, text: str | None, options: tuple[str, ...], problem: str
) -> None:
    found = tmp_path / "other.graphql"
    if text is not None:
        found.write_text(text)
    done = command("explain", str(found), *options)
    assert done.returncode != 0
    assert problem in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
