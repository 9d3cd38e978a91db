"""What an operation costs when it is seen for the first time: everything that is kept for the next time."""

import statistics
import time

from bench.workloads import OPERATIONS
from graph.app import limits_of
from graph.execution.compilations import Compilations
from graph.execution.runner import Runner
from graph.schema import schema
from graph.settings import Settings

_CORE = schema._schema  # noqa: SLF001
_TEXT = (OPERATIONS / "hundred_fields.graphql").read_text()
_VARIABLES = {"npi": "2000000002"}
_TIMES = 50


def first_sight_ms() -> float:
    """Return the milliseconds of CPU that 100 fields take before they can run: parsed, validated, compiled."""
    settings = Settings(_env_file=None)
    runner = Runner(_CORE, limits_of(settings), settings.operation_timeout)
    # Servers compile at the second sight, which is no other work than at the first.
    compilations = Compilations(_CORE, sights=1)
    return statistics.median(_ready_in(runner, compilations, number) for number in range(_TIMES)) * 1000


def _ready_in(runner: Runner, compilations: Compilations, number: int) -> float:
    text = _TEXT.replace("HundredFields", f"HundredFields{number}")
    started = time.process_time()
    prepared = runner.prepare(text, None, _VARIABLES)
    compilation = compilations.compilation(prepared.operation, prepared.values, prepared.forbidden)
    taken = time.process_time() - started
    if compilation is None:
        raise RuntimeError("The operation was not compiled.")
    return taken
