"""Requests that are small or within the limits, and built to keep a server busy for as long as they can."""

import json
import random
from collections.abc import Iterator
from typing import Any

NUMBERS = "query ($n: [String!]!) { verifyNpis(npis: $n) { input result name deactivatedOn } }"
IDS = "query ($n: [ID!]!) { nodes(ids: $n) { id } }"
NPIS = "query ($n: [NPI!]!) { companiesByNpi(npis: $n) { npi } }"
FILTERED = "query ($f: CompanyFilter) { companies(filter: $f, first: 1) { nodes { npi } totalCount { value } } }"
COMPANY = (
    "id npi name names { name kind } isActive npiStatus deactivatedOn enumeratedOn isSubpart parentName "
    "taxonomies { code isPrimary group } identifiers { identifier state } mailingAddress { line1 city formatted } "
    "phone fax website source createdAt updatedAt version"
)
LOCATION = (
    "id name kind address { line1 city formatted } position { latitude longitude } timeZone updatedAt version"
)
INTROSPECTION = (
    "{ __schema { types { name description fields { name description args { name defaultValue type { ...T } } "
    "type { ...T } } inputFields { name defaultValue type { ...T } } enumValues { name } } } } "
    "fragment T on __Type { name kind ofType { name kind ofType { name kind ofType { name } } } }"
)
FIELDS = ["npi", "taxonomyCode", "taxonomyPrefix", "state", "city", "postalCode", "parentName"]


def attacks(rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """The attacks by name, each as the body of a POST."""
    for name, (query, variables) in {**pages(), **variables_of(rng), **documents()}.items():
        yield name, json.dumps({"query": query, "variables": variables}).encode()
    yield "nested JSON", b'{"query": "{__typename}", "variables": {"a":' + b"[" * 120_000 + b"]" * 120_000 + b"}}"
    for name, item in {"empty lists": b"[]", "empty objects": b"{}", "escaped keys": b'{"\\u003a":1}'}.items():
        yield name, b'{"query": "{__typename}", "variables": {"a": [' + b",".join([item] * 18_000) + b"]}}"
    keys = b",".join(b'"k%d": [1, 2]' % number for number in range(14_000))
    yield "a key twice", b'{"query": "{__typename}", "query": "{__typename}", "variables": {' + keys + b"}}"


def pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Answers as large as cost allows."""
    aliased = " ".join(f"a{number}: name" for number in range(29))
    refused = " ".join(f"a{number}: authorizedOfficial {{ title }}" for number in range(3))
    nested = f"{COMPANY} primaryLocation {{ {LOCATION} }} locations(first: 7) {{ nodes {{ {LOCATION} }} }}"
    counts = " ".join(
        f"a{number}: dataset {{ companies {{ value }} locations {{ value }} }}" for number in range(29)
    )
    return {
        "every field": (f"{{ companies(first: 120) {{ nodes {{ {COMPANY} }} }} }}", {}),
        "nested": (f"{{ companies(first: 38) {{ nodes {{ {nested} }} }} }}", {}),
        "aliases of a leaf": (f"{{ companies(first: 200) {{ nodes {{ {aliased} }} }} }}", {}),
        "cursors": ("{ companies(first: 200) { edges { cursor node { npi } } } }", {}),
        "refusals": (f"{{ companies(first: 180) {{ nodes {{ {refused} }} }} }}", {}),
        "refused leaves": ("{ companies(first: 200) { nodes { phone fax } } }", {}),
        "refused leaves of locations": (
            "{ companies(first: 100) { nodes { locations(first: 3) { nodes { phone email } } } } }",
            {},
        ),
        "many refused leaves": (
            "{" + " ".join(f"a{n}: companies(first: 200) {{ nodes {{ phone fax }} }}" for n in range(9)) + "}",
            {},
        ),
        "counts": (f"{{ {counts} }}", {}),
        "too much": (f"{{ companies(first: 200) {{ nodes {{ {nested} }} }} }}", {}),
        "introspection": (INTROSPECTION, {}),
    }


def variables_of(rng: random.Random) -> dict[str, tuple[str, dict[str, Any]]]:
    """Variables as large as a body, and filters of shapes that were never seen."""
    lists = {"city": ["x" * 40] * 1000, "state": ["TX"] * 999, "postalCode": ["78701"] * 900}
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "unknown ids": (IDS, {"n": ["company:1234567893"] * 1000}),
        "wrong ids": (IDS, {"n": ["x"] * 1000}),
        "wrong NPIs": (NPIS, {"n": ["1"] * 2990}),
        "NPIs": (NUMBERS, {"n": [str(number) for number in range(1000)]}),
        "long NPIs": (NUMBERS, {"n": ["x" * 80] * 2990}),
        "too many NPIs": (NUMBERS, {"n": ["1"] * 40_000}),
        "null ids": (IDS, {"n": [None] * 2900}),
        "null filter": (FILTERED, {"f": dict.fromkeys([*FIELDS, "and", "or", "not", "hasLocation", "name"])}),
        "listed values": (FILTERED, {"f": lists}),
        "names": (FILTERED, {"f": {"or": [{"name": {"contains": f"abc{number}"}} for number in range(18)]}}),
        "unused": ("query ($d: Int) { __typename }", {"d": {f"k{number}": 1 for number in range(17_000)}}),
    }
    return found | {f"new shape {number}": (FILTERED, {"f": shape(rng, 36)}) for number in range(4)}


def shape(rng: random.Random, size: int) -> dict[str, Any]:
    """A filter that no other one looks like."""
    inner = [{name: ["1234567893"] for name in rng.sample(FIELDS, 1)} for _ in range(size)]
    return {rng.choice(["and", "or"]): inner}


def documents() -> dict[str, tuple[str, dict[str, Any]]]:
    """Documents that are long, or that say little and mean much."""
    return {
        "chain of fragments": ("{ ...F0 }" + fragments(50, "...F{next}"), {}),
        "longer chain": ("{ ...F0 }" + fragments(390, "...F{next}"), {}),
        "fragments that double": ("{ ...F0 }" + fragments(50, "...F{next} ...F{next}"), {}),
        "a fragment of itself": ("{ ...F } fragment F on Query { ...F ...F }", {}),
        "variables": ("query (" + " ".join(f"$v{number}: Int" for number in range(480)) + ") { __typename }", {}),
        "unknown fields": ("{" + " ".join(f"f{number}" for number in range(1_900)) + "}", {}),
        "unknown members": (
            "{ companies(filter: {" + " ".join(f"f{n}: 1" for n in range(600)) + "}) { nodes { npi } } }",
            {},
        ),
        "equal fields": ("{" + "companies(first: 1) { nodes { npi } } " * 30 + "}", {}),
        "equal fields inside": ("{ companies(first: 1) { nodes { " + "names { name } " * 30 + "} } }", {}),
        "objects": ("{ companies(filter: {and: [" + "{npi: null} " * 300 + "]}) { nodes { npi } } }", {}),
        "literals": ("{ verifyNpis(npis: [" + '"1" ' * 1950 + "]) { input } }", {}),
        "wrong literals": ("{ verifyNpis(npis: [" + "1 " * 1950 + "]) { input } }", {}),
        "nested literals": (
            "{ companies(filter: " + "{not: " * 300 + "{}" + "}" * 300 + ") { nodes { npi } } }",
            {},
        ),
        "comment": ("# " + "x" * 99_000 + "\n{ __typename }", {}),
        "text": ('{ company(npi: "' + "1" * 99_000 + '") { npi } }', {}),
        "lines of text": ('{ company(npi: """' + "\n x" * 30_000 + '""") { npi } }', {}),
        "commas": ("," * 99_000 + "{ __typename }", {}),
        "errors on the last of many lines": (
            "\n" * 9_900 + "{ companies(first: 200) { nodes { phone } } }",
            {},
        ),
        "unknown ids on the last of many lines": ("\n" * 9_900 + IDS, {"n": ["company:1234567893"] * 100}),
        "lines": ("\n" * 90_000 + "{ companies(first: 200) { nodes { phone } } }", {}),
        "conflicts on the last of many lines": (
            "\n" * 9_900
            + "{ companies { nodes { "
            + " ".join(f"a{n}: npi a{n}: name" for n in range(10))
            + "} } }",
            {},
        ),
    }


def fragments(number: int, body: str) -> str:
    """Fragments that each spread the next one; the last one asks for something."""
    last = f" fragment F{number} on Query {{ __typename }}"
    return "".join(f" fragment F{i} on Query {{ {body.format(next=i + 1)} }}" for i in range(number)) + last
