"""What people type who look for a company by its name: texts made of real names by the rules below, by chance."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_lowercase

from db.folding import is_initial, split

# Legal forms, and others that stand for the same one.
FORMS: Mapping[str, str] = {
    "inc": "incorporated", "incorporated": "inc", "corp": "corporation", "corporation": "corp", "co": "company",
    "company": "co", "ltd": "limited", "limited": "ltd", "llc": "", "lp": "", "llp": "", "pllc": "", "pc": "",
    "pa": "",
}  # fmt: skip
# How words are abbreviated on forms and signs, and written out.
SHORT: Mapping[str, str] = {
    "saint": "st", "mount": "mt", "fort": "ft", "center": "ctr", "services": "svcs", "service": "svc",
    "department": "dept", "health": "hlth", "associates": "assoc", "medical": "med", "hospital": "hosp",
    "equipment": "equip", "pharmacy": "pharm", "group": "grp", "international": "intl", "national": "natl",
    "community": "cmnty", "county": "cty", "regional": "rgnl", "management": "mgmt", "brothers": "bros",
}  # fmt: skip
# What is written as initials, too.
_INITIALS = {
    "llc", "pc", "pa", "md", "dds", "lp", "llp", "pllc", "dmd", "od", "usa", "cvs", "ii", "dme", "rn", "do",
}  # fmt: skip
_LONG = {short: long for long, short in SHORT.items() if short in {"st", "mt", "ft"}}
_SHORTEST_MISSPELT = 4
_SHORTEST_CUT = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A company of the directory: its number, its legal name, its other names."""

    npi: str
    name: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A text, the rule that it was made by, and the name that it is meant to find."""

    kind: str
    text: str
    name: str
    npi: str


def words(name: str) -> list[str]:
    """Return the words of a name in lower case, initials that follow each other as one: "L.L.C." is "llc"."""
    found: list[str] = []
    for are_initials, run in groupby(split(name), is_initial):
        letters = list(run)
        found += ["".join(letters)] if are_initials else letters
    return found


def bare(name: str) -> list[str]:
    """Return the words of a name without its legal form and AND; names that have the same are taken for one."""
    return [word for word in words(name) if word not in FORMS and word != "and"] or words(name)


def misspelt(name: str, draw: random.Random) -> str | None:
    """One letter of one word: two swapped, one left out, typed twice, or another one."""
    found = words(name)
    places = [at for at, word in enumerate(found) if len(word) >= _SHORTEST_MISSPELT and _is_of_letters(word)]
    if not places:
        return None
    at = draw.choice(places)
    word = found[at]
    place = draw.randrange(len(word) - 1)
    start, letter, end = word[:place], word[place], word[place + 1 :]
    wrong = draw.choice([each for each in ascii_lowercase if each != letter])
    ways = [start + end, start + letter + letter + end, start + wrong + end]
    if end[0] != letter:
        ways.append(start + end[0] + letter + end[1:])
    return " ".join([*found[:at], draw.choice(ways), *found[at + 1 :]])


def abbreviated(name: str, draw: random.Random) -> str | None:
    """One or two of: the legal form left out or in its other form, AND as &, words as on signs, long words cut."""
    found = words(name)
    ways = [at for at, word in enumerate(found) if _shorter(word) is not None]
    if not ways:
        return None
    for at in draw.sample(ways, min(len(ways), draw.choice((1, 1, 2)))):
        choices = [short for short in [_shorter(found[at])] if short is not None]
        if FORMS.get(found[at]):
            choices.append(FORMS[found[at]])
        found[at] = draw.choice(choices)
    return " ".join(word for word in found if word) or None


def reordered(name: str, draw: random.Random) -> str | None:
    """The words without the legal form, in another order."""
    found = bare(name)
    if len(set(found)) < 2:  # noqa: PLR2004 - one has one order
        return None
    while (turned := draw.sample(found, len(found))) == found:
        pass
    return " ".join(turned)


def partial(name: str, draw: random.Random) -> str | None:
    """The first words with the last one cut, or a name of four words and more without one of them."""
    found = bare(name)
    if len(found) < 2:  # noqa: PLR2004 - the beginning of one word may be anything
        return None
    if len(found) > 3 and draw.random() < 0.5:  # noqa: PLR2004 - as said above
        found.pop(draw.randrange(1, len(found)))
        return " ".join(found)
    last = found[-1]
    return " ".join([*found[:-1], last[: draw.randint(min(_SHORTEST_CUT, len(last)), len(last))]])


def with_initials(name: str, draw: random.Random) -> str | None:
    """Short words as initials with dots or blanks, and initials as words: LLC as L.L.C., M.D. as MD."""
    found = words(name)
    if not _INITIALS & set(found):
        return None
    as_typed = draw.choice(("{}.", "{} ", "{}"))
    return " ".join("".join(map(as_typed.format, word)).strip() if word in _INITIALS else word for word in found)


def _shorter(word: str) -> str | None:
    """What a word is abbreviated to; None where it isn't."""
    if word in FORMS or word == "and":
        return "" if word in FORMS else "&"
    if word in _LONG:
        return _LONG[word]
    if word in SHORT:
        return SHORT[word]
    return word[:5] if len(word) > 9 and _is_of_letters(word) else None  # noqa: PLR2004 - long enough to be cut


def _is_of_letters(word: str) -> bool:
    return word.isascii() and word.isalpha()


# The rules by which a text is made of a name; None where the name has nothing to apply it to.
RULES: Mapping[str, Callable[[str, random.Random], str | None]] = {
    "misspelt": misspelt,
    "abbreviated": abbreviated,
    "reordered": reordered,
    "partial": partial,
    "initials": with_initials,
}
OTHER_NAME, NUMBER = "other name", "number"
KINDS = (*RULES, OTHER_NAME, NUMBER)


def asked(companies: Sequence[Named], number: int, draw: random.Random) -> list[Asked]:
    """Return so many texts, as many of each kind as can be; half of them in capitals."""
    found: list[Asked] = []
    while len(found) < number:
        text = _asked(draw.choice(companies), KINDS[len(found) % len(KINDS)], draw)
        if text is not None:
            found.append(text)
    return found


def _asked(company: Named, kind: str, draw: random.Random) -> Asked | None:
    if kind == NUMBER:
        return Asked(kind, company.npi[: draw.randint(8, 10)], company.name, company.npi)
    name = company.name
    if kind == OTHER_NAME:
        if not company.others:
            return None
        name = draw.choice(company.others)
        text: str | None = " ".join(bare(name))
    else:
        text = RULES[kind](name, draw)
    if not text or not re.search("[a-z0-9]", text):
        return None
    return Asked(kind, text.upper() if draw.random() < 0.5 else text, name, company.npi)  # noqa: PLR2004 - half
