"""The manifests for Kubernetes, held against the server that they run, and against each other."""

import tomllib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from db.engine import APART
from graph.__main__ import commands
from graph.environment.words import is_secret
from graph.settings import Settings
from tests.deploy.promql import PROMETHEUS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
# Applied by themselves: secrets are somebody's own, and a job is made anew for each version.
BY_HAND = {"migrate.yaml", "secrets.example.yaml"}

Manifest = dict[str, Any]

PROBES = ("startup", "liveness", "readiness")
# Of 100 connections, PostgreSQL keeps three for its administrators.
CONNECTIONS = 97


def manifests() -> Iterator[Manifest]:
    for name in [*KUSTOMIZATION["resources"], *sorted(BY_HAND)]:
        yield from yaml.safe_load_all((FOLDER / name).read_text("utf-8"))


def of_kind(kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] == kind}


WORKLOADS = of_kind("Deployment") | of_kind("Job")
SETTINGS: dict[str, str] = of_kind("ConfigMap")["settings"]["data"]
SECRETS: dict[str, str] = of_kind("Secret")["secrets"]["stringData"]


def pod_of(name: str) -> Manifest:
    template: Manifest = WORKLOADS[name]["spec"]["template"]
    return template


def container_of(name: str) -> Manifest:
    [container] = pod_of(name)["spec"]["containers"]
    return dict(container)


def test_every_file_is_applied() -> None:
    names = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml", "secrets.yaml"}
    assert names == {*KUSTOMIZATION["resources"], *BY_HAND}


def test_what_a_pod_is_told_are_settings_with_which_a_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    assert all(is_secret(fields[name]) for name in SECRETS)
    assert not SETTINGS.keys() & SECRETS.keys()
    # Each another one, of 32 bytes in base64.
    secrets = {name: b64encode(name.ljust(32).encode()).decode() for name in SECRETS}
    for name, value in {**SETTINGS, **secrets}.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert settings.environment == "production"
    assert settings.operations_token is not None
    assert settings.operations_token.get_secret_value() == secrets["OPERATIONS_TOKEN"]


def test_secrets_are_no_ones() -> None:
    assert set(SECRETS.values()) == {""}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_runs_a_command_of_ours_with_all_settings(name: str) -> None:
    container = container_of(name)
    program, *words = container["args"]
    command: Any = get_command(commands)
    for word in words:
        command = command.commands[word]
    assert program == "ariesone"
    named = [next(iter(each.values()))["name"] for each in container["envFrom"]]
    assert named == ["settings", "secrets"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_can_change_and_gain_nothing(name: str) -> None:
    pod = pod_of(name)["spec"]
    assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"--uid {pod['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text("utf-8")
    assert container_of(name)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounted = {mount["name"] for mount in container_of(name)["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_what_the_server_leaves_to_others_is_done_by_others() -> None:
    left = {name for name, value in SETTINGS.items() if name.endswith("_IN_SERVE") and value == "false"}
    assert left == {"AMQP_IN_SERVE", "WEBHOOKS_IN_SERVE", "JOBS_IN_SERVE"}
    assert {container_of(name)["args"][1] for name in of_kind("Deployment")} == {"serve", "deliver", "work"}
    assert SETTINGS["MIGRATE_ON_START"] == "false"
    assert container_of("migrate")["args"] == ["ariesone", "db", "upgrade"]
    for name in ("api", "work"):
        assert SETTINGS["FILES_DIR"] in {mount["mountPath"] for mount in container_of(name)["volumeMounts"]}


def test_probes_and_the_service_lead_to_the_port_that_is_served() -> None:
    container = container_of("api")
    [port] = container["ports"]
    assert str(port["containerPort"]) == SETTINGS["PORT"]
    assert {container[f"{name}Probe"]["httpGet"]["port"] for name in PROBES} == {port["name"]}
    [service] = of_kind("Service")["api"]["spec"]["ports"]
    assert service["targetPort"] == port["name"]


def test_all_connections_together_fit_into_a_postgresql() -> None:
    [scaler] = of_kind("HorizontalPodAutoscaler").values()
    deployments = of_kind("Deployment")
    surge = deployments["api"]["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    others = [each["spec"]["replicas"] for name, each in deployments.items() if name != "api"]
    pods = scaler["spec"]["maxReplicas"] + surge + sum(others)
    each = int(SETTINGS["DATABASE_POOL_SIZE"]) + int(SETTINGS["DATABASE_MAX_OVERFLOW"]) + APART
    jobs = deployments["work"]["spec"]["replicas"]
    assert pods * each + jobs <= CONNECTIONS
    assert "replicas" not in deployments["api"]["spec"], "the autoscaler says how many"


def test_whatever_selects_pods_finds_them() -> None:
    selectors = [each["spec"]["selector"]["matchLabels"] for each in of_kind("PodDisruptionBudget").values()]
    selectors += [each["spec"]["selector"] for each in of_kind("Service").values()]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in of_kind("NetworkPolicy").values()]
    labels = {name: pod_of(name)["metadata"]["labels"] for name in WORKLOADS}
    for selector in selectors:
        assert any(selector.items() <= each.items() for each in labels.values()), selector
    for name in of_kind("Deployment"):
        assert WORKLOADS[name]["spec"]["selector"]["matchLabels"] == labels[name]
    # All of them are in the policy that lets nobody in.
    everybody = of_kind("NetworkPolicy")["ariesone"]["spec"]["podSelector"]["matchLabels"]
    assert all(everybody.items() <= each.items() for each in labels.values())
    target = next(iter(of_kind("HorizontalPodAutoscaler").values()))["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "api")


def test_a_prometheus_of_the_cluster_finds_the_pods_that_serve() -> None:
    [job] = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text("utf-8"))["scrape_configs"]
    [pods] = job["kubernetes_sd_configs"]
    assert pods["role"] == "pod"
    assert pods["namespaces"]["names"] == [KUSTOMIZATION["namespace"]] == list(of_kind("Namespace"))
    name, _, value = pods["selectors"][0]["label"].partition("=")
    assert [each for each in WORKLOADS if pod_of(each)["metadata"]["labels"][name] == value] == ["api"]
    assert job["relabel_configs"][0]["regex"] == container_of("api")["ports"][0]["name"]
    # The alerts ask for the job that the compose file's Prometheus has.
    [other] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert job["job_name"] == other["job_name"]


def test_every_pod_has_the_image_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    [image] = KUSTOMIZATION["images"]
    assert image["newTag"] == version
    assert container_of("migrate")["image"] == f"{image['newName']}:{version}"
    assert {container_of(name)["image"] for name in of_kind("Deployment")} == {image["name"]}
