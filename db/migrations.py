"""Alembic run from code, so that the wheel can migrate without an alembic.ini."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations.ops import MigrationScript
from alembic.script import Script, ScriptDirectory

from db.engine import translating_driver_errors

# Beside this package both in a checkout and in an installed wheel.
SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def configuration(database_url: str) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["url"] = database_url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; nothing happens where it is there already."""
    with translating_driver_errors():
        command.upgrade(configuration(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to a revision ("base" is empty)."""
    with translating_driver_errors():
        command.downgrade(configuration(database_url), revision)


def is_source() -> bool:
    """Return whether this is a checkout, where a new revision belongs, and no installed package."""
    return (SCRIPTS.parent / "pyproject.toml").is_file()


def revise(database_url: str, message: str) -> Path | None:
    """Write a new revision from what differs between the tables in code and in the database, if anything does."""

    def dropped_if_empty(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
        if scripts[0].upgrade_ops is not None and scripts[0].upgrade_ops.is_empty():
            scripts.clear()

    with translating_driver_errors():
        written = command.revision(
            configuration(database_url), message, autogenerate=True, process_revision_directives=dropped_if_empty
        )
    return Path(written.path) if isinstance(written, Script) else None


@cache
def head() -> str:
    """Return the newest revision that this code knows."""
    script = ScriptDirectory(str(SCRIPTS))
    return script.get_current_head() or "base"


@cache
def known() -> frozenset[str]:
    """Return every revision that this code knows."""
    return frozenset(script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions())
