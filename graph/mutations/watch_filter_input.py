"""A watch list's filter as its owner writes it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from db.facets import LONGEST
from db.folding import fold, split
from db.watch_filters import EMPTY, WatchFilter, too_long
from graph.errors import BadUserInputError
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.enums import NpiStatus
from graph.types.scalars import MAX_TEXT, bare
from graph.types.states import CODE_OF
from graph.types.zips import zip5

# Values of one test.
MAX_VALUES = 100
# Each is a part of the statement that looks through changes.
MAX_WORDS = 3

_CODE_BY_NAME = {fold(name): code for name, code in CODE_OF.items()}
_TAXONOMY = re.compile(r"[0-9A-Z]{10}")
_NPI = re.compile(r"[0-9]{10}")
_CODE_LENGTH = 2


@strawberry.input(
    description=(
        "Which companies a watch list finds: all given tests must hold; of a list of values, at most "
        f"{MAX_VALUES}, one is enough. States, cities and ZIPs are those of any location of a company, in use or "
        "not: a state and a city find companies that have a location in each, not necessarily the same one."
    )
)
class WatchFilterInput:
    """Tests of a company; at least one."""

    states: list[str] | None = strawberry.field(
        default=UNSET,
        description="States, by two letters such as TX; a foreign one as registered, such as Bayern.",
    )
    cities: list[str] | None = strawberry.field(
        default=UNSET, description="Cities; case, accents and apostrophes are ignored."
    )
    postal_codes: list[str] | None = strawberry.field(
        default=UNSET, description="Five-digit ZIPs, or foreign codes as registered."
    )
    taxonomy_codes: list[str] | None = strawberry.field(
        default=UNSET, description="Whole taxonomy codes, such as 332B00000X."
    )
    parent_names: list[str] | None = strawberry.field(
        default=UNSET, description="Whole names of parents; case, accents and apostrophes are ignored."
    )
    npi_statuses: list[NpiStatus] | None = strawberry.field(
        default=UNSET, description="The status of its NPI in NPPES."
    )
    words: list[str] | None = strawberry.field(
        default=UNSET, description=f"Whole words that its names must all have; at most {MAX_WORDS}."
    )
    is_active: bool | None = strawberry.field(default=UNSET, description="The administrator's flag.")


def state(text: str) -> str:
    """A state as it is kept; raises ValueError for the name of an American one."""
    if code := _CODE_BY_NAME.get(fold(text)):
        raise ValueError(f"States are written with two letters, {code} for {text}.")
    return text.upper() if len(text) == _CODE_LENGTH else text


def postal_code(text: str) -> str:
    """A ZIP or a foreign code as it is kept; raises ValueError for digits that can't be a ZIP."""
    try:
        return zip5(text, "postalCodes") or text
    except BadUserInputError as error:
        raise ValueError(error.message) from error


def taxonomy_code(text: str) -> str:
    """A taxonomy code, in capitals; raises ValueError for anything else."""
    if not _TAXONOMY.fullmatch(text.upper()):
        raise ValueError("A whole taxonomy code has ten letters and digits, such as 332B00000X.")
    return text.upper()


def name(text: str) -> str:
    """A name; raises ValueError for one that has nothing to compare."""
    if not split(text):
        raise ValueError("A name has letters or digits.")
    return text


# What an input calls the tests that take texts, and how each of these is read.
_READS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "states": ("states", state),
    "cities": ("cities", name),
    "postal_codes": ("postalCodes", postal_code),
    "taxonomy_codes": ("taxonomyCodes", taxonomy_code),
    "parent_names": ("parentNames", name),
    "words": ("words", name),
}


def read_filter(given: WatchFilterInput, problems: Problems) -> WatchFilter:
    """A filter as it is kept; what is wrong with it is told to the problems."""
    found: dict[str, Any] = dict(EMPTY)
    for column, (field, read) in _READS.items():
        found[column] = read_values(getattr(given, column) or None, field, read, problems)
    for column in too_long(found):
        field, _ = _READS[column]
        problems.add(
            UserErrorCode.TOO_LONG, f"{field} holds a text of more than {LONGEST} bytes.", "filter", field
        )
    found["words"] = read_words(found["words"], problems)
    statuses = given.npi_statuses or ()
    found["npi_statuses"] = list(dict.fromkeys(str(each.value) for each in statuses)) or None
    found["is_active"] = None if given.is_active is UNSET else given.is_active
    if not problems.found and all(value is None for value in found.values()):
        problems.add(UserErrorCode.BLANK, "A filter needs a test; all that happens is in `changes`.", "filter")
    return found


def read_values(
    given: Sequence[str] | None, field: str, read: Callable[[str], str], problems: Problems
) -> list[str] | None:
    """The values of a test, each once; None where there are none."""
    if given is not None and len(given) > MAX_VALUES:
        message = f"{field} lists {len(given)} values; at most {MAX_VALUES} fit."
        problems.add(UserErrorCode.TOO_MANY, message, "filter", field)
        return None
    texts = Texts(problems)
    found: dict[str, None] = {}
    for place, value in enumerate(given or ()):
        way = ("filter", field, str(place))
        text = texts.required(bare(value), MAX_TEXT, *way)
        try:
            found |= {read(text): None} if text else {}
        except ValueError as error:
            problems.add(UserErrorCode.INVALID, str(error), *way)
    return list(found) or None


def read_words(given: Sequence[str] | None, problems: Problems) -> list[str] | None:
    """Folded words; a text may have several."""
    words = list(dict.fromkeys(word for text in given or () for word in split(text)))
    if len(words) > MAX_WORDS:
        message = f"words has {len(words)} words; at most {MAX_WORDS} fit."
        problems.add(UserErrorCode.TOO_MANY, message, "filter", "words")
    if any(_NPI.fullmatch(word) for word in words):
        problems.add(UserErrorCode.INVALID, "A number is no word; make a list of NPIs.", "filter", "words")
    return words or None
