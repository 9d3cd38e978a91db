"""What a person types into a search box: words, "phrases", -words and OR, as a condition of companies."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

from db.filters import Condition, Group, Test
from db.folding import BEGINNING, MOST_INITIALS, fold, is_initial, split

# Initials are also cut into shorter ones, as M.D., P.A. for MD PA; each letter more makes half as many ways again.
_MOST_CUT = 6
_SHORTEST = 2
# A word of so many letters at most may be written as initials, too: MD is M.D. as well.
_MOST_OF_WORD = 3
# A shorter word begins too many others.
_SHORTEST_PREFIX = 3
# A name is compared with no longer text as a whole; in characters.
_LONGEST_START = 500

# A dash counts where a word or a phrase begins; a quotation mark without another only separates words.
_PIECE = re.compile(r'(?P<without>(?<!\S)-(?=[^\s-]))?(?:"(?P<phrase>[^"]*)"|(?P<plain>[^\s"]+))')
_OR = "OR"
# What separates the words of a folded name, and what doesn't, as PostgreSQL's regular expressions have it.
_SEPARATOR = r"[\x01-\x2f\x3a-\x60\x7b-\x7f]"
_LETTER = r"[^\x01-\x2f\x3a-\x60\x7b-\x7f]"


@dataclass(frozen=True, slots=True)
class Term:
    """Folded words that must be there, in a phrase one after the other, or must not; the last may be a prefix."""

    words: tuple[str, ...]
    is_phrase: bool = False
    is_without: bool = False
    is_prefix: bool = False

    @property
    def query(self) -> str:
        """All of the words, as a tsquery's text."""
        return " & ".join(_terms(self.words, is_prefix=self.is_prefix))

    @property
    def patterns(self) -> list[str]:
        """What a name matches that has a phrase, or each of the words."""
        if self.is_phrase:
            return [_pattern(self.words)]
        *whole, last = _runs(self.words)
        return list(dict.fromkeys([*map(_pattern, whole), _pattern(last, is_prefix=self.is_prefix)]))

    @property
    def condition(self) -> Condition:
        """What a company fulfils of whose names this holds."""
        found: Condition = Test("words", (self.query,))
        if self.is_phrase:
            found = Group("and", (found, Test("phrase", tuple(self.patterns))))
        return Group("not", (found,)) if self.is_without else found


@dataclass(frozen=True)
class Search:
    """Groups of terms: one of each group must hold. `start` is how the text begins, folded, without operators."""

    groups: tuple[tuple[Term, ...], ...]
    start: str = ""

    @cached_property
    def words(self) -> int:
        """How many different words it has."""
        return len({word for group in self.groups for term in group for word in term.words})

    @property
    def longest_phrase(self) -> int:
        """How many words the longest phrase has."""
        return max((len(term.words) for group in self.groups for term in group if term.is_phrase), default=0)

    @cached_property
    def query(self) -> str:
        """A tsquery's text that holds wherever the search does; elsewhere only where the words are no phrase."""
        return " & ".join(map(_alternatives, self.groups))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What a company fulfils that is found: all of these; none where there are no words."""
        narrowing = [group for group in self.groups if not any(term.is_without for term in group)]
        without = [term for term, *others in self.groups if term.is_without and not others]
        found: list[Condition] = []
        if narrowing:
            found.append(Test("words", (" & ".join(map(_alternatives, narrowing)),)))
        for term, *others in narrowing:
            if others and any(each.is_phrase for each in (term, *others)):
                found.append(_either([term, *others]))
            elif term.is_phrase:
                found.append(Test("phrase", tuple(term.patterns)))
        found += [_either(group) for group in self.groups if group not in narrowing and len(group) > 1]
        if words := [term for term in without if not term.is_phrase]:
            found.append(Group("not", (Test("words", (" | ".join(f"({term.query})" for term in words),)),)))
        return (*found, *(term.condition for term in without if term.is_phrase))

    @property
    def is_plain(self) -> bool:
        """Whether it is words alone."""
        return len(self.groups) == 1 and _is_word(self.groups[0])

    @cached_property
    def whole(self) -> "Search":
        """The same, but the last word must be whole."""
        return replace(
            self, groups=tuple(tuple(replace(term, is_prefix=False) for term in group) for group in self.groups)
        )

    @property
    def patterns(self) -> list[str]:
        """What a name matches that has all of the words, the last one perhaps as a prefix."""
        return list(_patterns(self.groups))

    @property
    def beginning(self) -> str | None:
        """What a name matches that begins with the words, whatever stands between them; None for none or many."""
        words = [word for group in self.groups for term in group if not term.is_without for word in term.words]
        if not 0 < len(self.start) <= _LONGEST_START:
            return None
        return f"^{_SEPARATOR}*{_joined(words)}"


def search(text: str) -> Search:
    """Return a text as a search: the last word may be a prefix, initials are one word or several."""
    pieces = list(_pieces(_with_plain_quotes(text)))
    groups = tuple(map(tuple, _merged(list(_grouped(pieces)))))
    found = Search(groups)
    if found.is_plain:
        return replace(found, start=fold(text.strip()))
    if any(len(group) > 1 for group in groups):
        return found
    said = [word for [term] in groups if not term.is_without for word in term.words]
    return replace(found, start=" ".join(said))


def cut_off(words: Sequence[str], places: Container[int]) -> Search:
    """Return a search for words of which those at some places may be prefixes, unless they are too short."""
    terms = [
        Term((word,), is_prefix=place in places and len(word) >= _SHORTEST_PREFIX)
        for place, word in enumerate(words)
    ]
    return Search(tuple((term,) for term in terms), " ".join(words))


def _with_plain_quotes(text: str) -> str:
    if text.isascii():
        return text
    return "".join('"' if fold(letter) == '"' else letter for letter in text)


def _pieces(text: str) -> Iterator[Term | None]:
    """Yield what has words in a text; None for OR."""
    found = [(piece, tuple(split(piece["plain"] or piece["phrase"] or ""))) for piece in _PIECE.finditer(text)]
    found = [(piece, words) for piece, words in found if words]
    for place, (piece, words) in enumerate(found, start=1):
        is_phrase, is_without = piece["plain"] is None, piece["without"] is not None
        if piece[0] == _OR:
            yield None
        else:
            is_prefix = place == len(found) and not (is_phrase or is_without)
            yield Term(words, is_phrase, is_without, is_prefix)


def _grouped(pieces: Sequence[Term | None]) -> Iterator[list[Term]]:
    """Yield the terms that OR joins together, and each other one by itself."""
    group: list[Term] = []
    is_other = False
    for place, piece in enumerate(pieces, start=1):
        is_last = place == len(pieces)
        if piece is None and group and not is_other and not is_last and pieces[place] is not None:
            is_other = True
            continue
        if group and not is_other:
            yield group
            group = []
        # Where it joins nothing it is a word.
        group.append(piece or Term((_OR.lower(),), is_prefix=is_last))
        is_other = False
    if group:
        yield group


def _merged(groups: Sequence[list[Term]]) -> Iterator[list[Term]]:
    """Yield words that follow each other as one term, since initials may stand among them."""
    for are_words, run in groupby(groups, _is_word):
        if not are_words:
            yield from run
            continue
        terms = [term for [term] in run]
        words = tuple(word for term in terms for word in term.words)
        yield [Term(words, is_prefix=terms[-1].is_prefix)]


def _is_word(group: Sequence[Term]) -> bool:
    return len(group) == 1 and not (group[0].is_phrase or group[0].is_without)


def _either(terms: Sequence[Term]) -> Condition:
    return Group("or", tuple(term.condition for term in terms))


def _alternatives(group: Sequence[Term]) -> str:
    texts = [f"!({term.query})" if term.is_without else term.query for term in group]
    return texts[0] if len(texts) == 1 else f"({' | '.join(f'({text})' for text in texts)})"


def _patterns(groups: Iterable[Sequence[Term]]) -> Iterator[str]:
    for group in groups:
        if any(term.is_without for term in group):
            continue
        if len(group) == 1:
            yield from group[0].patterns
        else:
            yield "|".join(f"({_pattern(term.words, is_prefix=term.is_prefix)})" for term in group)


def _pattern(words: Sequence[str], *, is_prefix: bool = False) -> str:
    """Return the regular expression for words that follow each other in a folded name."""
    return f"(^|{_SEPARATOR}){_joined(words)}" + ("" if is_prefix else f"({_SEPARATOR}|$)")


def _joined(words: Sequence[str]) -> str:
    found = _spelt(words[0])
    for before, word in pairwise(words):
        apart = "*" if is_initial(before) and is_initial(word) else "+"
        found += f"{_SEPARATOR}{apart}{_spelt(word)}"
    return found


def _spelt(word: str) -> str:
    """Return a word, which may be written as initials where it is short, and of which a long one may go on."""
    if len(word) <= _MOST_OF_WORD and word.isascii():
        return f"{_SEPARATOR}*".join(word)
    return f"{word}{_LETTER}*" if len(word) >= BEGINNING else word


def _runs(words: Sequence[str]) -> list[list[str]]:
    """Return words one by one, but initials that follow each other together."""
    found: list[list[str]] = []
    for are_initials, run in groupby(words, is_initial):
        letters = list(run)
        found += [letters] if are_initials and len(letters) <= MOST_INITIALS else [[word] for word in letters]
    return found


def _terms(words: Sequence[str], *, is_prefix: bool) -> Iterable[str]:
    """Return each word, and each run of initials, as a part of a tsquery."""
    runs = [(are_initials, list(run)) for are_initials, run in groupby(words, is_initial)]
    terms: dict[str, None] = {}
    for place, (are_initials, run) in enumerate(runs, start=1):
        is_last = is_prefix and place == len(runs)
        if are_initials and len(run) >= _SHORTEST:
            terms[_initials("".join(run), is_prefix=is_last)] = None
        else:
            terms |= dict.fromkeys(map(_whole, run[:-1] if is_last else run))
            if is_last:
                terms[_all(run[-1:], is_prefix=True)] = None
    return terms


def _whole(word: str) -> str:
    """Return MD as the word md or as the words m and d, and other words as they are."""
    if _SHORTEST <= len(word) <= _MOST_OF_WORD and word.isascii():
        return f"({_all([word])} | {_all(list(word))})"
    return _all([word])


def _initials(run: str, *, is_prefix: bool) -> str:
    """Return M.D. as the word md or as the words m and d, and M.D., P.A. as md and pa too."""
    ways = [[run[:MOST_INITIALS]], list(run)]
    if len(run) <= _MOST_CUT:
        ways += (way for way in _cuts(run) if len(way) > 1)
    return f"({' | '.join(_all(way, is_prefix=is_prefix) for way in ways)})"


def _cuts(run: str) -> Iterator[list[str]]:
    """Yield the ways to cut a run into pieces of two letters or more, the last of which may be a prefix."""
    yield [run]
    for place in range(_SHORTEST, len(run)):
        yield from ([run[:place], *rest] for rest in _cuts(run[place:]))


def _all(words: list[str], *, is_prefix: bool = False) -> str:
    """Return "all of these words", the last of them perhaps a prefix; folded words hold no quotes."""
    return " & ".join(f"'{word}'" for word in words) + (":*" if is_prefix else "")
