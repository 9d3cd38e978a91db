"""/metrics: every metric as Prometheus reads it, with the sums of all workers where there are several."""

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

from graph.settings import metrics_folder
from graph.telemetry.late import write_counters
from graph.telemetry.requests import telling
from graph.telemetry.statements import count_statements


async def metrics(request: Request) -> Response:
    """Answer in OpenMetrics, which has traces beside durations, to who takes it; else in Prometheus's own format.

    What other workers have counted in the last second (graph/telemetry/requests.py, graph/http/pressure.py) comes
    with the next answer.
    """
    telling.flush()
    write_counters()
    count_statements()
    registry = REGISTRY
    if metrics_folder():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    write, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(write(registry), headers={"content-type": content_type})
