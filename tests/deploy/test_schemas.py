"""The compose file, the manifests and what Grafana is given, by the schemas and types of those who read them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import python
from tests.deploy.promql import dashboard, rule_of_grafana
from tests.deploy.test_manifests import BY_HAND, FOLDER, KUSTOMIZATION
from tests.test_image import COMPOSE, interpolated

pytestmark = pytest.mark.slow

# The oldest that docs/deploying.md names, and the newest that there are schemas of.
VERSIONS = ("1.30", "1.37")

COMPOSED = "import compose_spec, sys; compose_spec.PyCompose.from_json(sys.stdin.read())"

# Reads something by Grafana's own types, and prints what these know of it.
GRAFANA = """
import json, sys
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.{module} import {name}

register_default_plugins()
print(JSONEncoder().encode({name}.from_json(json.load(sys.stdin))))
"""


@pytest.fixture(scope="module")
def schemas(pytestconfig: pytest.Config) -> Path:
    """A Python that has the schemas."""
    return python(Path(pytestconfig.cache.mkdir("clients")), "schemas")


def run(program: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run([program, *words], input=given, capture_output=True, text=True, check=False, timeout=120)


def complaint(program: Path, *words: str, given: str = "") -> str:
    """Return what a program says that doesn't end well."""
    done = run(program, *words, given=given)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def lost(given: Any, kept: Any, place: str = "") -> list[str]:
    """Return the places of what was given and wasn't kept."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [each for key in given for each in lost(given[key], kept.get(key), f"{place}/{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [each for i in range(len(given)) for each in lost(given[i], kept[i], f"{place}/{i}")]
    return [] if given == kept else [place]


def lost_by_grafana(schemas: Path, type_: str, given: Any) -> list[str]:
    """Return the places of what Grafana doesn't know."""
    module, _, name = type_.partition(".")
    done = run(schemas, "-c", GRAFANA.format(module=module, name=name), given=json.dumps(given))
    assert done.returncode == 0, done.stderr
    return lost(given, json.loads(done.stdout))


def test_the_compose_file_is_one(schemas: Path) -> None:
    compose = interpolated(json.dumps(COMPOSE), {"POSTGRES_PASSWORD": "p"})
    assert complaint(schemas, "-c", COMPOSED, given=compose) == ""
    misspelt = compose.replace('"profiles"', '"profils"')
    assert "profils" in complaint(schemas, "-c", COMPOSED, given=misspelt)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_takes(schemas: Path, version: str, tmp_path: Path) -> None:
    files = [str(FOLDER / name) for name in [*KUSTOMIZATION["resources"], *sorted(BY_HAND)]]
    validate = ("-m", "kubernetes_validate", "--strict", "-k", version)
    assert complaint(schemas, *validate, *files) == ""
    misspelt = tmp_path / "migrate.yaml"
    misspelt.write_text((FOLDER / "migrate.yaml").read_text("utf-8").replace("backoffLimit", "backofLimit"))
    assert "backofLimit" in complaint(schemas, *validate, str(misspelt))


def test_grafana_knows_all_of_its_dashboard(schemas: Path) -> None:
    board = dashboard()
    assert lost_by_grafana(schemas, "dashboard.Dashboard", board) == []
    board["panels"][1]["descripton"] = board["panels"][1].pop("description")
    assert lost_by_grafana(schemas, "dashboard.Dashboard", board) == ["/panels/1/descripton"]


def test_grafana_knows_all_of_its_rule(schemas: Path) -> None:
    assert lost_by_grafana(schemas, "alerting.Rule", rule_of_grafana()) == []
