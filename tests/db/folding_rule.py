"""The rule that db/folding.txt holds, from Unicode's own tables: what each character beyond ASCII is folded to."""

# ruff: noqa: RUF001 - letters that look alike are what is told apart

import unicodedata
from collections.abc import Iterator

from db.folding import FIRST_SYLLABLE, LAST_SYLLABLE

# Python 3.11 has the oldest tables of those that run this code; what came later is left as it is.
UNICODE = "14.0.0"

# What people type for an apostrophe, and what Word, web pages, Hawaiian and Hebrew keyboards make of it.
APOSTROPHES = "'`´ʹʻʼʽʾʿˈˊˋ՚׳ߴߵ᾽᾿῾‘’‚‛′‵❛❜Ꞌꞌ＇｀"
# Signs of a name's owner, of which nobody thinks when looking for the name.
OWNERS = "®©™℠℗"
# Letters that are seen as nothing.
FILLERS = "\u115f\u1160\u3164\uffa0"
DASHES = "−⁃"
QUOTES = "„‟❝❞〝〞〟‹›"
# Letters that Unicode doesn't take apart; people without them on their keyboard type these.
LETTERS = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i",
    "ŋ": "n", "ĸ": "k",
}  # fmt: skip
LETTERS |= {letter.upper(): folded for letter, folded in LETTERS.items() if letter not in "ıĸ"}


def folded(letter: str) -> str:
    """Return what stands for a character."""
    category = unicodedata.category(letter)
    # Marks; and characters that can't be seen (Cf): joiners, the soft hyphen, marks of direction, U+200B, U+FEFF.
    if letter in APOSTROPHES + OWNERS + FILLERS or category[0] == "M" or category == "Cf":
        return ""
    if letter.isascii() or letter in LETTERS:
        return LETTERS.get(letter, letter.lower())
    if category == "Pd" or letter in DASHES:
        return "-"
    if category in {"Pi", "Pf"} or letter in QUOTES:
        return '"'
    for simpler in (unicodedata.normalize("NFKD", letter), letter.casefold()):
        if simpler != letter:
            return "".join(map(folded, simpler))
    # Letters, digits, and what isn't assigned yet, which may be either.
    return letter if category[0] in "LN" or category == "Cn" else " "


def lines() -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"# Unicode {UNICODE}: the characters that are folded to others, by tests/db/folding_rule.py."
    start, before, same = 0, 0, ""
    for code in (*range(1, 0xD800), *range(0xE000, 0x110001)):
        letter = chr(code) if code < 0x110000 else ""
        is_syllable = FIRST_SYLLABLE <= code <= LAST_SYLLABLE
        now = folded(letter) if letter and not is_syllable else letter
        if start and (now != same or code != before + 1):
            span = f"{start:04X}-{before:04X}" if start < before else f"{start:04X}"
            yield f"{span};{' '.join(f'{ord(each):04X}' for each in same)}"
            start = 0
        if now != letter and not start:
            start, same = code, now
        before = code
