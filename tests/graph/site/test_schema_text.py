"""The schema as text for a viewer."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from pydantic import SecretStr
from starlette.types import ASGIApp

from graph import sdl
from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.identity.hostile import SECRET, good

PATH = "/graphql/schema.graphql"


def test_each_viewer_reads_the_part_that_it_may_use(server: Server) -> None:
    texts = {
        role: server.client.get(PATH, headers={"authorization": bearer(role)} if role else {}).text
        for role in ("", "viewer", "admin")
    }
    assert [("taxId" in text, "phoneExtension" in text, "npi: NPI!" in text) for text in texts.values()] == [
        (False, False, True),
        (False, True, True),
        (True, True, True),
    ]
    assert texts["admin"] == sdl.printed()


def test_it_is_asked_for_again_by_its_tag_which_roles_have_their_own_of(server: Server) -> None:
    first = server.client.get(PATH)
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert {"authorization", "accept-encoding"} <= set(first.headers["vary"].split(", "))
    again = server.client.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = {"authorization": bearer("viewer"), "if-none-match": first.headers["etag"]}
    assert server.client.get(PATH, headers=other).status_code == 200


def test_it_is_still_where_it_stood_first(server: Server) -> None:
    assert server.client.get("/docs/schema.graphql").content == server.client.get(PATH).content


def test_in_production_it_needs_a_token(
    server: Server,
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> None:
    settings = settings_for(directory_url, environment="production", token_secret=SecretStr(SECRET))
    with serve(create_app(settings)) as production:
        refused = production.client.get(PATH)
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert production.client.get(PATH, headers={"authorization": f"Bearer {good()}"}).status_code == 200
    bad = server.client.get(PATH, headers={"authorization": "Bearer x"})
    assert bad.status_code == 401
    assert bad.headers["www-authenticate"] == 'Bearer error="invalid_token"'
