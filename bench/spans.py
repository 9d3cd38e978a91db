"""What traces take of a request's CPU while they are on: not sampled, and sampled. `python -m bench.spans`."""

import logging
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from db.tally import Tally
from graph.http.exchange import begin_span
from graph.settings import Settings
from graph.telemetry.logs import EndedRequest
from graph.telemetry.opentelemetry import OpenTelemetry
from graph.telemetry.operations import ToldOperation
from graph.telemetry.spans import tell_ended
from graph.telemetry.tracing import HERE, tracing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = {b"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00".encode()}
OPERATION = ToldOperation("Names", "query", goes_on=False, document="a" * 64, label="other", generation=0)


def least(run: Callable[[], object], times: int) -> float:
    """Return the microseconds of CPU that a call takes, the least of fifteen loops."""
    found = []
    for _ in range(15):
        began = time.process_time()
        for _ in range(times):
            run()
        found.append((time.process_time() - began) / times * 1e6)
    return min(found)


def begin(headers: dict[bytes, bytes]) -> Any:  # noqa: ANN401 - what stands for an exchange
    """Do what a request does when it arrives; return it."""
    exchange: Any = SimpleNamespace(place=None, headers=headers, trace_id=TRACE)
    if tracing.is_on:
        HERE.reset(begin_span(exchange))
    return exchange


def end(statements: int) -> None:
    """Do what a request does that is sampled, with as many statements."""
    tally = Tally()
    for _ in range(statements):
        tally.add("SELECT name FROM companies", 3, time.perf_counter(), 0.001)
    place = begin({}).place
    ended = EndedRequest("POST", "/graphql", 200, None, None, OPERATION, 0, 100, 0.002, TRACE, time.time())
    tell_ended([ended._replace(sql=tally, place=place)])


def teller(sampler: str, share: str) -> OpenTelemetry:
    """Return what sends spans, to a port where nobody listens, with a sampler."""
    given = {"otel_traces_sampler": sampler, "otel_traces_sampler_arg": share}
    Settings(_env_file=None, otel_exporter_otlp_endpoint="http://127.0.0.1:9", **given).hand_to_opentelemetry()
    return OpenTelemetry("0", "nowhere")


def main() -> None:
    """Print the microseconds of each."""
    logging.disable()
    off = least(lambda: begin({}), 20_000)
    tracing.begin(teller("parentbased_traceidratio", "0"))
    print(f"not sampled                     {least(lambda: begin({}), 20_000) - off:6.1f} us")
    print(f"not sampled, said by its caller {least(lambda: begin(CALLER), 20_000) - off:6.1f} us")
    tracing.begin(teller("always_on", "1"))
    alone = least(lambda: end(0), 2_000)
    print(f"sampled                         {alone - off:6.1f} us")
    print(f"and each of its statements      {least(lambda: end(1), 2_000) - alone:6.1f} us")


if __name__ == "__main__":
    main()
