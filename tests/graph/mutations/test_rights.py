"""Who may change what: every verb, by one row and by many, as every role, on a company of one's own or not."""

from typing import Any

import pytest

from graph.identity.viewer import ANONYMOUS, EVERY, Role, Viewer
from graph.schema import core_schema
from tests.graph.mutations import test_import, test_jobs, test_verify_list, test_watch_lists, test_webhooks
from tests.graph.mutations.conftest import BY_HAND, HOLZER, Mutate

ADDRESS = '{line1: "1 A St", city: "Miami", state: "FL", postalCode: "33101"}'
# The same company for each verb, and one of its places; NEW isn't there yet.
NEW = "1234567893"
VERBS = {
    ("createCompany", "createCompanies"): '{{npi: "{new}", name: "New"}}',
    ("updateCompany", "updateCompanies"): '{{npi: "{npi}", website: "https://new.example"}}',
    ("setCompanyActive", "setCompaniesActive"): '{{npi: "{npi}", isActive: false}}',
    ("addLocation", "addLocations"): '{{npi: "{npi}", address: '
    + ADDRESS.replace("{", "{{").replace("}", "}}")
    + "}}",
    ("updateLocation", "updateLocations"): '{{id: "{place}", name: "New"}}',
    ("setPrimaryLocation", "setPrimaryLocations"): '{{id: "{place}"}}',
    ("removeLocation", "removeLocations"): '{{id: "{place}"}}',
    ("restoreLocation", "restoreLocations"): '{{id: "{removed}"}}',
    ("addLicense", "addLicenses"): '{{npi: "{npi}", kind: PHARMACY, number: "2", expiresOn: "2099-12-31"}}',
    ("renewLicense", "renewLicenses"): '{{id: "{license}", expiresOn: "2100-12-31"}}',
    ("removeLicense", "removeLicenses"): '{{id: "{license}"}}',
}
ROLES = [None, *(role.name for role in Role)]


async def place_of(mutate: Mutate, npi: str, line: str) -> str:
    """A place of a company, entered by an administrator."""
    query = f"""
        mutation {{ addLocation(input: {{npi: "{npi}", address: {ADDRESS.replace("1 A St", line)}}}) {{
          location {{ id }} userErrors {{ message }}
        }} }}
    """
    answer = await mutate(query, viewer=Viewer("admin", frozenset({"ADMIN"})))
    return str(answer["data"]["addLocation"]["location"]["id"])


async def license_of(mutate: Mutate, npi: str) -> str:
    """A license of a company, entered by an administrator."""
    given = f'{{npi: "{npi}", kind: PHARMACY, number: "1", expiresOn: "2099-12-31"}}'
    query = f"mutation {{ addLicense(input: {given}) {{ license {{ id }} }} }}"
    answer = await mutate(query, viewer=Viewer("admin", frozenset({"ADMIN"})))
    return str(answer["data"]["addLicense"]["license"]["id"])


@pytest.mark.parametrize("verbs", VERBS, ids=" ".join)
@pytest.mark.parametrize("role", ROLES)
async def test_a_verb_is_for_those_who_may_on_what_they_may(
    mutate: Mutate, verbs: tuple[str, str], role: str | None
) -> None:
    admin = Viewer("admin", frozenset({"ADMIN"}))
    place, removed = [await place_of(mutate, BY_HAND, line) for line in ("2 B St", "3 C St")]
    await mutate(
        f'mutation {{ removeLocation(input: {{id: "{removed}"}}) {{ userErrors {{ code }} }} }}', viewer=admin
    )
    one, many = verbs
    license_ = await license_of(mutate, BY_HAND)
    given = VERBS[verbs].format(npi=BY_HAND, new=NEW, place=place, removed=removed, license=license_)
    payload = next(each for each in ("Compan", "Location", "License") if each in one).replace("Compan", "Company")
    query = f"""
        mutation {{
          one: {one}(input: {given}, validateOnly: true) {{ ...Told }}
          many: {many}(input: [{given}]) {{ outcomes {{ ...Told }} succeeded failed }}
        }}
        fragment Told on {payload}Payload {{
          company {{ npi }} userErrors {{ code }}
        }}
    """
    roles = frozenset({role} if role else ())
    for companies, is_own in ((frozenset({HOLZER}), False), (frozenset({BY_HAND, NEW}), True)):
        viewer = Viewer("somebody", roles, companies) if role else ANONYMOUS
        answer = await mutate(query, viewer=viewer)
        if role not in {"EDITOR", "ADMIN"}:
            assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"] * 2
            assert answer["data"] == {"one": None, "many": None}
            continue
        told = answer["data"]["one"]
        assert told["userErrors"] == ([] if role == "ADMIN" or is_own else [{"code": "NOT_FOUND"}])
        is_done = not told["userErrors"]
        assert answer["data"]["many"] == {"outcomes": [told], "succeeded": is_done, "failed": not is_done}
        if is_done:
            return


async def test_a_token_may_name_all_companies(mutate: Mutate) -> None:
    viewer = Viewer("editor", frozenset({"EDITOR"}), frozenset({EVERY}))
    query = """
        mutation {
          updateCompany(input: {npi: "2999999941", website: "https://new.example"}) { userErrors { code } }
        }
    """
    assert (await mutate(query, viewer=viewer))["data"]["updateCompany"]["userErrors"] == []


def test_every_verb_is_tried() -> None:
    root: Any = core_schema.mutation_type
    modules = (test_watch_lists, test_jobs, test_verify_list, test_import, test_webhooks)
    own = {name for module in modules for name, *_ in module.VERBS}
    assert {name for verbs in VERBS for name in verbs} | own == set(root.fields)
