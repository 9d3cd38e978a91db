"""Alembic run from code, so that the wheel can migrate without an alembic.ini."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from db.engine import sqlalchemy_url, unavailable_is_told

# Beside this package both in a checkout and in an installed wheel.
SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def configuration(database_url: str) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["url"] = sqlalchemy_url(database_url)
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; nothing happens where it is there already."""
    with unavailable_is_told():
        command.upgrade(configuration(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to a revision ("base" is empty)."""
    with unavailable_is_told():
        command.downgrade(configuration(database_url), revision)


def revise(database_url: str, message: str) -> None:
    """Write a new revision from what differs between the tables in code and in the database."""
    with unavailable_is_told():
        command.revision(configuration(database_url), message, autogenerate=True)


def current(database_url: str) -> None:
    """Print the database's revision."""
    with unavailable_is_told():
        command.current(configuration(database_url))


@cache
def head() -> str:
    """Return the newest revision that this code knows."""
    script = ScriptDirectory(str(SCRIPTS))
    return script.get_current_head() or "base"
