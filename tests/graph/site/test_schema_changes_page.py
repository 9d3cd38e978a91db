"""How the schema changed, with two made-up releases: on the page, in the feed and as JSON, as a viewer sees it."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from graph import sdl
from graph.schema_changes import FILE, RELEASED, Record, Release, SchemaChange, hash_of, write_record
from graph.site import schema_changes
from tests.graph.conftest import Server, bearer

NPI_STATUS = '  """The status of its NPI in the registry."""\n  npiStatus: NpiStatus!\n'
ATOM = "{http://www.w3.org/2005/Atom}"
FIRST = Release("1.0.0", date(2026, 12, 1), "1" * 64, (SchemaChange("safe", "Type A was added."),))
SECOND = Release(
    "1.1.0",
    date(2027, 1, 15),
    "2" * 64,
    (
        SchemaChange("breaking", "Field Company.fax was removed."),
        SchemaChange("safe", "Field Company.secret<b> was added.", frozenset({"ADMIN"})),
    ),
)


def forget() -> None:
    for each in (schema_changes.record, schema_changes.unreleased, schema_changes.write_changes):
        each.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Docs with two releases, the second of which had one field less than this server."""
    monkeypatch.setattr(schema_changes, "docs_folder", lambda: tmp_path)
    (tmp_path / FILE).write_text(write_record(Record(date(2026, 11, 26), (SECOND, FIRST))))
    released = sdl.printed().replace(NPI_STATUS, "", 1)
    assert released != sdl.printed()
    (tmp_path / RELEASED).write_text(released)
    forget()
    yield tmp_path
    forget()


@pytest.mark.usefixtures("folder")
def test_the_feed_has_an_entry_for_each_release_the_newest_first(server: Server) -> None:
    answer = server.client.get("/docs/schema-changes.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)  # noqa: S314 - it is this server's own
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["1.1.0", "1.0.0"]
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2027-01-15T00:00:00Z"
    ids = [each.findtext(f"{ATOM}id") for each in (feed, *entries)]
    assert len(set(ids)) == 3
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{str(server.client.base_url).rstrip('/')}/docs/schema-changes.atom"
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        page, _, section = str(link.get("href")).partition("#")
        assert f'id="{section}"' in server.client.get(page).text
    content = entries[0].findtext(f"{ATOM}content") or ""
    assert "Field Company.fax was removed." in content
    assert "Company.secret" not in content


@pytest.mark.usefixtures("folder")
def test_what_needs_a_role_is_told_to_who_has_it(server: Server) -> None:
    for path in ("/docs/schema-changes", "/docs/schema-changes.atom", "/docs/schema-changes.json"):
        anonymous = server.client.get(path)
        admin = server.client.get(path, headers={"authorization": bearer("admin")})
        assert ("Company.secret" in anonymous.text, "Company.secret" in admin.text) == (False, True), path
        assert "<b>" not in admin.text.partition("Company.secret")[2] or path.endswith("json")
        assert "authorization" in anonymous.headers["vary"]
        again = server.client.get(path, headers={"if-none-match": anonymous.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.usefixtures("folder")
def test_what_is_not_released_yet_stands_first(server: Server) -> None:
    told = server.client.get("/docs/schema-changes.json").json()
    assert [each["description"] for each in told["unreleased"]] == ["Field Company.npiStatus was added."]
    assert [each["version"] for each in told["releases"]] == ["1.1.0", "1.0.0"]
    assert told["releases"][1] == {
        "version": "1.0.0",
        "day": "2026-12-01",
        "schema": "1" * 64,
        "changes": [{"severity": "safe", "description": "Type A was added."}],
    }
    assert told["schema"] == hash_of(sdl.printed())
    page = server.client.get("/docs/schema-changes").text
    assert page.index("not released") < page.index("1.1.0, 15 January 2027") < page.index("1.0.0, 1 December 2026")


def test_before_the_first_release_nothing_is_made_up(folder: Path, server: Server) -> None:
    (folder / FILE).write_text(write_record(Record(date(2026, 11, 26))))
    (folder / RELEASED).write_text(sdl.printed())
    forget()
    assert server.client.get("/docs/schema-changes.json").json()["releases"] == []
    assert "Nothing of the schema has changed since 2026-11-26." in server.client.get("/docs/schema-changes").text
    feed = ET.fromstring(server.client.get("/docs/schema-changes.atom").content)  # noqa: S314 - it is this server's own
    assert feed.findall(f"{ATOM}entry") == []


@pytest.mark.parametrize("name", ["schema-changes.toml", "schema-changes.toml.md", "released.graphql"])
def test_the_record_itself_is_not_served(server: Server, name: str) -> None:
    assert server.client.get(f"/docs/{name}").status_code == 404


def test_the_record_of_this_server_can_be_read() -> None:
    assert schema_changes.record().since <= date(2026, 11, 26)
