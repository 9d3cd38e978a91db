"""What is asked of Prometheus: the queries of the dashboard and of the alerts, and the metrics that they name."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
GRAFANA = DEPLOY / "grafana"

# What is no metric in a query: words of the language, and what Prometheus makes by itself.
WORDS = {"by", "or", "and", "unless", "without", "on", "ignoring", "offset", "bool"}
ITS_OWN = {"up", "ALERTS"}


def alert_rules() -> list[dict[str, Any]]:
    """The alerts of Prometheus."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def rule_of_grafana() -> dict[str, Any]:
    """Grafana's one rule."""
    [group] = yaml.safe_load((GRAFANA / "provisioning/alerting/ariesone.yml").read_text("utf-8"))["groups"]
    [rule] = group["rules"]
    return dict(rule)


def alert_of_grafana() -> str:
    """The query of that rule."""
    return str(rule_of_grafana()["data"][0]["model"]["expr"])


def dashboard() -> dict[str, Any]:
    """Grafana's dashboard."""
    return dict(json.loads((GRAFANA / "dashboards/ariesone.json").read_text("utf-8")))


def dashboard_queries() -> list[str]:
    """The queries of the dashboard, over the last minute."""
    targets = [target for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    return [target["expr"].replace("$__rate_interval", "1m") for target in targets]


def metrics_in(query: str) -> set[str]:
    """The metrics that a query names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without) *\([^)]*\)', " ", query.replace('""', ""))
    names = re.findall(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?! *\()", bare)
    return set(names) - WORDS - ITS_OWN
