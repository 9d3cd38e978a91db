"""A schema with all that validation has a rule for, and documents for it: valid ones, and wrong ones by rule."""

from graphql import GraphQLError, IntValueNode, ValueNode, build_schema

SCHEMA = build_schema(
    """
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean! = true, initialCount: Int! = 0, label: String) on FIELD
    directive @traced on QUERY | FRAGMENT_DEFINITION | VARIABLE_DEFINITION | FIELD
    directive @often(times: Int!) repeatable on FIELD

    scalar Even
    scalar JSON
    enum Mood { CALM ANGRY }
    input Key @oneOf { id: ID name: String }
    input Filter {
      need: Int! name: String! = "x" mood: Mood even: Even data: JSON not: Filter any: [Filter!] key: Key
      grid: [[Int!]]
    }
    interface Being { name(long: Boolean): String! }
    interface Pet implements Being { name(long: Boolean): String! owner: Human }
    type Dog implements Pet & Being {
      name(long: Boolean): String! owner: Human barks(times: Int! = 1): Int! same: String like: Int
      friends(first: Int!, filter: Filter): [Pet!]!
    }
    type Cat implements Pet & Being {
      name(long: Boolean): String! owner: Human meows(volume: Float, mood: Mood): Boolean same: Int! like: Int
    }
    type Human implements Being { name(long: Boolean): String! pets(where: [Filter!], ids: [ID!]): [Pet] }
    union Owner = Human | Dog
    type Query {
      dog: Dog pet(key: Key, id: ID): Pet being(filter: Filter!): Being owner: Owner owners: [Owner!]!
      human(ids: [ID!]!, even: Even): Human count(grid: [[Int!]], data: JSON, mood: Mood! = CALM): Int
    }
    type Subscription { barked: Dog born(mood: Mood): Pet }
    """
)


def _even(node: ValueNode, _variables: object = None) -> int:
    if not isinstance(node, IntValueNode) or int(node.value) % 2:
        raise GraphQLError("odd")
    return int(node.value)


SCHEMA.type_map["Even"].parse_literal = _even  # type: ignore[attr-defined]

VALID = [
    "{ dog { name barks } }",
    "query Q($id: ID, $long: Boolean = true) { pet(id: $id) { name(long: $long) ...on Dog { barks } } }",
    (
        "query Q($n: Int!, $f: Filter) { dog { friends(first: $n, filter: $f) { name ...C } } } "
        "fragment C on Cat { meows(mood: CALM, volume: 1) same }"
    ),
    (
        "query Q($x: Int!, $m: Mood, $fs: [Filter!]) { being(filter: {need: $x, mood: $m, any: $fs, "
        "not: {need: 2, even: 4}}) { __typename } }"
    ),
    "query Q($ids: [ID!]!) { human(ids: $ids) { pets(ids: $ids, where: {need: 1}) { owner { name } } } }",
    (
        "{ a: dog { ...D ...E } b: dog { ...E } } fragment D on Dog { name owner { name } ...E } "
        "fragment E on Pet { name owner { pets { name } } }"
    ),
    "query Q($s: Boolean!) { dog @skip(if: $s) { name @include(if: true) ...on Being @skip(if: $s) { name } } }",
    (
        "query A($m: Mood = ANGRY) { count(mood: $m, grid: [[1, 2], 3]) } query B { ...R } "
        'fragment R on Query { owners { ...on Human { name } } human(ids: "1", even: 2) { name } }'
    ),
    "{ owner { ...on Dog { a: name } ...on Human { a: name } } }",
    "{ pet { ...on Dog { b: barks } ...on Cat { b: same } } }",
    "query Q($d: JSON) { count(data: {a: $d}) dog { name @traced @often(times: 1) @often(times: 2) } }",
    'query Q @traced { pet(key: {id: "1"}) { ...P } } fragment P on Pet @traced { name }',
    "query Q($k: String!) { pet(key: {name: $k}) { name } __type(name: $k) { fields { name } } }",
    "subscription S { barked { name } }",
    (
        '{ dog { ...D @defer(label: "a") friends(first: 1) @stream(initialCount: 1) { name } } } '
        "fragment D on Dog { barks }"
    ),
    "{ __schema { types { fields { type { ofType { name } } } } } }",
]

# Wrong documents by the rule of graphql-core that refuses them.
INVALID = {
    "ExecutableDefinitionsRule": [
        "{ dog { name } } type Cow { name: String }",
        "{ dog { name } } extend type Dog @traced",
    ],
    "KnownOperationTypesRule": ["mutation { dog { name } }", "mutation { __typename }"],
    "UniqueOperationNamesRule": ["query A { count } query A { count }"],
    "LoneAnonymousOperationRule": ["{ count } query A { count }", "{ count } { count }"],
    "SingleFieldSubscriptionsRule": ["subscription { barked { name } born { name } }"],
    "KnownTypeNamesRule": [
        "query ($a: Cow) { pet(id: $a) { name } }",
        "{ dog { ...on Cow { name } } }",
        "{ dog { ...F } } fragment F on Cow { name }",
    ],
    "FragmentsOnCompositeTypesRule": [
        "{ dog { ...on Mood { name } } }",
        "{ dog { ...F } } fragment F on Filter { name }",
    ],
    "VariablesAreInputTypesRule": ["query ($a: Dog) { pet(id: $a) { name } }"],
    "ScalarLeafsRule": ["{ dog }", "{ owner }", "{ count { name } }", "{ count { } }", "{ dog { name { } } }"],
    "FieldsOnCorrectTypeRule": [
        "{ cow }",
        "{ pet { barks } }",
        "{ owner { name } }",
        "{ dog { __schema { types { name } } } }",
        "{ dog { ...F } } fragment F on Dog { cow }",
    ],
    "UniqueFragmentNamesRule": ["{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { name }"],
    "KnownFragmentNamesRule": ["{ dog { ...F } }"],
    "NoUnusedFragmentsRule": [
        "{ count } fragment F on Dog { name }",
        "{ count } fragment F on Dog { ...G } fragment G on Dog { name }",
        "{ count } fragment F on Dog { ...G } fragment G on Dog { ...F }",
        "fragment F on Dog { name }",
    ],
    "PossibleFragmentSpreadsRule": [
        "{ dog { ...on Cat { meows } } }",
        "{ pet { ...F } } fragment F on Query { count }",
        "{ owner { ...on Cat { meows } } }",
    ],
    "NoFragmentCyclesRule": [
        "{ dog { ...F } } fragment F on Dog { ...F }",
        (
            "{ dog { ...F } } fragment F on Dog { owner { ...G } } fragment G on Human { pets { ...H } } "
            "fragment H on Pet { ...F }"
        ),
    ],
    "UniqueVariableNamesRule": ["query ($a: ID, $a: ID) { pet(id: $a) { name } }"],
    "NoUndefinedVariablesRule": [
        "{ pet(id: $a) { name } }",
        "{ dog { ...F } } fragment F on Dog { name(long: $a) }",
        "query A { ...F } query B($a: ID) { ...F } fragment F on Query { pet(id: $a) { name } }",
        "{ count @skip(if: $a) }",
        "{ human(ids: [1, $a]) { name } }",
        "{ being(filter: {need: $a}) { name } }",
        "{ count(data: {a: $a}) }",
    ],
    "NoUnusedVariablesRule": [
        "query ($a: ID) { count }",
        "query A($a: ID) { ...F } query B($a: ID) { count } fragment F on Query { pet(id: $a) { name } }",
    ],
    "KnownDirectivesRule": [
        "{ count @cow }",
        "{ count @deprecated }",
        "query @skip(if: true) { count }",
        "query ($a: ID @skip(if: true)) { pet(id: $a) { name } }",
        "{ dog { ...F } } fragment F on Dog @include(if: true) { name }",
        "{ dog { ...F @traced } } fragment F on Dog { name }",
    ],
    "UniqueDirectivesPerLocationRule": ["{ count @skip(if: true) @skip(if: true) }", "{ count @traced @traced }"],
    "DeferStreamDirectiveOnRootField": ["subscription { ...on Subscription @defer { barked { name } } }"],
    "DeferStreamDirectiveOnValidOperationsRule": ["subscription { barked { ...on Dog @defer { name } } }"],
    "DeferStreamDirectiveLabel": [
        '{ dog { ...on Dog @defer(label: "a") { name } ...on Dog @defer(label: "a") { like } } }'
    ],
    "StreamDirectiveOnListField": ["{ dog @stream { name } }"],
    "KnownArgumentNamesRule": ["{ dog(a: 1) { name } }", "{ pet(ids: 1) { name } }", "{ count @skip(iff: true) }"],
    "UniqueArgumentNamesRule": [
        "{ pet(id: 1, id: 1) { name } }",
        "{ count @skip(if: true, if: true) }",
    ],
    "ValuesOfCorrectTypeRule": [
        "{ count(mood: SAD) }",
        '{ count(mood: "CALM") }',
        "{ count(mood: null) }",
        "{ count(grid: [[1, null]]) }",
        "{ count(grid: [[1, 1.5]]) }",
        "{ count(grid: {a: 1}) }",
        "{ human(ids: null) { name } }",
        "{ human(ids: [1, null]) { name } }",
        "{ human(ids: [[1]]) { name } }",
        "{ human(ids: 1, even: 3) { name } }",
        "{ human(ids: 1, even: [2]) { name } }",
        "{ being(filter: 1) { name } }",
        "{ being(filter: []) { name } }",
        "{ being(filter: {name: 1, need: 1}) { name } }",
        "{ being(filter: {name: null, need: 1}) { name } }",
        "{ being(filter: {}) { name } }",
        "{ being(filter: {need: 1, more: 1}) { name } }",
        "{ being(filter: {need: 1, any: [{}]}) { name } }",
        "{ being(filter: {need: 12345678901}) { name } }",
        "{ pet(key: {}) { name } }",
        "{ pet(key: {id: null}) { name } }",
        '{ pet(key: {id: 1, name: "a"}) { name } }',
        "query ($a: Mood = SAD) { count(mood: $a) }",
        "query ($a: [ID!]! = null) { human(ids: $a) { name } }",
        "{ count @include(if: 1) }",
    ],
    "ProvidedRequiredArgumentsRule": [
        "{ human { name } }",
        "{ dog { friends { name } } }",
        "{ count @skip }",
        "{ count @often }",
    ],
    "VariablesInAllowedPositionRule": [
        "query ($a: Int) { pet(id: $a) { name } }",
        "query ($a: Int) { dog { friends(first: $a) { name } } }",
        "query ($a: Int = null) { dog { friends(first: $a) { name } } }",
        "query ($a: ID!) { human(ids: $a) { name } }",
        "query ($a: [ID]!) { human(ids: $a) { name } }",
        "query ($a: [ID!]) { human(ids: $a) { name } }",
        "query ($a: ID) { human(ids: [$a]) { name } }",
        "query ($a: Int) { being(filter: {need: $a}) { name } }",
        "query ($a: [Int]) { count(grid: [$a]) }",
        "query ($a: Boolean) { count @skip(if: $a) }",
        "query ($a: String) { pet(key: {name: $a}) { name } }",
        "query ($a: Int) { ...F } fragment F on Query { dog { friends(first: $a) { name } } }",
    ],
    "OverlappingFieldsCanBeMergedRule": [
        "{ dog { name name: same } }",
        "{ dog { barks barks(times: 2) } }",
        "query ($a: Int!) { dog { barks(times: $a) barks(times: 2) } }",
        "{ pet { ...on Dog { same } ...on Cat { same } } }",
        "{ dog { a: owner { name } a: friends(first: 1) { name } } }",
        "{ dog { owner { a: name } owner { a: name(long: true) } } }",
        "{ dog { ...F name: same } } fragment F on Dog { name }",
        "{ ...F ...G } fragment F on Query { dog { a: name } } fragment G on Query { dog { a: same } }",
        (
            "{ dog { ...F } ...G } fragment F on Dog { owner { a: name } } "
            "fragment G on Query { dog { owner { ...H } } } fragment H on Human { a: pets { name } }"
        ),
        "{ pet { ...on Dog { owner { a: name } } ...on Cat { owner { a: pets { name } } } } }",
    ],
    "UniqueInputFieldNamesRule": [
        "{ being(filter: {need: 1, need: 1}) { name } }",
        "{ count(data: {a: 1, a: 1}) }",
    ],
    "MaxIntrospectionDepthRule": [
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    ],
}
