"""Alerts and dashboards ask for metrics that there are, by labels that these have."""

import re

import pytest
from prometheus_client import Counter, Gauge, Histogram

from graph.telemetry import metrics
from tests.deploy.promql import PROMETHEUS, alert_of_grafana, alert_rules, dashboard_queries, metrics_in

QUERIES = [*(rule["expr"] for rule in alert_rules()), *dashboard_queries(), alert_of_grafana()]


def exported() -> set[str]:
    """The names of ours that /metrics has, whatever the number of processes."""
    found: set[str] = set()
    for value in vars(metrics).values():
        if isinstance(value, Counter | Gauge | Histogram):
            [family] = value.describe()
            endings = {Counter: ["_total"], Histogram: ["_bucket", "_count", "_sum"]}.get(type(value), [""])
            found |= {family.name + ending for ending in endings}
    return found


def histograms() -> set[str]:
    """The names of histograms, without the endings of their series."""
    return {name.removesuffix("_bucket") for name in exported() if name.endswith("_bucket")}


@pytest.mark.parametrize("query", QUERIES)
def test_each_metric_is_exported(query: str) -> None:
    assert metrics_in(query) <= exported()


def test_each_metric_is_documented() -> None:
    pages = "\n".join(page.read_text("utf-8") for page in (PROMETHEUS.parents[1] / "docs").glob("*.md"))
    bare = {name for name in exported() if not name.endswith(("_bucket", "_count", "_sum"))}
    assert not [name for name in bare | histograms() if not re.search(rf"\b{name}\b", pages)]


def test_metrics_are_found_in_queries() -> None:
    query = 'sum by (a) (rate(b_total{c="d_total"}[5m])) > 0.01 * max(e) or vector(0)'
    assert metrics_in(query) == {"b_total", "e"}
    assert exported() >= {"http_requests_total", "http_request_duration_seconds_bucket", "cache_bytes"}
    assert len({name for query in QUERIES for name in metrics_in(query)}) > 20


def test_each_alert_has_its_cases_and_says_what_to_do() -> None:
    cases = (PROMETHEUS / "alerts_test.yml").read_text("utf-8")
    page = (PROMETHEUS.parents[1] / "docs" / "operators.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", page, re.MULTILINE))
    levels = {rule["alert"]: rule["labels"]["severity"] for rule in alert_rules()}
    assert rows == {name: "yes" if level == "critical" else "no" for name, level in levels.items()}
    for name in levels:
        found = re.findall(rf"alertname: {name}(,|$)", cases, re.MULTILINE)
        # One in braces, where it must not come, and one with what is told.
        assert set(found) == {",", ""}, name
