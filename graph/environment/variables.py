"""What the environment and a .env file say of the settings, as text, and what is wrong with how they say it."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Literal, get_args, get_origin

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream
from pydantic.fields import FieldInfo

from graph.environment.spelling import is_ignored, meant
from graph.environment.words import fact, is_secret, type_of

# A secret's variable and this name a file that holds it.
FILE = "_FILE"
# Which names near ours are another program's; and what else stands in a .env that compose reads too.
IGNORED = "IGNORED_VARIABLES"
OF_COMPOSE = "POSTGRES_PASSWORD,FILES,PACKAGES,COMPOSE_*,DOCKER_*"

# How a file begins that is no UTF-8, and how UTF-8 begins on Windows.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Problem(str):
    """One sentence about a variable that can't be what it is."""

    __slots__ = ()


@dataclass
class Environment:
    """What is said of the settings, by name; what is wrong, by variable; names in .env that aren't ours."""

    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)


def read_environment(
    variables: Mapping[str, str], env_file: Path | None, fields: Mapping[str, FieldInfo]
) -> Environment:
    """Return what the variables say of the settings, and what the file does where they say nothing."""
    found = Environment()
    known = dict(names_of(fields))
    try:
        written = read_file(env_file) if env_file else {}
    except ValueError as error:
        written = {}
        found.problems[str(env_file)] = Problem(f"{env_file} {error}")
    ignored = variables.get(IGNORED) or written.get(IGNORED) or ""
    for place, given in ((f" in {env_file}", written), ("", variables)):
        for name, value in given.items():
            if name in known or name.upper() in known:
                continue
            if is_ignored(name, f"{ignored},{OF_COMPOSE}"):
                continue
            if near := meant(name, value, known):
                found.problems[name] = Problem(f"{name}{place} is no setting; did you mean {near}?")
            elif given is written:
                found.strangers.append(name)
    for given in (written, variables):
        found.values |= dict(values_in(given, fields, known, found.problems))
    return found


def names_of(fields: Mapping[str, FieldInfo]) -> Iterator[tuple[str, str]]:
    """Yield each variable that is read, and the setting that it is of."""
    for name, each in fields.items():
        yield name.upper(), name
        if also := fact(each, "also"):
            yield also, name
        if is_secret(each):
            yield name.upper() + FILE, name


def values_in(
    given: Mapping[str, str],
    fields: Mapping[str, FieldInfo],
    known: Mapping[str, str],
    problems: dict[str, Problem],
) -> Iterator[tuple[str, str]]:
    """Yield the settings that variables say something of, with the text of it; an empty one says nothing."""
    by_setting: dict[str, str] = {}
    # Our own spelling of a variable goes last, and so before another's.
    for variable in sorted(given, key=lambda each: (each.isupper(), each)):
        name = known.get(variable) or known.get(variable.upper())
        if name is None or not given[variable].strip():
            continue
        is_file = variable.upper() == name.upper() + FILE
        value = given[variable]
        if is_file and name in by_setting:
            problems[variable] = Problem(f"{name.upper()} and {variable} are both set; set one of them")
            continue
        by_setting[name] = variable
        try:
            yield name, content_of(Path(value.strip())) if is_file else cleaned(name, value, fields[name])
        except ValueError as error:
            problems[variable] = Problem(f"{variable} {error}")


def content_of(file: Path) -> str:
    """Return the secret in a file without the end of its line. Raises ValueError where it can't be read."""
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        # Not which: people write the secret itself there.
        raise ValueError(f"names a file that can't be read ({why})") from None


def cleaned(name: str, text: str, of: FieldInfo) -> str:
    """Return a setting's value without blanks around it. Raises ValueError for what env files leave in one."""
    value = text.strip()
    if is_secret(of) and value != text and not name.endswith(("_url", "_urls")):
        raise ValueError("begins or ends with a blank or a new line; take it away")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        raise ValueError("is in quotation marks, which would be part of the value; leave them out")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("has a new line or another control character in it; it must be one line")
    if not is_secret(of) and re.search(r"\s#", value):
        raise ValueError("has a comment in its value; put the comment on a line of its own")
    kind = type_of(of)
    if get_origin(kind) is Literal:
        return next((each for each in get_args(kind) if each.lower() == value.lower()), value)
    return value


def read_file(file: Path) -> dict[str, str]:
    """Return the variables in a .env file; nothing where there is none. Raises ValueError for what is none."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError("is no text in UTF-8 or UTF-16; save it as UTF-8") from None
    if "\0" in text:
        raise ValueError("is no text in UTF-8; save it as UTF-8")
    lines = list(parse_stream(StringIO(text)))
    if wrong := next((each for each in lines if each.error), None):
        raise ValueError(f"has something in line {line_of(wrong)} that is not like NAME=value")
    if bare := next((each for each in lines if each.key and each.value is None), None):
        raise ValueError(f"has a name without a value in line {line_of(bare)}; write {bare.key}=value")
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def line_of(binding: Binding) -> int:
    """Return the line of a .env file on which something stands, whose text begins with the empty ones before."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
