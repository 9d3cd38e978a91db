"""psql and redis-cli on the servers of the settings: how they are called, and psql opened."""

import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

from db.address import Address, read_address
from db.embedded.errors import EmbeddedError
from db.embedded.programs import choose
from db.embedded.valkey import valkey
from db.urls import account_of, read_parts
from graph.commands.servers import database_url
from graph.settings import Settings

# What a session of the shell calls itself in pg_stat_activity.
SHELL = "ariesone db shell"


def open_psql(settings: Settings, words: list[str]) -> int:
    """Run psql on a database and return what it ended with; the password goes by the environment."""
    address = read_address(database_url(settings))
    secret = {"PGPASSWORD": address.password} if address.password is not None else {}
    command = [str(program(settings.data_dir)), *words, address.public]
    environment = settings.as_environment(PGAPPNAME=SHELL, **secret)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - PostgreSQL's own program


def program(directory: Path, name: str = "psql") -> Path:
    """Return a program: the embedded PostgreSQL's, else the system's. Raises EmbeddedError where there is none."""
    found = shutil.which(name)
    try:
        beside = choose(directory).folder / name
    except EmbeddedError:
        beside = None
    if beside is not None and beside.is_file():
        return beside
    if found is None:
        raise EmbeddedError(f"There is no {name} here; install PostgreSQL's client (Debian: postgresql-client).")
    return Path(found)


def psql_line(address: Address, directory: Path) -> str:
    """Return how psql is called; it asks for a password."""
    return shlex.join([str(program(directory)), address.public])


def redis_line(settings: Settings) -> str:
    """Return how redis-cli is called; the password is left out, REDISCLI_AUTH takes it."""
    if settings.redis_url is not None:
        return redis_words(settings.redis_url.get_secret_value())
    with valkey(settings.data_dir, transient=True) as url:
        return redis_words(url) if url else "There is no Valkey here; processes go on without."


def redis_words(url: str) -> str:
    """Return how redis-cli is called for a URL."""
    scheme, _, rest = url.partition("://")
    parts = read_parts(rest)
    if scheme == "unix":
        return shlex.join(["redis-cli", "-s", f"/{unquote(parts.path)}"])
    place = rest.rpartition("@")[2].partition("?")[0]
    return shlex.join(["redis-cli", "-u", f"{scheme}://{account_of(parts.user, None)}{place}"])
