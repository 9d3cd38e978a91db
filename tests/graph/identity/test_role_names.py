"""Roles as issuers write them: in which claim, by which names, in which case."""

from typing import Any

import pytest
from pydantic import ValidationError

from graph.errors import UnauthenticatedError
from graph.identity.development_tokens import development_token
from graph.identity.role_names import RoleNames
from graph.identity.token import read_token
from graph.settings import Settings

URL = "https://directory.example/roles"


def names(**settings: Any) -> RoleNames:
    return RoleNames.of(Settings(_env_file=None, **settings))


@pytest.mark.parametrize(
    ("settings", "claims", "roles"),
    [
        ({}, {"roles": ["VIEWER", "ADMIN"]}, {"VIEWER", "ADMIN"}),
        ({}, {"roles": "VIEWER"}, {"VIEWER"}),
        ({}, {"roles": "viewer Partner"}, {"VIEWER", "PARTNER"}),
        ({}, {"roles": ["viewer", "eDiToR", "PILOT"]}, {"VIEWER", "EDITOR"}),
        ({}, {"roles": ""}, set()),
        ({}, {"roles": []}, set()),
        ({}, {}, set()),
        # Letters that become these ones in upper case.
        ({}, {"roles": ["v\u0131ewer", "ADM\u0130N"]}, set()),
        ({"token_roles_claim": "groups"}, {"groups": ["ADMIN"], "roles": ["EDITOR"]}, {"ADMIN"}),
        ({"token_roles_claim": "groups"}, {"groups": ["ADMIN"], "roles": 7}, {"ADMIN"}),
        ({"token_roles_claim": "scope"}, {"scope": "openid profile viewer"}, {"VIEWER"}),
        ({"token_roles_claim": "cognito:groups"}, {"cognito:groups": ["Admin"]}, {"ADMIN"}),
        ({"token_roles_claim": "realm_access.roles"}, {"realm_access": {"roles": ["partner"]}}, {"PARTNER"}),
        ({"token_roles_claim": "realm_access.roles"}, {"realm_access": {"roles": None}}, set()),
        ({"token_roles_claim": "realm_access.roles"}, {"realm_access": ["partner"]}, set()),
        ({"token_roles_claim": "realm_access.roles"}, {"realm_access.roles": ["partner"]}, {"PARTNER"}),
        (
            {"token_roles_claim": "resource_access.api.directory.roles"},
            {"resource_access": {"api.directory": {"roles": ["viewer"]}, "api": {}}},
            {"VIEWER"},
        ),
        (
            {"token_roles_claim": URL},
            {URL: ["viewer"], "https://directory": {"example/roles": "admin"}},
            {"VIEWER"},
        ),
        ({"token_roles_claim": "roles, scope"}, {"roles": ["VIEWER"], "scope": "editor"}, {"VIEWER", "EDITOR"}),
        ({"token_role_prefix": "ROLE_"}, {"roles": ["ROLE_VIEWER", "role_editor", "ADMIN"]}, {"VIEWER", "EDITOR"}),
        (
            {"token_role_names": "Directory Admins=ADMIN, 0f8fad5b-d9cb=viewer"},
            {"roles": ["directory admins", "0F8FAD5B-D9CB", "EDITOR"]},
            {"ADMIN", "VIEWER"},
        ),
        ({"token_role_names": "Directory Admins=ADMIN"}, {"roles": "Directory Admins"}, {"ADMIN"}),
        ({"token_role_names": "cn=admins=ADMIN"}, {"roles": ["CN=Admins"]}, {"ADMIN"}),
        (
            {"token_role_names": "boss=ADMIN", "token_role_prefix": "api:"},
            {"roles": ["boss", "api:viewer", "editor"]},
            {"ADMIN", "VIEWER"},
        ),
    ],
)
def test_roles_are_read_where_and_as_an_issuer_writes_them(
    settings: dict[str, Any], claims: dict[str, Any], roles: set[str]
) -> None:
    assert names(**settings).roles_in(claims) == roles


@pytest.mark.parametrize("value", [7, True, {"ADMIN": True}, [1, 2], ["VIEWER", 1], [["VIEWER"]], 1.5])
@pytest.mark.parametrize("claim", ["roles", "realm_access.roles"])
def test_what_can_hold_no_roles_is_refused_by_the_name_of_the_claim(claim: str, value: object) -> None:
    claims = {"roles": value} if claim == "roles" else {"realm_access": {"roles": value}}
    with pytest.raises(UnauthenticatedError) as refused:
        names(token_roles_claim=claim).roles_in(claims)
    assert refused.value.reason == "MALFORMED"
    assert refused.value.detail.startswith(f"{claim} is ")
    assert "a text or a list of texts" in refused.value.detail


@pytest.mark.parametrize("pairs", ["boss", "boss=KING", "=ADMIN", "a=ADMIN,b"])
def test_a_name_for_no_role_ends_the_start(pairs: str) -> None:
    with pytest.raises(ValidationError, match="NAME=ROLE"):
        Settings(_env_file=None, token_role_names=pairs)


@pytest.mark.parametrize("claims", [",", " , "])
def test_a_list_without_a_claim_ends_the_start(claims: str) -> None:
    with pytest.raises(ValidationError, match="it must name a claim"):
        Settings(_env_file=None, token_roles_claim=claims)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"token_roles_claim": "realm_access.roles"},
        {"token_roles_claim": "scope", "token_role_prefix": "ROLE_"},
        {"token_role_names": "boss=ADMIN,reader=VIEWER"},
    ],
)
def test_a_token_of_one_s_own_making_gives_its_roles_under_the_same_settings(settings: dict[str, Any]) -> None:
    made = development_token(Settings(_env_file=None, **settings), ["admin", "viewer"], subject="me")
    claims = read_token(f"Bearer {made}".encode()).claims
    assert names(**settings).roles_in(claims) == {"ADMIN", "VIEWER"}
    assert claims["sub"] == "me"
