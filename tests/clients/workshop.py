"""A folder in which a client's program runs: files of the pages and of programs/, beside what is installed."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.page import block
from tests.fences import BASE_URL

PROGRAMS = Path(__file__).with_name("programs")
# Seconds for one program; those here take a few.
PATIENCE = 120


@dataclass(frozen=True)
class Visit:
    """What a JavaScript program printed as JSON, and each request that its `fetch` sent."""

    answer: Any
    sent: list[dict[str, Any]]

    @property
    def methods(self) -> list[str]:
        """The method of each request."""
        return [each["method"] for each in self.sent]

    @property
    def statuses(self) -> list[int]:
        """The status that each request was answered with."""
        return [each["status"] for each in self.sent]


@dataclass
class Workshop:
    """A folder of its own for each test; the page's address of the server becomes `base_url` in its files."""

    folder: Path
    base_url: str
    python_of: Callable[[str], Path]
    variables: dict[str, str] = field(default_factory=dict)

    def take(self, *names: str) -> None:
        """Write out blocks of the page and programs of this folder, each under its name."""
        for name in names:
            own = PROGRAMS / name
            text = own.read_text(encoding="utf-8") if own.is_file() else block(name).text
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(BASE_URL, self.base_url), encoding="utf-8")

    def run(self, *command: str) -> str:
        """Return what a program prints, if it ends well."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def follow(self, name: str) -> str:
        """Run the commands of a block in turn, and return what they print.

        What a command installs isn't installed: it is here already, or else the page names something else.
        """
        printed = []
        for command in block(name).commands:
            if packages := re.fullmatch(r"npm install (?:-D )?(.*)", command):
                for package in packages[1].split():
                    assert (self.folder / "node_modules" / package).is_dir(), command
            elif command.startswith("pip install"):
                assert is_pinned(command), command
            else:
                printed.append(self.run("bash", "-ec", command.replace(BASE_URL, self.base_url)))
        return "".join(printed)

    def node(self, program: str) -> Visit:
        """Run a JavaScript program whose `fetch` obeys other sites as a browser's does."""
        self.take("browser.js", "bundler.js")
        if not (self.folder / program).exists():
            self.take(program)
        printed = self.run("node", "--import", "./browser.js", program)
        sent = json.loads((self.folder / "sent.json").read_text(encoding="utf-8"))
        return Visit(json.loads(printed), sent)

    def python(self, client: str, program: str) -> str:
        """Run a program of the page with the Python that has a client, and return what it prints."""
        self.take(program)
        return self.run(str(self.use(client)), program)

    def use(self, client: str) -> Path:
        """Have the commands of a Python client found first, and return its Python."""
        python = self.python_of(client)
        self.variables["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        return python

    def link(self, node_modules: Path) -> None:
        """Have the packages of npm found."""
        (self.folder / "node_modules").symlink_to(node_modules)
        shutil.copy(node_modules.parent / "package.json", self.folder)


def is_pinned(command: str) -> bool:
    """Return whether what `pip install` names is what one of the environments has."""
    wanted = re.sub(r"\[.*\]", "", command.rsplit(maxsplit=1)[-1].strip("'\""))
    locks = (PROGRAMS.parent / "requirements").glob("*.lock")
    return any(re.search(rf"^{re.escape(wanted)}==", lock.read_text("utf-8"), re.MULTILINE) for lock in locks)
