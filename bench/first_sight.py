"""What an operation costs when it is seen for the first time: everything that is kept for the next time."""

import statistics
import time

from bench.workloads import OPERATIONS
from graph.app import limits_of
from graph.execution.runner import Runner
from graph.schema import schema
from graph.settings import Settings

_TEXT = (OPERATIONS / "hundred_fields.graphql").read_text()
_VARIABLES = {"npi": "2000000002"}
_TIMES = 50


def first_sight_ms() -> float:
    """Return the milliseconds of CPU that 100 fields take before they can run for the first time."""
    settings = Settings(_env_file=None)
    runner = Runner(schema._schema, limits_of(settings), settings.operation_timeout)  # noqa: SLF001
    return statistics.median(_prepared_in(runner, number) for number in range(_TIMES)) * 1000


def _prepared_in(runner: Runner, number: int) -> float:
    text = _TEXT.replace("HundredFields", f"HundredFields{number}")
    started = time.process_time()
    runner.prepare(text, None, _VARIABLES)
    return time.process_time() - started
