"""The files that are written from the settings: their page, the example of a .env, and what compose passes on."""

from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from graph.environment.groups import GROUPS
from graph.environment.words import default_of, fact, is_secret, words_for

PAGE = Path("docs/settings.md")
EXAMPLE = Path(".env.example")
COMPOSE = Path("docker-compose.yml")

# Between these lines of the page stands what is written; the rest of it is a person's.
FIRST, LAST = "## Serving", "## Notes"

# The same in the compose file, where a variable without a value is passed on as it is outside, or not at all.
COMPOSE_FIRST, COMPOSE_LAST = "x-settings: &settings\n", "\nx-ariesone:"

EXAMPLE_HEAD = """\
# Every setting with its default, or with an example where there is none. Copy to .env and take the `#` away from
# what you change; docs/settings.md explains each. `make settings` writes this file.
"""


EXAMPLE_TAIL = """\
# docker-compose.yml alone reads these: the database's password (in single quotes where it has a $), the folder
# whose files `docker compose run --rm load` loads, and what is in the image (serve or reporting; docs/traces.md).
#POSTGRES_PASSWORD=
#FILES=./files
#PACKAGES=serve
"""


def fields_of(group: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a group's own settings by their variables."""
    return {name.upper(): group.model_fields[name] for name in group.__annotations__}


def page(text: str) -> str:
    """Return the page of the settings with a table of each group in it; `text` is the page as it was."""
    before, _, after = text.partition(f"{FIRST}\n")
    notes = after.partition(f"{LAST}\n")[2]
    return f"{before}{''.join(map(section, GROUPS))}{LAST}\n{notes}"


def section(group: type[BaseModel]) -> str:
    """Return a group's part of the page."""
    rows = [row(name, field) for name, field in fields_of(group).items()]
    head = ["| variable | default | may be | what it is for |", "|---|---|---|---|"]
    return "\n".join([f"## {group.__name__}", "", f"{group.__doc__}", "", *head, *rows, "", ""])


def row(name: str, field: FieldInfo) -> str:
    """Return a setting's row of the page."""
    default = default_of(field)
    cells = [f"`{name}`", f"`{default}`" if default else "unset", words_for(field), field.description or ""]
    if example := fact(field, "example"):
        cells[3] += f" For example `{example.replace('`', '')}`."
    return f"| {' | '.join(cells)} |"


def example() -> str:
    """Return the example of a .env: every line of it is a comment, so that a copy changes nothing."""
    return "\n".join([EXAMPLE_HEAD, *map(lines_of, GROUPS), EXAMPLE_TAIL])


def lines_of(group: type[BaseModel]) -> str:
    """Return a group's part of the example."""
    lines = [f"# {group.__doc__}"]
    for name, field in fields_of(group).items():
        value = default_of(field) or ("" if is_secret(field) else fact(field, "example"))
        lines.append(f"#{name}={value}")
    return "\n".join([*lines, ""])


def compose(text: str) -> str:
    """Return the compose file with every setting in its list of what is passed on; `text` is the file before."""
    before, _, rest = text.partition(COMPOSE_FIRST)
    after = rest.partition(COMPOSE_LAST)[2]
    names = "".join(f"  {name}:\n" for group in GROUPS for name in fields_of(group))
    return f"{before}{COMPOSE_FIRST}{names}{COMPOSE_LAST}{after}"
