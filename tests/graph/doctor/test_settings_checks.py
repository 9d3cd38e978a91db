"""Checks of settings: names that are none, what is dangerous where, an older compose file."""

import re
from pathlib import Path

import pytest

from graph.doctor.settings import invalid
from tests.graph.doctor.conftest import Find, fails, is_absent, is_ok, warns

COMPOSE = (Path(__file__).resolve().parents[3] / "docker-compose.yml").read_text(encoding="utf-8")


def write(name: str, content: str | bytes) -> None:
    """Write a file into the folder that the check runs in."""
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


async def test_settings_that_can_be_read(find: Find) -> None:
    is_ok(await find("settings-valid", port=8001), "1 settings are set")


def test_settings_that_can_not_be_read() -> None:
    fails(invalid(["PORT is 'abc': it must be a whole number."]), "PORT is 'abc'")


async def test_a_name_that_is_no_setting(find: Find) -> None:
    is_ok(await find("settings-unknown"))
    write(".env", "SENTINEL_MODE=on\nPORT=8001\n")
    warns(await find("settings-unknown"), "SENTINEL_MODE in .env", "IGNORED_VARIABLES")


async def test_a_file_of_settings_that_can_not_be_read_keeps_names_from_being_looked_at(find: Find) -> None:
    write(".env", b"\xff\xfeP")
    # What is wrong with it is for settings-valid.
    is_ok(await find("settings-unknown"))


@pytest.mark.parametrize(
    ("settings", "clause"),
    [
        ({"host": "0.0.0.0"}, "ENVIRONMENT is development on HOST 0.0.0.0"),  # noqa: S104 - looked at only
        ({"environment": "production", "forwarded_allow_ips": "10.0.0.1,0.0.0.0/0"}, "FORWARDED_ALLOW_IPS"),
        ({"environment": "production", "throttle_cost": 0}, "THROTTLE_COST"),
        ({"environment": "production", "token_max_lifetime": 0}, "TOKEN_MAX_LIFETIME"),
        ({"environment": "production", "jwks_url": "https://login.example/keys"}, "LOG_KEY is unset"),
        (
            {"environment": "production", "database_url": "postgresql://a@db.example/a"},
            "DATABASE_URL leads to db.ex",
        ),
        ({"environment": "production", "redis_url": "redis://cache.example"}, "REDIS_URL leads to cache.example"),
        ({"environment": "production", "amqp_url": "amqp://10.0.0.7"}, "AMQP_URL leads to 10.0.0.7"),
    ],
)
async def test_what_opens_too_much(find: Find, settings: dict[str, object], clause: str) -> None:
    warns(await find("settings-dangerous", **settings), clause)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"environment": "production", "host": "0.0.0.0"},  # noqa: S104 - looked at only
        {"environment": "production", "jwks_url": "https://login.example/keys", "log_key": "k" * 32},
        {"environment": "production", "database_url": "postgresql://a@postgres/a", "redis_url": "redis://redis"},
        {"environment": "production", "database_url": "postgresql://a@db.example/a?sslmode=verify-full"},
        {"environment": "production", "database_url": "postgresql://a@/a?host=/run", "amqp_url": "amqp://[::1]"},
        {"environment": "production", "redis_url": "rediss://cache.example", "amqp_url": "amqps://queue.example"},
    ],
)
async def test_what_does_not(find: Find, settings: dict[str, object]) -> None:
    is_ok(await find("settings-dangerous", **settings))


async def test_a_compose_file(find: Find) -> None:
    is_absent(await find("settings-compose"), "no docker-compose.yml")
    write("docker-compose.yml", COMPOSE)
    is_ok(await find("settings-compose"), "passes on all")
    older = re.sub(r"^  WORKERS:\n", "  ANSWER_CACHE_SECONDS:\n", COMPOSE, flags=re.MULTILINE)
    write("docker-compose.yml", older)
    warns(await find("settings-compose"), "keeps back WORKERS; unknown to this version: ANSWER_CACHE_SECONDS")
    write("docker-compose.yml", "services:\n  web:\n    image: nginx\n")
    is_absent(await find("settings-compose"), "no list x-settings")
