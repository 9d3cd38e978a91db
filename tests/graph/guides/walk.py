"""A page of docs/ followed from top to bottom as a reader would: its files, commands and operations."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from typer.testing import CliRunner

from graph.__main__ import commands
from tests.clients.environments import required
from tests.fences import BASE_URL, Fence, fences

# Seconds for one command; those of the pages take two or three.
PATIENCE = 60
# What stands for the rest: of a text, of a line, or of all that is printed.
REST = "..."


@dataclass
class Walk:
    """A folder of its own for each page; the page's address of the server becomes `base_url`.

    The console is one session: what a command exports is there for the next, and its `TOKEN` goes with operations.
    `$URL` in it is the newest `url` of the answers.
    """

    folder: Path
    base_url: str
    # Does the jobs that wait, before a page shows one that has ended.
    do_jobs: Callable[[], None]
    # Every answer so far, in which what the next variables only begin is looked up.
    answers: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / ".session").touch()

    def follow(self, page: str) -> None:
        """Follow a page; an AssertionError says at which block it leads nowhere."""
        left = list(fences(page))
        while left:
            fence = left.pop(0)
            match fence.language, fence.name:
                case "graphql", "":
                    variables = self.filled(take(left, "variables"))
                    self.ask(fence, variables, take(left, "answer"))
                case "console", "":
                    self.type(fence)
                case "console", "elsewhere":
                    # In another terminal, by somebody else, or in another place: test_guide_blocks.py says why.
                    pass
                case _, name if "." in name:
                    self.write(name, fence.text)
                case _:
                    raise AssertionError(f"{fence}: how is it followed?")

    def ask(self, fence: Fence, variables: Any, answer: Fence | None) -> None:
        """Send an operation, and compare the answer with the one that is shown; if none is, it has no errors."""
        session = (self.folder / ".session").read_text("utf-8")
        tokens = re.findall(r'^declare -x TOKEN="(.*)"$', session, re.MULTILINE)
        headers = {"authorization": f"Bearer {tokens[-1]}"} if tokens else {}
        body = {"query": fence.text, "variables": variables}
        shown = None if answer is None else json.loads(answer.text)
        if has_ended(shown):
            self.do_jobs()
        found = httpx2.post(f"{self.base_url}/graphql", json=body, headers=headers, timeout=PATIENCE).json()
        self.answers.append(found)
        if shown is None:
            assert "errors" not in found, f"{fence}: {found['errors']}"
        else:
            assert is_alike(found, shown), f"{answer} shows another answer than\n{json.dumps(found, indent=2)}"

    def type(self, fence: Fence) -> None:
        """Run the commands of a console, and compare what each prints with what the page shows, if anything."""
        for command, shown in fence.session:
            if issued := re.fullmatch(r"export (\w+)=\$\(\.venv/bin/ariesone (token issue .*)\)", command):
                self.issue(issued[1], issued[2])
                continue
            links = [text for answer in self.answers for name, text in leaves(answer) if name == "url"]
            link = f"URL='{links[-1]}'; " if links else ""
            printed = self.run(link + command.replace(BASE_URL, self.base_url), shown.splitlines())
            printed = printed.replace(self.base_url, BASE_URL)
            if shown:
                assert is_printed(printed, shown), f"{fence} shows another thing than\n{printed}"

    def issue(self, name: str, words: str) -> None:
        """Make a token as the command does, but in this process: another takes a second or more to begin."""
        made = CliRunner().invoke(commands, shlex.split(words), catch_exceptions=False)
        with (self.folder / ".session").open("a") as session:
            session.write(f'declare -x {name}="{made.stdout.strip()}"\n')

    def run(self, command: str, shown: list[str]) -> str:
        """Return what a command prints; one that goes on, which is shown by a last line `...`, is then stopped."""
        script = f". ./.session\n{command}\nstatus=$?\nexport -p > .session\nexit $status"
        environment = {**os.environ, "PATH": f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}"}
        started = subprocess.Popen(
            [required("bash", "bash"), "-c", script],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with started:
            assert started.stdout is not None
            if shown and shown[-1] == REST:
                lines = [started.stdout.readline() for _ in shown[:-1]]
                os.killpg(started.pid, signal.SIGKILL)
                return "".join(lines)
            printed, _ = started.communicate(timeout=PATIENCE)
        assert started.returncode == 0, f"{command} ended with {started.returncode}:\n{printed}"
        return printed

    def write(self, name: str, text: str) -> None:
        """Write a file of the page."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(BASE_URL, self.base_url), encoding="utf-8")

    def filled(self, fence: Fence | None) -> Any:
        """Return the variables of a block; a text that ends in `...` is the newest in answers that begins so."""
        return {} if fence is None else json.loads(fence.text, object_hook=self.fill)

    def fill(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Put what was answered in place of what a page only begins."""
        return {name: self.found(name, value) for name, value in variables.items()}

    def found(self, name: str, value: Any) -> Any:
        """Return a value as it is sent; one that is nothing but `...` is the newest under its own name."""
        if not isinstance(value, str) or not value.endswith(REST):
            return value
        begun = value.removesuffix(REST)
        pairs = [pair for answer in self.answers for pair in leaves(answer)]
        found = [text for key, text in pairs if (text.startswith(begun) if begun else key == name)]
        assert found, f"no answer has anything for {name!r}: {value!r}"
        return found[-1]


def has_ended(answer: Any) -> bool:
    """Return whether an answer is about a job that was done."""
    return ("state", "SUCCEEDED") in leaves(answer)


def take(left: list[Fence], name: str) -> Fence | None:
    """Return the next block if it has a name, and drop it from those that are left."""
    return left.pop(0) if left and left[0].name == name else None


def leaves(answer: Any, key: str = "") -> list[tuple[str, str]]:
    """Return the texts of an answer, each under its name."""
    if isinstance(answer, dict):
        return [leaf for name, value in answer.items() for leaf in leaves(value, name)]
    if isinstance(answer, list):
        return [leaf for value in answer for leaf in leaves(value, key)]
    return [(key, answer)] if isinstance(answer, str) else []


def is_alike(found: Any, shown: Any) -> bool:
    """Return whether an answer is the one that is shown, in which a text that ends in `...` is only begun."""
    match shown:
        case dict():
            return (
                isinstance(found, dict)
                and found.keys() == shown.keys()
                and all(is_alike(found[name], value) for name, value in shown.items())
            )
        case list():
            return (
                isinstance(found, list)
                and len(found) == len(shown)
                and all(is_alike(*pair) for pair in zip(found, shown, strict=True))
            )
        case "...":
            return True
        case str() if shown.endswith(REST):
            return isinstance(found, str) and found.startswith(shown.removesuffix(REST))
        case _:
            return bool(found == shown)


def is_printed(printed: str, shown: str) -> bool:
    """Return whether a command has printed what is shown: one JSON value, or lines, each perhaps only begun."""
    try:
        return is_alike(json.loads(printed), json.loads(shown))
    except ValueError:
        pass
    lines = shown.splitlines()
    kept = lines[:-1] if lines[-1] == REST else lines
    parts = (re.escape(line).replace(re.escape(REST), ".*") for line in kept)
    return re.fullmatch("\n".join(parts), printed.removesuffix("\n")) is not None
