"""What a setting may be, in the words of the documentation and of refusals."""

import re
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic.types import PathType

_ACCOUNT = re.compile(r"//[^\s,]*@")


@dataclass(frozen=True)
class Words:
    """What a text may be, in an annotation; to stand after "it must be"."""

    text: str


def annotation_of(field: FieldInfo) -> object:
    """Return the annotation of a setting that is set: without None."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(field.annotation) else field.annotation


def type_of(field: FieldInfo) -> object:
    """Return the type of a setting that is set."""
    kind = annotation_of(field)
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def hints_of(field: FieldInfo) -> list[object]:
    """Return what a setting's annotation says besides its type."""
    return [*field.metadata, *getattr(annotation_of(field), "__metadata__", ())]


def is_secret(field: FieldInfo) -> bool:
    """Tell whether a setting's value is never shown."""
    return type_of(field) is SecretStr


def without_account(text: str) -> str:
    """Return a text without the user and the password of a URL in it."""
    return _ACCOUNT.sub("//...@", text)


def fact(field: FieldInfo, name: str) -> str:
    """Return a setting's `unit` or `example`, or an empty text."""
    extra = field.json_schema_extra
    return str(extra.get(name, "")) if isinstance(extra, dict) else ""


def words_for(field: FieldInfo) -> str:
    """Return what a setting may be, to stand after "it must be"."""
    kind = type_of(field)
    if words := next((each.text for each in hints_of(field) if isinstance(each, Words)), ""):
        return words
    if kind is bool:
        return "true or false"
    if kind in {int, float}:
        return numbers(field, "a whole number" if kind is int else "a number")
    if get_origin(kind) is Literal:
        *others, last = get_args(kind)
        return f"{', '.join(others)} or {last}"
    if any(isinstance(each, PathType) for each in hints_of(field)):
        return "the path of a file that is there"
    return "a path" if kind is Path else "a text"


def numbers(field: FieldInfo, kind: str) -> str:
    """Return which numbers a setting takes, and what they count."""
    lowest = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    above = next((each.gt for each in field.metadata if isinstance(each, Gt)), None)
    highest = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    of = f" of {unit}" if (unit := fact(field, "unit")) else ""
    if lowest is not None:
        return f"{kind}{of} from {lowest} to {highest}" if highest is not None else f"{kind}{of}, {lowest} or more"
    return f"{kind}{of} above {above}{'' if highest is None else f', up to {highest}'}"


def default_of(field: FieldInfo) -> str:
    """Return a setting's default as the environment holds it; empty where there is none."""
    if field.default is None:
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
