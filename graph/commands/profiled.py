"""Where the time goes while the server runs: cProfile's account of it, in a file and in short."""

import pstats
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from cProfile import Profile
from pathlib import Path

from graph.commands.servers import fail

SHOWN = 20


@contextmanager
def profiled(file: Path) -> Iterator[None]:
    """Watch what this thread does in the block; then write it to a file and show what took longest itself."""
    try:
        file.touch()
    except OSError as error:
        fail(f"{file} can't be written ({error.strerror}).")
    profile = Profile()
    try:
        with profile:
            yield
    finally:
        profile.dump_stats(file)
        pstats.Stats(profile, stream=sys.stderr).sort_stats(pstats.SortKey.TIME).print_stats(SHOWN)
