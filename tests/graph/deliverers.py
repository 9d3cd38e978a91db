"""`ariesone deliver` in processes that are killed."""

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.graph.commands.conftest import environment


class Deliverers:
    """Two processes that deliver, of which a killed one is replaced; what they log is in a file `log`.

    `program` sets what a test can't wait for, and calls main.
    """

    def __init__(self, folder: Path, program: str, chance: Random, **settings: str) -> None:
        self._folder = folder
        self._program = program
        self._chance = chance
        self._environment = environment(**settings)
        self._running = [self._start() for _ in range(2)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", self._program, "deliver"]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=log, stderr=log)

    def kill_some(self) -> None:
        """Kill one of them, which may stand by, or both."""
        for place in self._chance.choice(([0], [1], [0, 1])):
            self._running[place].kill()
            self._running[place].wait()
            self._running[place] = self._start()

    def stop(self) -> list[int]:
        """Have them end by themselves; what they return."""
        for each in self._running:
            each.send_signal(signal.SIGTERM)
        return [each.wait(20) for each in self._running]
