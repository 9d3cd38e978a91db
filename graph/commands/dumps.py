"""The whole database in a file, by PostgreSQL's own programs: written, and read into an empty database."""

import os
import subprocess
from pathlib import Path

from db.address import Address, read_address
from db.embedded.errors import EmbeddedError
from graph.commands.psql import program
from graph.commands.servers import database_url
from graph.settings import Settings

# Whose database it is, and who may do what in it, is said where it is read.
PLAIN = ("--no-owner", "--no-privileges")
# What is there for operators; only a superuser may create it.
LEFT_OUT = "--exclude-extension=pg_stat_statements"


def write_dump(settings: Settings, file: Path) -> None:
    """Write the database into a file that only its owner can read; the file is there once it is whole.

    Raises EmbeddedError where that fails.
    """
    address = read_address(database_url(settings))
    part = file.with_name(f"{file.name}.part")
    try:
        run(settings, address, "pg_dump", "--format=custom", *PLAIN, LEFT_OUT, f"--file={part}", address.public)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def read_dump(settings: Settings, file: Path) -> None:
    """Read a file into an empty database, all of it or nothing. Raises EmbeddedError where that fails."""
    address = read_address(database_url(settings))
    run(settings, address, "pg_restore", "--single-transaction", *PLAIN, f"--dbname={address.public}", str(file))
    # The planner knows nothing of tables that are new.
    run(settings, address, "psql", "--quiet", "--no-psqlrc", "--command=ANALYZE", address.public)


def run(settings: Settings, address: Address, name: str, *words: str) -> None:
    """Run a program of PostgreSQL; the password goes by the environment. Raises EmbeddedError if it fails."""
    secret = {"PGPASSWORD": address.password} if address.password is not None else {}
    command = [str(program(settings.data_dir, name)), *words]
    code = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        command, env=settings.as_environment(**secret), check=False, umask=0o077
    ).returncode
    if code != os.EX_OK:
        raise EmbeddedError(f"{name} ended with code {code}, for the reason it gave above.")
