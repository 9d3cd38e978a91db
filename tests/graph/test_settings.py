"""Settings: what is wrong is told all at once, a sentence each, without a secret; what is right is read."""

# ruff: noqa: E501, ISC004, S104, S106 - tables keep a case on a line; nothing here is secret or served

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from db.engine import PoolOptions
from graph.commands.configuration import sentences
from graph.settings import Settings

Told = Callable[..., list[str]]


def test_the_pool_has_the_same_defaults_with_and_without_settings() -> None:
    assert Settings.model_construct().pool_options() == PoolOptions()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what is told of variables; nothing where all of them can be right."""

    def tell(env_file: Path | None = None, **variables: str) -> list[str]:
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        try:
            Settings(_env_file=env_file)
        except ValidationError as error:
            return sentences(error)
        return []

    return tell


def test_all_that_is_wrong_is_told_at_once(told: Told) -> None:
    wrong = {"PORT": "abc", "WORKERS": "0", "GRAPHIQL": "maybe", "CORS_ORIGIN": "x", "OPERATION_TIMEOUT": "10s"}
    assert told(**wrong, DATABASE_URL="postgresql://u:sesame@h:abc/d", TOKEN_SECRET="sesame") == [
        "CORS_ORIGIN is no setting; did you mean CORS_ORIGINS?",
        "DATABASE_URL: its port is no number from 1 to 65535.",
        "GRAPHIQL is 'maybe': it must be true or false.",
        "OPERATION_TIMEOUT is '10s': it must be a number of seconds above 0, up to 86400, without a unit behind it, "
        "such as 10.0.",
        "PORT is 'abc': it must be a whole number from 0 to 65535.",
        "TOKEN_SECRET: it must have 32 bytes or more.",
        "WORKERS is '0': it must be a whole number of processes from 1 to 1024.",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "70000", "PORT is '70000': it must be a whole number from 0 to 65535."),
        ("PORT", '"8000"', "PORT is in quotation marks, which would be part of the value; leave them out."),
        ("PORT", "8000 # web", "PORT has a comment in its value; put the comment on a line of its own."),
        ("OPERATION_TIMEOUT", "nan", "OPERATION_TIMEOUT is 'nan': it must be a number of seconds above 0, up to 86400."),
        ("OPERATION_TIMEOUT", "inf", "OPERATION_TIMEOUT is 'inf': it must be a number of seconds above 0, up to 86400."),
        ("ENVIRONMENT", "prod", "ENVIRONMENT is 'prod': it must be development or production."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud': it must be DEBUG, INFO, WARNING or ERROR."),
        ("TOKEN_REQUIRED", "enabled", "TOKEN_REQUIRED is 'enabled': it must be true or false."),
        ("TOKEN_ISSUER", "a\nb", "TOKEN_ISSUER has a new line or another control character in it; it must be one line."),
        ("TOKEN_SECRET", " " + "s" * 40, "TOKEN_SECRET begins or ends with a blank or a new line; take it away."),
        ("TOKEN_SECRET_FILE", "/nowhere", "TOKEN_SECRET_FILE names a file that can't be read (No such file or directory)."),
        ("JWKS_FILE", "/nowhere", "JWKS_FILE is '/nowhere': it must be the path of a file that is there."),
        ("JWKS_URL", "http://u:sesame@x/k", "JWKS_URL is 'http://...@x/k': it must start with https://, or http:// on loopback."),
        ("HOST", "localhost:80", "HOST is 'localhost:80': it must be an address or a host's name alone; PORT says the port."),
        ("HOST", "/run/a.sock", "HOST is '/run/a.sock': it must be an address: sockets of files aren't served on."),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8", "FORWARDED_ALLOW_IPS is '10.0.0.1/8': 10.0.0.1/8 is no network; write 10.0.0.0/8."),
        ("FORWARDED_ALLOW_IPS", "*,::1", "FORWARDED_ALLOW_IPS is '*,::1': it lists * beside others; * stands for any, alone."),
        ("REDIS_URL", "redis://h/0?foo=sesame", "REDIS_URL: its 'foo' isn't known here; leave it out."),
        ("AMQP_URL", "amqp://u:sesame@h?foo=sesame", "AMQP_URL: its 'foo' isn't known here; leave it out."),
        ("AMQP_EXCHANGE", "amq.topic", "AMQP_EXCHANGE is 'amq.topic': it must have 1 to 127 letters, digits, `-`, `_`, `.` or `:`, and not begin with amq."),
        ("AMQP_SOURCE", "our directory", "AMQP_SOURCE is 'our directory': it must be a URI or a path, such as https://directory.example or /directory."),
        ("AMQP_PASSWORD", "sesame", "AMQP_PASSWORD is set, but AMQP_URL is not."),
        ("WEBHOOK_KEY", "c2VzYW1l", "WEBHOOK_KEY: a key has 32 bytes, as `openssl rand -base64 32` prints it."),
        ("WEBHOOK_KEY", "sesame!", "WEBHOOK_KEY: a key is written in base64, as `openssl rand -base64 32` prints it."),
        ("WEBHOOK_KEY", ",", "WEBHOOK_KEY: it names no key."),
        ("DATABASE_PASSWORD", "sesame", "DATABASE_PASSWORD is set, but DATABASE_URL is not."),
        ("DATABASE_REPLICA_URLS", "postgresql://u:sesame@h/d", "DATABASE_REPLICA_URLS is set, but DATABASE_URL is not; the embedded PostgreSQL has no replicas."),
        ("DATABASE_REPLICA_URLS", "u:sesame@h", "DATABASE_REPLICA_URLS: it must start with postgresql://."),
        ("DATABASE_PGBOUNCER", "on", "DATABASE_PGBOUNCER is set, but DATABASE_URL is not; the embedded PostgreSQL has none."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_right_is_one_sentence(
    told: Told, variable: str, value: str, sentence: str
) -> None:
    assert told(**{variable: value}) == [sentence]


SECRET = "s" * 40


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://u:a@h/d", "DATABASE_PASSWORD": "b"},
         "DATABASE_PASSWORD and a password in DATABASE_URL are both set; set one of them."),
        ({"REDIS_URL": "redis://:a@h", "REDIS_PASSWORD": "b"},
         "REDIS_PASSWORD and a password in REDIS_URL are both set; set one of them."),
        ({"AMQP_URL": "amqp://u:a@h", "AMQP_PASSWORD": "b"},
         "AMQP_PASSWORD and a password in AMQP_URL are both set; set one of them."),
        ({"MAX_RUNNING": "9", "MAX_REQUESTS": "8"}, "MAX_RUNNING is 9, more than MAX_REQUESTS, 8."),
        ({"MAX_COST": "9", "MAX_COST_ANONYMOUS": "10"}, "MAX_COST_ANONYMOUS is 10, more than MAX_COST, 9."),
        ({"TOKEN_REQUIRED": "yes", "ENVIRONMENT": "production"},
         "TOKEN_REQUIRED is set, but no token is taken without TOKEN_SECRET, JWKS_URL or JWKS_FILE."),
        ({"TOKEN_SECRET": SECRET, "TOKEN_ALGORITHMS": "RS256"},
         "TOKEN_SECRET is set, but TOKEN_ALGORITHMS doesn't list HS256, which it is for."),
        ({"JWKS_URL": "https://x/k", "TOKEN_ALGORITHMS": "HS256"},
         "JWKS_URL or JWKS_FILE is set, but TOKEN_ALGORITHMS lists HS256 alone, which takes no such keys."),
        ({"TRUSTED_DOCUMENTS_ONLY": "1"}, "TRUSTED_DOCUMENTS_ONLY is set, but TRUSTED_DOCUMENTS names no manifest."),
        ({"TOKEN_SECRET": SECRET, "TOKEN_SECRET_FILE": __file__},
         "TOKEN_SECRET and TOKEN_SECRET_FILE are both set; set one of them."),
    ],
)  # fmt: skip
def test_settings_that_contradict_each_other_are_told(
    told: Told, variables: dict[str, str], sentence: str
) -> None:
    assert told(**variables) == [sentence]


def test_one_bound_alone_contradicts_no_default(told: Told) -> None:
    assert told(MAX_REQUESTS="8") == []
    assert told(MAX_COST="100") == []


def test_an_empty_variable_says_nothing(told: Told) -> None:
    assert told(**{name.upper(): "" for name in Settings.model_fields}) == []


def test_booleans_choices_and_blanks_are_read_as_people_write_them(told: Told) -> None:
    assert (
        told(TOKEN_REQUIRED=" Yes ", LOG_LEVEL="debug", ENVIRONMENT="Development", HOST="[::1]", PORT=" 80 ") == []
    )
    settings = Settings(_env_file=None)
    assert (settings.token_required, settings.log_level, settings.environment) == (True, "DEBUG", "development")
    assert (settings.host, settings.port) == ("::1", 80)


def test_a_secret_is_read_from_a_file(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" 'any' # characters, forty of them at least\n")
    assert told(TOKEN_SECRET_FILE=str(file)) == []
    secret = Settings(_env_file=None).token_secret
    assert secret is not None
    assert secret.get_secret_value() == " 'any' # characters, forty of them at least"


def test_a_password_apart_is_put_into_its_url(told: Told, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a/b@c\n")
    url = "postgresql://u@h/d?sslmode=disable"
    assert told(DATABASE_URL=url, DATABASE_PASSWORD_FILE=str(tmp_path / "password"), REDIS_URL="redis://h", REDIS_PASSWORD="d#e") == []  # fmt: skip
    settings = Settings(_env_file=None)
    assert settings.database_url
    assert settings.database_url.get_secret_value() == f"{url}&password=a%2Fb%40c"
    assert settings.redis_url
    assert settings.redis_url.get_secret_value() == "redis://:d%23e@h"
    # Another process of ours finds no contradiction in what it is given.
    assert told(**settings.as_environment()) == []
    assert Settings(_env_file=None) == settings


def test_a_url_that_says_it_is_a_pgbouncer_is_believed(told: Told) -> None:
    assert told(DATABASE_URL="postgresql://h/d?pgbouncer=true") == []
    assert Settings(_env_file=None).database_pgbouncer


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("REDIS_URI", "REDIS_URL"),
        ("JWKS_URI", "JWKS_URL"),
        ("ENVIROMENT", "ENVIRONMENT"),
        ("GRAPHQL", "GRAPHIQL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("MAX_DETPH", "MAX_DEPTH"),
        ("WORKER", "WORKERS"),
        ("token_secert", "TOKEN_SECRET"),
        ("TOKEN-SECRET", "TOKEN_SECRET"),
        ("ARIESONE_PORT", "PORT"),
        ("CORS_ALLOWED_ORIGINS", "CORS_ORIGINS"),
        ("THROTTLE_ROLE", "THROTTLE_ROLES"),
        ("TOKEN_SECRET_FIEL", "TOKEN_SECRET_FILE"),
    ],
)
def test_a_name_near_ours_ends_the_start(told: Told, name: str, near: str) -> None:
    assert told(**{name: "8000"}) == [f"{name} is no setting; did you mean {near}?"]


# What shells, systems, images, Kubernetes, Docker and other programs set.
FOREIGN = {
    **dict.fromkeys(["PATH", "HOME", "HOSTNAME", "HOSTTYPE", "LOGNAME", "USER", "LANG", "TERM", "SHLVL", "PWD"], "x"),
    **dict.fromkeys(["PORTS", "HOSTS", "POST", "PORT_X", "HOST_IP", "HTTP_PORT", "WEB_CONCURRENCY", "NODE_ENV"], "x"),
    **dict.fromkeys(["DATABASE_HOST", "DATABASE_USER", "DATABASE_NAME", "REDIS_HOST", "REDIS_DB", "REDIS_TLS_URL"], "x"),
    **dict.fromkeys(["PGHOST", "PGPASSWORD", "POSTGRES_PASSWORD", "POSTGRES_URL", "LOG_DIR", "MAX_JOBS", "TOKEN"], "x"),
    **dict.fromkeys(["PYTHONUNBUFFERED", "VIRTUAL_ENV", "UVICORN_PORT", "DATA_HOME", "npm_config_cache", "CI"], "x"),
    **dict.fromkeys(["KUBERNETES_PORT", "REDIS_PORT", "DATABASE_PORT", "ARIESONE_PORT"], "tcp://10.0.0.1:6379"),
    **dict.fromkeys(["REDIS_PORT_6379_TCP", "REDIS_PORT_6379_TCP_ADDR", "ARIESONE_SERVICE_HOST"], "10.0.0.1"),
    "ARIESONE_SERVICE_PORT_HTTP": "80",
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_variable_of_another_program_is_none_of_ours(told: Told, name: str) -> None:
    assert told(**{name: FOREIGN[name]}) == []


def test_a_name_near_ours_can_be_let_pass(told: Told) -> None:
    assert told(CORS_ORIGIN="x", THROTTLE_ROLE="y", IGNORED_VARIABLES="CORS_ORIGIN, THROTTLE_*") == []


def written(folder: Path, content: bytes) -> Path:
    file = folder / ".env"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"PORT=9000\nHOST='0.0.0.0'\n",
        b'PORT=9000\r\nHOST="0.0.0.0"\r\n',
        b"\xef\xbb\xbfPORT=9000\nexport HOST=0.0.0.0 # everywhere\n",
        "PORT=9000\r\nHOST=0.0.0.0\r\n".encode("utf-16"),
        b"\xfe\xff" + "PORT=9000\nHOST=0.0.0.0".encode("utf-16-be"),
    ],
    ids=["plain", "windows", "utf-8 with its mark", "utf-16", "utf-16, big end first"],
)
def test_a_file_is_read_as_editors_save_it(told: Told, tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, content)
    assert told(file) == []
    settings = Settings(_env_file=file)
    assert (settings.port, settings.host) == (9000, "0.0.0.0")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"TOKEN_ISSUER=caf\xe9\n", "is no text in UTF-8 or UTF-16; save it as UTF-8."),
        ("PORT=9000".encode("utf-16-le"), "is no text in UTF-8; save it as UTF-8."),
        (b"PORT=9000\nHOST 0.0.0.0\n", "has something in line 2 that is not like NAME=value."),
        (b"PORT=9000\n\nHOST\n", "has a name without a value in line 3; write HOST=value."),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(told: Told, tmp_path: Path, content: bytes, why: str) -> None:
    file = written(tmp_path, content)
    assert told(file) == [f"{file} {why}"]


def test_the_environment_goes_before_the_file(told: Told, tmp_path: Path) -> None:
    file = written(tmp_path, b"PORT=9000\nMAX_DEPTH=3\n")
    assert told(file, PORT="9001") == []
    settings = Settings(_env_file=file)
    assert (settings.port, settings.max_depth) == (9001, 3)


def test_a_name_near_ours_in_the_file_is_told_with_its_place(told: Told, tmp_path: Path) -> None:
    file = written(tmp_path, b"MAX_DETPH=3\nPOSTGRES_PASSWORD=x\nVITE_URL=y\n")
    assert told(file) == [f"MAX_DETPH in {file} is no setting; did you mean MAX_DEPTH?"]


def test_npm_names_its_registry_in_its_own_way(told: Told) -> None:
    assert told(npm_config_registry="https://npm.example") == []
    assert Settings(_env_file=None).npm_registry == "https://npm.example"
    assert told(npm_config_registry="https://npm.example", NPM_REGISTRY="https://ours.example") == []
    assert Settings(_env_file=None).npm_registry == "https://ours.example"
