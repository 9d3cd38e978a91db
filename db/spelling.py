"""How else a search may be meant that finds nothing as it was typed: abbreviated, or mistyped by a letter.

Only spellings with which companies are found are returned: PostgreSQL is asked for each by the index of listings.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby, islice, product
from string import ascii_lowercase

import asyncpg
from sqlalchemy import Integer, Text, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from db import finding, listings, sought
from db.facets import WORD
from db.filters import LISTED, Condition, Test
from db.finding import Shapes
from db.matching import FEW, has_facets, is_matched
from db.numbers import literal
from db.prefixes import without_prefixes
from db.reads import Reads
from db.search import Search, Term, cut_off, search
from db.statement import Statement, compiled
from db.tables import listings as table

# So many spellings are followed at most, and a longer text is taken at its word: each letter may be mistyped in
# some fifty ways, and each way is asked for with the whole text.
MOST = 3
MOST_WORDS = 12
MOST_LETTERS = 80
# What is abbreviated in more ways is tried in the first of them.
_MOST_WAYS = 16
# A shorter word may be anything; one that is looked for as a beginning is longer.
_SHORTEST = 3
_SHORTEST_PREFIX = 5
# Among so many companies is one that has what one in a hundred have.
_SAMPLE = 400

# Words of which one stands for the other. What is only cut off needs no entry, but is looked for sooner with one.
_SYNONYMS = (
    ("st", "saint", "sainte"), ("mt", "mount"), ("ft", "fort"), ("ctr", "cntr", "center", "centre"),
    ("svc", "svcs", "service", "services"), ("dept", "department"), ("hlth", "health"), ("grp", "group"),
    ("hlthcare", "healthcare"), ("intl", "international"), ("natl", "national"), ("mgmt", "management"),
    ("bros", "brothers"), ("dr", "doctor"), ("cmnty", "community"), ("cty", "county"), ("rgnl", "regional"),
    ("pt", "physical therapy"), ("rx", "pharm", "pharmacy"), ("dme", "durable medical"), ("med", "medical"),
    ("hosp", "hospital"), ("equip", "equipment"), ("assoc", "associates", "association"),
)  # fmt: skip
_OTHERS: Mapping[str, list[str]] = {
    word: [other for other in group if other != word] for group in _SYNONYMS for word in group
}
# Words that many leave out, or write as &.
_LEFT_OUT = frozenset({
    "and", "of", "the", "inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "limited",
    "lp", "llp", "pc", "pa", "pllc",
})  # fmt: skip


async def near(database: Reads, rest: Condition, typed: Search) -> list[Search]:
    """Return up to MOST searches that find companies which fulfil the rest, the likeliest first."""
    if not typed.is_plain:
        return []
    words = typed.groups[0][0].words
    if len(words) > MOST_WORDS or sum(map(len, words)) > MOST_LETTERS:
        return []
    kept = tuple(word for word in words if word not in _LEFT_OUT) or words
    probe = _Probe(database, rest)
    if found := await probe.finding([search(" ".join(way)) for way in _ways(kept) if way != words]):
        return found
    known = set(await probe.known(words))
    if found := await _mistyped(probe, words, known) or (
        await _mistyped(probe, kept, known) if kept != words else []
    ):
        return found
    return await _mistyped_often(probe, kept, known)


def _ways(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield words as they are, and in the ways in which they are written out or abbreviated."""
    return islice(product(*((word, *_OTHERS.get(word, ())) for word in words)), _MOST_WAYS)


class _Probe:
    """Tells which tsqueries match the listing of a company that fulfils a condition."""

    def __init__(self, database: Reads, rest: Condition) -> None:
        self._database = database
        [self._shapes], self._values = finding.split_each([sought.of_companies(rest)])
        self._statement = _probing(self._shapes)

    async def matching(self, queries: Sequence[str]) -> list[int]:
        """Return the places of those that match, in order."""
        if not queries:
            return []
        asked = {"queries": queries, "wholes": list(map(without_prefixes, queries))}
        rows = await self._database.read(self._statement, self._values | asked)
        return [row["place"] - 1 for row in rows]

    async def known(self, words: Sequence[str]) -> list[str]:
        """Return those of some words that companies have."""
        queries = {word: _listed(Term((word,)).query) for word in words}
        values = self._values | {"queries": list(queries.values())}
        rows = await self._database.read(_sampling(self._shapes), values)
        common = {list(queries)[row["place"] - 1] for row in rows}
        others = [word for word in queries if word not in common]
        return [*common, *(others[place] for place in await self.matching([queries[word] for word in others]))]

    async def finding(self, searches: Sequence[Search]) -> list[Search]:
        """Return up to MOST of the searches that find a company: by whole words, or else by one with a prefix."""
        places = await self.matching([_listed(each.whole.query) for each in searches])
        by_prefix = [each for each in searches if each != each.whole]
        if places or not by_prefix:
            return [searches[place] for place in places[:MOST]]
        places = await self.matching([_listed(each.query) for each in by_prefix])
        return [by_prefix[place] for place in places[:MOST]]


@lru_cache(maxsize=128)
def _probing(shapes: Shapes) -> Statement:
    arrays = (bindparam(name, type_=ARRAY(Text)) for name in ("queries", "wholes"))
    queries = func.unnest(*arrays).table_valued("query", "whole", with_ordinality="place")
    asked = queries.render_derived(name="asked")
    # As `matching.has_facets_with_prefix` has it, where there is what is whole.
    some = select(literal(1)).where(has_facets(table, asked.c.whole)).limit(literal(FEW + 1))
    number = func.cardinality(func.array(some.scalar_subquery(), type_=ARRAY(Integer)))
    is_few = asked.c.whole.is_not(None) & (number <= literal(FEW))
    key = case((is_few, asked.c.whole), else_=asked.c.query).label("key")
    # Once for each query, not for each row that it is looked for in.
    keyed = select(asked.c.query, asked.c.place, key).offset(literal(0)).subquery("keyed")
    fitting = finding.narrowed(shapes).where(has_facets(table, keyed.c.key), is_matched(table, keyed.c.query))
    return compiled(select(keyed.c.place).where(fitting.exists()).order_by(keyed.c.place), asyncpg.Record)


@lru_cache(maxsize=128)
def _sampling(shapes: Shapes) -> Statement:
    """The places of the queries that match one of some companies: what is common takes an index long to gather."""
    queries = func.unnest(bindparam("queries", type_=ARRAY(Text)))
    asked = queries.table_valued("query", with_ordinality="place").render_derived(name="asked")
    sample = finding.sampled(shapes, _SAMPLE).cte("sample")
    is_there = select(literal(1)).select_from(sample).where(has_facets(sample, asked.c.query)).exists()
    return compiled(select(asked.c.place).where(is_there), asyncpg.Record)


def _listed(query: str) -> str:
    """Return a tsquery over words as one over the facets of listings."""
    found = listings.listed(Test("words", (query,)))
    assert isinstance(found, Test)  # noqa: S101 - words are told by listings alone
    assert found.name == LISTED  # noqa: S101 - as above
    return str(found.values[0])


async def _mistyped(probe: _Probe, words: Sequence[str], known: Container[str]) -> list[Search]:
    """Return what finds companies with one word cut off or spelt otherwise: if there is, one that nobody has."""
    every = [place for place in range(len(words)) if _may_be_mistyped(words[place])]
    unknown = [place for place in every if words[place] not in known]
    # A last word may be unknown because it is a prefix.
    suspects = every if unknown in ([], [len(words) - 1]) else unknown
    for last_is_prefix in (False, True):
        # Of two each is all the others; and of few that nobody has, spellings tell it with less work.
        is_tried = last_is_prefix and suspects is unknown
        if len(words) > 2 and len(suspects) > 1 and not is_tried:  # noqa: PLR2004 - as it says
            queries = [_query(words, [place], last_is_prefix=last_is_prefix) for place in suspects]
            places = [suspects[found] for found in await probe.matching(queries)]
        else:
            places = suspects
        if not last_is_prefix and (found := await probe.finding([cut_off(words, [place]) for place in places])):
            return found
        options = await _options(probe, words, places, last_is_prefix=last_is_prefix)
        texts = [_with(words, {place: word}) for place, found in options.items() for word in found]
        searches = [search(text) for text in texts[:_MOST_WAYS]]
        if found := await probe.finding(searches) if last_is_prefix else searches[:MOST]:
            return found
    return []


async def _mistyped_often(probe: _Probe, words: Sequence[str], known: Container[str]) -> list[Search]:
    """Return what finds companies with all words cut off, or with other spellings of those that nobody has."""
    unknown_words = {word for word in words if word not in known}
    cut = sorted((_cut_off(way, unknown_words) for way in _ways(words)), key=_prefixes)
    # Those with fewer prefixes first: each makes an index gather what begins with it.
    for _, alike in groupby(cut, _prefixes):
        if found := await probe.finding(list(alike)):
            return found
    unknown = [place for place in range(len(words)) if words[place] not in known]
    if len(unknown) < 2 or not all(_may_be_mistyped(words[place]) for place in unknown):  # noqa: PLR2004 - as above
        return []
    options = await _options(probe, words, unknown, last_is_prefix=False, but=unknown)
    ways = islice(product(*(options.get(place, [])[:MOST] for place in unknown)), _MOST_WAYS)
    texts = [_with(words, dict(zip(unknown, way, strict=True))) for way in ways]
    return await probe.finding([search(text) for text in texts])


def _cut_off(way: Sequence[str], unknown: Container[str]) -> Search:
    """Return a search for words of which those that nobody has may be prefixes."""
    words = " ".join(way).split()
    return cut_off(words, [place for place, word in enumerate(words) if word in unknown])


def _prefixes(search: Search) -> int:
    return sum(term.is_prefix for group in search.groups for term in group)


async def _options(
    probe: _Probe, words: Sequence[str], places: Sequence[int], *, last_is_prefix: bool, but: Sequence[int] = ()
) -> dict[int, list[str]]:
    """Return for each place the spellings that companies have beside the other words, `but` for some.

    Looking for a prefix in each spelling would take too long: a last word that is a prefix is left out.
    """
    tried: list[tuple[int, str]] = []
    queries: list[str] = []
    last = len(words) - 1
    for place in places:
        others = _query(words, [place, *but, *([last] if last_is_prefix else [])])
        is_prefix = last_is_prefix and place == last and len(words[place]) >= _SHORTEST_PREFIX
        for spelling in spellings(words[place]):
            tried.append((place, spelling))
            queries.append(f"'{WORD}{spelling}'{':*' if is_prefix else ''}{f' & ({others})' if others else ''}")
    found: dict[int, list[str]] = {}
    for number in await probe.matching(queries):
        place, spelling = tried[number]
        found.setdefault(place, []).append(spelling)
    return found


def _query(words: Sequence[str], but: Sequence[int], *, last_is_prefix: bool = False) -> str:
    """Return the tsquery of listings for all words but some."""
    kept = tuple(word for place, word in enumerate(words) if place not in but)
    is_prefix = last_is_prefix and len(words) - 1 not in but
    return _listed(Term(kept, is_prefix=is_prefix).query) if kept else ""


def _with(words: Sequence[str], spelt: Mapping[int, str]) -> str:
    return " ".join(spelt.get(place, word) for place, word in enumerate(words))


def _may_be_mistyped(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isascii() and word.isalpha()


def spellings(word: str) -> list[str]:
    """Return what a word of ASCII letters may be that was mistyped by one of them, the likeliest first.

    Two may be swapped, one left out, typed twice, put for another, or typed in addition.
    """
    ends = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = chain(_swapped(ends), _completed(ends), _without_doubles(ends), _replaced(ends), _shortened(ends))
    return [spelling for spelling in dict.fromkeys(found) if spelling != word]


# The beginning and the end of a word, at each of its places.
_Ends = Sequence[tuple[str, str]]


def _swapped(ends: _Ends) -> Iterator[str]:
    return (start + end[1] + end[0] + end[2:] for start, end in ends if len(end) > 1)


def _completed(ends: _Ends) -> Iterator[str]:
    return (start + letter + end for start, end in ends for letter in ascii_lowercase)


def _without_doubles(ends: _Ends) -> Iterator[str]:
    return (start + end[1:] for start, end in ends if end and start.endswith(end[0]))


def _replaced(ends: _Ends) -> Iterator[str]:
    return (start + letter + end[1:] for start, end in ends if end for letter in ascii_lowercase)


def _shortened(ends: _Ends) -> Iterator[str]:
    return (start + end[1:] for start, end in ends if end)
