"""The compose file and the manifests by the schemas of those who read them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.environments import python
from tests.deploy.test_manifests import BY_HAND, FOLDER, KUSTOMIZATION
from tests.test_image import COMPOSE, interpolated

pytestmark = pytest.mark.slow

# The oldest that docs/deploying.md names, and the newest that there are schemas of.
VERSIONS = ("1.30", "1.37")

COMPOSED = "import compose_spec, sys; compose_spec.PyCompose.from_json(sys.stdin.read())"


@pytest.fixture(scope="module")
def schemas(pytestconfig: pytest.Config) -> Path:
    """A Python that has the schemas."""
    return python(Path(pytestconfig.cache.mkdir("clients")), "schemas")


def run(program: Path, *words: str, given: str = "") -> str:
    """Return what a program says that doesn't end well."""
    done = subprocess.run([program, *words], input=given, capture_output=True, text=True, check=False, timeout=120)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_compose_file_is_one(schemas: Path) -> None:
    compose = interpolated(json.dumps(COMPOSE), {"POSTGRES_PASSWORD": "p"})
    assert run(schemas, "-c", COMPOSED, given=compose) == ""
    misspelt = compose.replace('"profiles"', '"profils"')
    assert "profils" in run(schemas, "-c", COMPOSED, given=misspelt)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_takes(schemas: Path, version: str, tmp_path: Path) -> None:
    files = [str(FOLDER / name) for name in [*KUSTOMIZATION["resources"], *sorted(BY_HAND)]]
    validate = ("-m", "kubernetes_validate", "--strict", "-k", version)
    assert run(schemas, *validate, *files) == ""
    misspelt = tmp_path / "migrate.yaml"
    misspelt.write_text((FOLDER / "migrate.yaml").read_text("utf-8").replace("backoffLimit", "backofLimit"))
    assert "backofLimit" in run(schemas, *validate, str(misspelt))
