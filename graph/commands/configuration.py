"""The settings of a command: read once, and what can't be right told in a sentence each before anything starts."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from graph.commands.servers import console, fail
from graph.environment.variables import Problem
from graph.environment.words import default_of, fact, is_secret, without_account, words_for
from graph.settings import Settings, strangers

# How much of a value is told.
LONGEST = 60

_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9_.,]*\s*[A-Za-z%]+")


def read_settings(**options: object) -> Settings:
    """Return the settings, `options` of the command line before all others; end the command where any is wrong."""
    try:
        settings = Settings(**options)  # type: ignore[arg-type] # each is checked there
    except ValidationError as error:
        fail("\n".join(sentences(error)))
    if "_env_file" not in options and (names := strangers()):
        are = "are no settings and have" if len(names) > 1 else "is no setting and has"
        console.print(f"{', '.join(names)} in .env {are} no effect.", soft_wrap=True, markup=False)
    return settings


def sentences(error: ValidationError) -> list[str]:
    """Return what is wrong with settings: one sentence for each, which never shows a secret."""
    found = [sentence(dict(each)) for each in error.errors(include_url=False)]
    return sorted(line if line.endswith(("?", ".")) else f"{line}." for each in found for line in each.split("\n"))


def sentence(error: dict[str, Any]) -> str:
    """Return what is wrong with one setting, or with several that contradict each other (a line for each)."""
    given, words = error["input"], str(error["msg"]).removeprefix("Value error, ")
    if isinstance(given, Problem):
        return str(given)
    if not error["loc"]:
        return words
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    if field is None:
        return f"{name.upper()} is no setting"
    why = words if error["type"] == "value_error" else needed(field, given)
    return f"{name.upper()}{value_of(field, given)}: {why}"


def needed(field: FieldInfo, given: object) -> str:
    """Return what a value must be that can't be read as what it should be."""
    words = f"it must be {words_for(field)}"
    if _WITH_UNIT.fullmatch(str(given)) and fact(field, "unit"):
        words += f", without a unit behind it, such as {default_of(field)}"
    return words


def value_of(field: FieldInfo, given: object) -> str:
    """Return what a variable was, to follow its name; nothing of a secret."""
    if is_secret(field):
        return ""
    text = without_account(str(given))
    return f" is {text[:LONGEST]!r}{'...' * (len(text) > LONGEST)}"
