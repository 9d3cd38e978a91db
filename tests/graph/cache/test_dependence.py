"""What the schema keeps says what it depends on: a new noun or field that forgets to is found here."""

from collections.abc import Iterator

from graphql import GraphQLObjectType

from graph.execution.facts import FieldFact, facts_of
from graph.execution.sharing import age_of
from graph.execution.sources import Read
from graph.schema import core_schema

FACTS = facts_of(core_schema)

# Fields at the root of which nothing is kept, and why.
NEVER_KEPT = {
    "changes": "who follows the log always asks for what isn't there yet",
    "job": "it is the viewer's alone",
    "jobs": "they are the viewer's alone",
    "rateLimit": "it is the viewer's alone, and of this moment",
    "viewer": "it is the viewer's alone",
    "watchList": "it is the viewer's alone",
    "watchLists": "they are the viewer's alone",
    "webhook": "it is the viewer's alone",
    "webhooks": "they are the viewer's alone",
}

# Relations that say nothing of what they depend on, and why their parents' tags are enough.
COVERED = {
    "Company.primaryLocation": "whatever becomes of a company's locations is a change of the company",
    "Company.licenses": "whatever becomes of a company's licenses is a change of the company",
    "Company.isLicenseValid": "the same, and what day it is stands in each stamp",
    "CompanyTaxonomy.taxonomy": "names change with a load alone, and that is a change of everything",
    "TaxonomyFacetValue.taxonomy": "the same",
    "Taxonomy.broader": "the same",
    "Taxonomy.narrower": "the same",
    "NpiVerification.company": "the root depends on the companies of all numbers that it was given",
    "Change.company": "a change is read below the history of its company alone",
    "Change.location": "it is one of the same company",
    "Change.license": "it is one of the same company",
    "Change.fields": "what was recorded stays as it is",
}


def kept_fields() -> Iterator[FieldFact]:
    """Every field that a kept answer can have."""
    root = core_schema.query_type
    assert root is not None
    waiting: list[GraphQLObjectType] = [root]
    seen = {root.name}
    while waiting:
        type_ = waiting.pop()
        for name in type_.fields:
            fact = FACTS.field(type_, name)
            assert fact is not None
            if not is_kept(fact, is_root=type_ is root):
                continue
            yield fact
            waiting += [each for each in fact.possible if each.name not in seen]
            seen |= {each.name for each in fact.possible}


def is_kept(fact: FieldFact, *, is_root: bool) -> bool:
    """Whether an answer with a field can be kept."""
    return not fact.is_private and age_of(fact, is_root=is_root) != 0


def reads() -> dict[str, Read]:
    """The reads of fields that can be kept, by their coordinates."""
    return {fact.coordinate: fact.source for fact in kept_fields() if isinstance(fact.source, Read)}


def test_every_field_at_the_root_is_kept_or_has_a_reason_not_to_be() -> None:
    root = core_schema.query_type
    assert root is not None
    kept = {fact.name for fact in kept_fields() if fact.parent == root.name}
    assert {name for name in root.fields if name not in kept} == NEVER_KEPT.keys()


def test_every_read_without_parents_says_what_it_depends_on() -> None:
    single = {place: read for place, read in reads().items() if not read.is_batched}
    assert len(single) >= 12
    assert [place for place, read in single.items() if read.tags is None] == []


def test_every_relation_that_says_nothing_is_covered_by_its_parents() -> None:
    silent = {place for place, read in reads().items() if read.is_batched and read.tags is None}
    assert silent == COVERED.keys()


def test_every_field_that_is_kept_has_a_source_that_can_be_watched() -> None:
    """What only a resolver of its own knows would be read without anybody noticing."""
    assert [fact.coordinate for fact in kept_fields() if fact.source is None] == []
