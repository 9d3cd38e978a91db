"""extensions.explain: where the time of one operation goes, for those who may look."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from redis import Redis
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import worth
from graph.settings import Settings
from tests.graph.cache.test_cache_cases import settings_of
from tests.graph.conftest import Server, bearer
from tests.graph.mutations.conftest import OBRIEN

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

QUERY = """query Explained {
  companies(first: 3) { nodes { npi primaryLocation { company { name } } locations { nodes { kind } } } }
}"""
HEADER = {"graphql-explain": "1"}


def test_an_operation_tells_its_statements_once_asked(server: Server) -> None:
    assert "extensions" not in server.post(QUERY).json()
    server.post(QUERY)
    explained = server.post(QUERY, None, **HEADER).json()["extensions"]["explain"]
    assert explained["executor"] == "compiled"
    assert explained["source"][0] == "async def run(context, values):"
    assert explained["cost"] > 3
    assert explained["others"] == []
    fields = {each["field"]: each for each in explained["fields"]}
    assert {name: each["source"] for name, each in fields.items()} == {
        "Query.companies": "read",
        "Company.primaryLocation": "read",
        "Location.company": "read",
        "Company.locations": "owner's row",
    }
    first, second, third = (each["statements"][0] for each in fields.values() if each["statements"])
    assert first["sql"].startswith("SELECT companies.npi, '{")
    # One row more than the page says whether there is a next one.
    assert (first["rows"], second["keys"], third["keys"]) == (4, 3, 3)
    assert all(statement["milliseconds"] > 0 for statement in (first, second, third))


def test_when_statements_were_sent_is_told_and_what_fields_may_cost(server: Server) -> None:
    explained = server.post(QUERY, None, **HEADER).json()["extensions"]["explain"]
    statements = [one for each in explained["fields"] for one in each["statements"]]
    ends = [one["sentAt"] + one["milliseconds"] for one in statements]
    assert all(one["sentAt"] >= 0 and "plan" not in one for one in statements)
    # A level is read once the one above it is there; what the rest takes is this server's own.
    assert statements[1]["sentAt"] >= ends[0]
    assert explained["milliseconds"] >= max(ends)
    costs = {each["path"]: (each["field"], each["cost"]) for each in explained["costs"]}
    assert list(costs) == [
        "companies",
        "companies.nodes",
        "companies.nodes.primaryLocation",
        "companies.nodes.primaryLocation.company",
        "companies.nodes.locations",
        "companies.nodes.locations.nodes",
    ]
    assert costs["companies"] == ("Query.companies", explained["cost"])
    # Each field has those in it, as often as the list above it is long.
    assert (
        costs["companies"][1] > costs["companies.nodes.locations"][1] > costs["companies.nodes.locations.nodes"][1]
    )


def test_plans_are_told_once_asked(server: Server) -> None:
    explained = server.post(QUERY, None, **{"graphql-explain": "plans"}).json()["extensions"]["explain"]
    plans = [one["plan"] for each in explained["fields"] for one in each["statements"]]
    assert len(plans) == 3
    for plan in plans:
        assert "actual time=" in plan
        assert "Execution Time:" in plan


def test_what_a_mutation_writes_is_told_and_not_run_again(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str
) -> None:
    text = """mutation($npi: NPI!) {
        updateCompany(input: {npi: $npi, website: "https://a.example"}) {
          company { version locations(first: 2) { nodes { kind } } }
          userErrors { code }
        }
    }"""
    headers = {"graphql-explain": "plans", "authorization": bearer("admin")}
    with serve(create_app(settings_for(sample_copy))) as server:
        before = server.post(f'{{ company(npi: "{OBRIEN}") {{ version }} }}').json()["data"]["company"]["version"]
        answer = server.post(text, {"npi": OBRIEN}, **headers).json()
        after = server.post(f'{{ company(npi: "{OBRIEN}") {{ version }} }}').json()["data"]["company"]["version"]
    assert answer["data"]["updateCompany"]["userErrors"] == []
    assert answer["data"]["updateCompany"]["company"]["version"] == after == before + 1
    # What else it says of itself is there.
    assert answer["extensions"]["consistency"]["cursor"]
    explained = answer["extensions"]["explain"]
    assert any("UPDATE companies" in one["sql"] for one in explained["others"])
    assert explained["others"][-1]["sql"] == "COMMIT"
    plans = [one["plan"] for each in explained["fields"] for one in each["statements"]]
    assert plans
    assert not any("actual time" in plan for plan in plans)


def test_what_it_depends_on_is_told(server: Server) -> None:
    text = """{
        companies(filter: {city: ["Houston"]}) { totalCount { value } nodes { npi } }
        company(npi: "1234567893") { name }
    }"""
    explained = server.post(text, None, **HEADER).json()["extensions"]["explain"]
    whole = {"maxAge": 60, "scope": "PUBLIC", "tags": ["city=houston", "company:1234567893"]}
    assert explained["cache"] == whole
    assert {each["field"]: each["tags"] for each in explained["fields"]} == {
        "Query.companies": ["city=houston"],
        "CompanyConnection.totalCount": ["city=houston"],
        "Query.company": ["company:1234567893"],
    }


def test_what_is_kept_of_dear_reads_is_told_and_not_used(
    serve: Serve, sample_copy: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worth, "ASKING", -1.0)
    text = """{
        companies(filter: {city: ["Houston"]}) { totalCount { value } nodes { npi } }
        company(npi: "1234567893") { name }
    }"""
    with Redis.from_url(valkey_url) as redis, serve(create_app(settings_of(sample_copy, valkey_url))) as server:
        redis.flushall()

        def told() -> dict[str, Any]:
            fields = server.post(text, None, **HEADER).json()["extensions"]["explain"]["fields"]
            assert all(each["statements"] for each in fields)
            return {each["field"]: each["cache"] for each in fields}

        missed = {"outcome": "MISS", "age": None}
        assert told() == {"Query.companies": missed, "CompanyConnection.totalCount": missed, "Query.company": None}
        server.post(text)
        while len(redis.keys("ariesone:rows:*")) < 2:
            time.sleep(0.01)
        time.sleep(0.2)
        found = told()
        for field in ("Query.companies", "CompanyConnection.totalCount"):
            assert found[field]["outcome"] == "HIT"
            assert 0.1 < found[field]["age"] < 60
        assert found["Query.company"] is None
        # Where asking costs more than it saves, nobody does; the next answer of the cache's shows it.
        monkeypatch.setattr(worth, "ASKING", 1_000.0)
        server.post(text.replace("companies(", "houston: companies("))
        assert told()["Query.companies"] == {"outcome": "BYPASS", "age": None}


def test_a_field_that_is_had_in_two_ways_is_told_of_twice(server: Server) -> None:
    both = "a: locations { nodes { kind } } b: locations(last: 1) { nodes { kind } }"
    text = f"{{ companies(first: 1) {{ nodes {{ {both} }} }} }}"
    explained = server.post(text, None, **HEADER).json()["extensions"]["explain"]
    told = {(each["field"], each["source"]): len(each["statements"]) for each in explained["fields"]}
    assert told == {
        ("Query.companies", "read"): 1,
        ("Company.locations", "owner's row"): 0,
        ("Company.locations", "read"): 1,
    }


def test_what_is_seen_for_the_first_time_is_interpreted(server: Server) -> None:
    explained = server.post("query OnlyOnce { dataset { companies { value } } }", None, **HEADER).json()
    assert explained["extensions"]["explain"]["executor"] == "interpreted"
    assert explained["extensions"]["explain"]["source"] is None
    [field] = explained["extensions"]["explain"]["fields"]
    assert field["field"] == "DatasetInfo.companies"
    assert len(field["statements"]) == 1


def test_what_graphql_core_runs_is_said_to_be_run_by_it(server: Server) -> None:
    text = 'query Both { __schema { queryType { name } } company(npi: "1234567893") { npi } }'
    explained = server.post(text, None, **HEADER).json()["extensions"]["explain"]
    assert explained["executor"] == "graphql-core"
    [field] = explained["fields"]
    assert (field["field"], len(field["statements"])) == (None, 1)
    # Its resolvers don't say.
    assert (field["tags"], explained["cache"]["tags"]) == (None, None)


@pytest.mark.parametrize(("role", "is_shown"), [(None, False), ("editor", False), ("admin", True)])
def test_in_production_only_an_admin_may_look(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, role: str | None, *, is_shown: bool
) -> None:
    key = "of this test alone, and long enough"
    settings = settings_for(directory_url, environment="production", token_secret=key)
    headers = {"authorization": bearer(role, token_secret=key)} if role else {}
    with serve(create_app(settings)) as server:
        answer = server.post(QUERY, None, **HEADER, **headers)
    if is_shown:
        assert "explain" in answer.json()["extensions"]
    else:
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["extensions"]["requiredRoles"] == ["ADMIN"]
