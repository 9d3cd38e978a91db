"""What an operation costs when it is seen for the first time: everything that is kept for the next time."""

import statistics
import time

from bench.workloads import OPERATIONS
from graph.execution.facts import facts_of
from graph.execution.forms import Forms
from graph.execution.run import Runner
from graph.parts import limits_of
from graph.schema import core_schema
from graph.settings import Settings
from graph.types.paging import SIZES

_TEXT = (OPERATIONS / "hundred_fields.graphql").read_text()
_VARIABLES = {"npi": "2000000002"}
_TIMES = 50


def first_sight_ms() -> float:
    """Return the milliseconds of CPU that 100 fields take before they can run: parsed, validated, compiled."""
    settings = Settings(_env_file=None)
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    # Servers compile at the second sight, which is no other work than at the first.
    forms = Forms(facts_of(core_schema), 1, SIZES)
    return statistics.median(_ready_in(runner, forms, number) for number in range(_TIMES)) * 1000


def _ready_in(runner: Runner, forms: Forms, number: int) -> float:
    text = _TEXT.replace("HundredFields", f"HundredFields{number}")
    started = time.process_time()
    prepared = runner.prepare(text, None, _VARIABLES)
    forms.compile(prepared.operation, prepared.values, prepared.refused)
    return time.process_time() - started
