"""What is wrong with a document that wasn't proven valid: the first few errors, as cheaply as they can be had."""

from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    FragmentsOnCompositeTypesRule,
    GraphQLError,
    GraphQLSchema,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownTypeNamesRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueInputFieldNamesRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    specified_rules,
    validate,
)

# Errors listed for one document or one set of variables; who has more mends these first.
MAX_ERRORS = 5

# Rules that judge a place by itself: with enough of their errors, the rest of the document isn't looked at.
OF_PLACES = (
    FieldsOnCorrectTypeRule,
    FragmentsOnCompositeTypesRule,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownTypeNamesRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueInputFieldNamesRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
)
# The others collect the whole document before they tell the first error.
OF_WHOLES = tuple(rule for rule in specified_rules if rule not in OF_PLACES)


def errors_in(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """Return up to MAX_ERRORS errors in the order of their places; none for a valid document."""
    found: list[GraphQLError] = []
    for rules in (OF_PLACES, OF_WHOLES):
        most = MAX_ERRORS - len(found)
        if most > 0:
            found += validate(schema, document, rules, max_errors=most, hide_suggestions=True)
    # Where there were more, graphql-core says so in one more error.
    return sorted(found[:MAX_ERRORS], key=_place)


def _place(error: GraphQLError) -> int:
    return min(error.positions or (0,))
