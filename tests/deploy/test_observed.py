"""A real Prometheus finds our configuration, alerts and dashboard good, and has an answer to each query."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from graph.app import create_app
from graph.settings import Settings
from tests.deploy.conftest import Prometheus
from tests.deploy.promql import PROMETHEUS, alert_of_grafana, alert_rules, dashboard_queries
from tests.deploy.test_manifests import PROBES, container_of
from tests.graph.conftest import Server, serving

pytestmark = pytest.mark.slow

OPERATIONS = "what Prometheus sends, and nobody else knows"
# Seconds within which all must be seen, on a machine that others use too; it takes some five.
PATIENCE = 60

QUERIES = dashboard_queries()


@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_promtool_finds_nothing_wrong(promtool: Callable[..., str], tmp_path: Path, name: str) -> None:
    configuration = yaml.safe_load((PROMETHEUS / name).read_text("utf-8"))
    for job in configuration["scrape_configs"]:
        # Debian's knows no clusters; tests/deploy/test_manifests.py looks at this.
        job.pop("kubernetes_sd_configs", None)
    (tmp_path / name).write_text(yaml.safe_dump(configuration))
    promtool(tmp_path, "check", "config", "--syntax-only", name)
    promtool(PROMETHEUS, "check", "rules", *configuration["rule_files"])


def test_alerts_come_where_they_have_to_and_nowhere_else(promtool: Callable[..., str]) -> None:
    assert "SUCCESS" in promtool(PROMETHEUS, "test", "rules", "alerts_test.yml")


@pytest.fixture(scope="module")
def server(sample_url: str) -> Iterator[Server]:
    """A server in production, which Prometheus needs the operators' token for."""
    settings = Settings(
        _env_file=None,
        environment="production",
        database_url=SecretStr(sample_url),
        operations_token=SecretStr(OPERATIONS),
        max_lag=1.0,
    )
    with serving(create_app(settings)) as running:
        yield running


@pytest.fixture(scope="module")
def observer(
    server: Server,
    prometheus: Callable[[Path], AbstractContextManager[Prometheus]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Prometheus]:
    """A Prometheus with our configuration, which looks four times a second and alerts at once."""
    folder = tmp_path_factory.mktemp("prometheus")
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    configuration["global"] = {"scrape_interval": "250ms", "evaluation_interval": "250ms"}
    [job] = configuration["scrape_configs"]
    job["authorization"]["credentials_file"] = str(folder / "operations_token")
    job["static_configs"] = [{"targets": [server.client.base_url.netloc.decode()]}]
    (folder / "operations_token").write_text(OPERATIONS)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    rules = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule.pop("for", None)
    (folder / "alerts.yml").write_text(yaml.safe_dump(rules))
    with prometheus(folder / "prometheus.yml") as running:
        yield running


def until(is_done: Callable[[], bool], what: str, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait until something is so, doing something meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < deadline, what
        meanwhile()
        time.sleep(0.1)


QUERY = "{ companies(first: 1) { nodes { name } } }"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def has_answer(observer: Prometheus, query: str) -> bool:
    """Whether a query gives a number."""
    return any(not math.isnan(float(series["value"][1])) for series in observer.query(query))


def ask(server: Server) -> None:
    """Have something happen: an answer, another one out of the cache, and errors of a document and of a field."""
    for query in (QUERY, "{ nothing }", "{ companies(first: 1) { nodes { phone } } }"):
        server.post(query, traceparent=PARENT)


@pytest.mark.parametrize("probe", PROBES)
def test_each_probe_of_the_manifests_is_answered(server: Server, probe: str) -> None:
    path = container_of("api")[f"{probe}Probe"]["httpGet"]["path"]
    assert server.client.get(path).status_code == 200


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_the_dashboard_has_an_answer(server: Server, observer: Prometheus, query: str) -> None:
    until(lambda: has_answer(observer, query), query, lambda: ask(server))


@pytest.mark.parametrize("metric", ["http_request_duration_seconds", "graphql_operation_duration_seconds"])
def test_durations_come_with_their_traces(server: Server, observer: Prometheus, metric: str) -> None:
    until(lambda: TRACE in observer.traces(f"{metric}_bucket"), "no trace comes", lambda: ask(server))


def test_alerts_are_evaluated_and_grafana_hears_of_those_that_fire(server: Server, observer: Prometheus) -> None:
    until(lambda: all(rule["health"] == "ok" for rule in observer.rules()), "rules aren't evaluated")
    assert {rule["name"] for rule in observer.rules()} == {rule["alert"] for rule in alert_rules()}
    assert observer.query(alert_of_grafana()) == []
    server.stop()
    until(lambda: observer.query(alert_of_grafana()) != [], "nobody misses the server")
    [found] = observer.query('ALERTS{alertname="ServerAway",alertstate="firing"}')
    told = {(each["metric"]["alert"], each["metric"]["level"]) for each in observer.query(alert_of_grafana())}
    assert (found["metric"]["alertname"], found["metric"]["severity"]) in told
