"""/docs/schema-changes: how what the viewer may use of the schema changed; as a page, as a feed, and as JSON."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from html import escape
from importlib.metadata import version
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape as escape_xml

import orjson
from graphql import parse
from starlette.requests import Request
from starlette.responses import Response

from graph import sdl
from graph.identity.authentication import Authentication
from graph.identity.viewer import ROLES
from graph.schema_changes import (
    FILE,
    RELEASED,
    Record,
    SchemaChange,
    changes_seen,
    hash_of,
    read_record,
    seen_by,
)
from graph.site.assets import made, served
from graph.site.frame import HEADERS, write_page
from graph.site.markdown import render
from graph.site.pages import docs_folder, places

NAME: Final = "schema-changes"
PATH: Final = f"/docs/{NAME}"
FEED: Final = f"{PATH}.atom"
JSON: Final = f"{PATH}.json"

# What feeds are called (RFC 4287).
ATOM: Final = "application/atom+xml"

_ANONYMOUS: Final = "You see what is open to everyone; with a token you see what your roles may use."


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed with one version; `day` is None of what isn't released."""

    version: str
    day: date | None
    changes: Sequence[SchemaChange]


class SchemaChanges:
    """Answers in three forms; what an answer tells depends on the viewer's roles."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    async def page(self, request: Request) -> Response:
        """Answer with the page; raises what `authenticate` does."""
        roles = await self._roles_of(request)
        text = await asyncio.to_thread(write_changes, roles)
        return _answer(request, text, "text/html", HEADERS)

    async def feed(self, request: Request) -> Response:
        """Answer with the releases as a feed; raises what `authenticate` does."""
        roles = await self._roles_of(request)
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return _answer(request, write_feed(record(), roles, origin), ATOM)

    async def json(self, request: Request) -> Response:
        """Answer with the same for programs; raises what `authenticate` does."""
        roles = await self._roles_of(request)
        told = await asyncio.to_thread(told_to, roles)
        return _answer(request, orjson.dumps(told, option=orjson.OPT_INDENT_2).decode(), "application/json")

    async def _roles_of(self, request: Request) -> frozenset[str]:
        viewer = await self._authentication.authenticate(request.headers.raw)
        return viewer.roles & ROLES


def _answer(request: Request, text: str, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    kept = {"cache-control": "private, no-cache", "vary": "authorization, accept-encoding"}
    return served(request, made(text.encode(), media_type), {**(headers or {}), **kept})


@cache
def record() -> Record:
    """Return the record that this server came with."""
    return read_record((docs_folder() / FILE).read_text("utf-8"))


# Four roles make sixteen sets.
@lru_cache(maxsize=16)
def unreleased(roles: frozenset[str]) -> Sequence[SchemaChange]:
    """Return what this server's schema has beyond the last release, for these roles.

    Where it is another one, finding out takes a second, once.
    """
    old = (docs_folder() / RELEASED).read_text("utf-8")
    if hash_of(old) == hash_of(sdl.printed()):
        return ()
    before, after = parse(old, no_location=True), parse(sdl.printed(), no_location=True)
    return tuple(changes_seen(before, after, roles, datetime.now(UTC).date()))


def entries(roles: frozenset[str]) -> Iterator[Entry]:
    """Yield what changed with each version for somebody with these roles, the newest first."""
    yield Entry(f"{version('ariesone')}, not released", None, unreleased(roles))
    for release in record().releases:
        yield Entry(release.version, release.day, seen_by(release.changes, roles))


def told_to(roles: frozenset[str]) -> Mapping[str, Any]:
    """Return what programs are told."""
    first, *others = entries(roles)
    return {
        "since": record().since,
        "schema": hash_of(sdl.printed()),
        "unreleased": _told(first.changes),
        "releases": [
            {"version": each.version, "day": each.day, "schema": release.sha256, "changes": _told(each.changes)}
            for each, release in zip(others, record().releases, strict=True)
        ],
    }


def _told(changes: Sequence[SchemaChange]) -> list[Mapping[str, str]]:
    return [{"severity": each.severity, "description": each.description} for each in changes]


@lru_cache(maxsize=16)
def write_changes(roles: frozenset[str]) -> str:
    """Return the page for somebody with these roles."""
    text = render(places()[NAME].text())
    whose = (
        "" if roles else "<p>You see what is open to everyone; with a token you see what your roles may use.</p>"
    )
    first, *others = entries(roles)
    parts = [_section(first)] if first.changes or not others else []
    return write_page(
        "How the schema changed", f"{text}{whose}{''.join([*parts, *map(_section, others)])}", place=PATH
    )


def _section(entry: Entry) -> str:
    day = f", {entry.day.day} {entry.day:%B %Y}" if entry.day else ""
    id_ = escape(entry.version.partition(",")[0])
    return f'<h2 id="v{id_}">{escape(entry.version)}{day}</h2>{_list(entry)}'


def _list(entry: Entry) -> str:
    if not entry.changes:
        since = f" since {record().since}" if entry.day is None and record().newest is None else ""
        return f"<p>Nothing of the schema has changed{since}.</p>"
    items = (
        f'<li><strong class="{each.severity}">{each.severity}</strong> {escape(each.description)}</li>'
        for each in entry.changes
    )
    return f'<ul class="changes">{"".join(items)}</ul>'


def write_feed(known: Record, roles: frozenset[str], origin: str) -> str:
    """Return the releases as an Atom feed (RFC 4287), as somebody with these roles sees them."""
    newest = known.newest
    updated = known.since if newest is None else newest.day
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>AriesOne: how the schema changed</title><id>{_id('')}</id><updated>{_moment(updated)}</updated>",
        f"<author><name>AriesOne</name></author>{_link(origin + FEED, 'self')}{_link(origin + PATH)}",
    ]
    for release in known.releases:
        entry = Entry(release.version, release.day, seen_by(release.changes, roles))
        parts.append(
            f"<entry><title>{escape_xml(release.version)}</title><id>{_id(release.version)}</id>"
            f"<updated>{_moment(release.day)}</updated>{_link(f'{origin}{PATH}#v{release.version}')}"
            f'<content type="html">{escape_xml(_list(entry))}</content></entry>'
        )
    return "\n".join([*parts, "</feed>\n"])


def _link(address: str, rel: str = "alternate") -> str:
    return f'<link rel="{rel}" href="{escape(address)}"/>'


def _id(release: str) -> str:
    """Return the id of the feed, or of a release in it: the same on every server."""
    return uuid5(NAMESPACE_URL, f"ariesone:schema-changes:{release}").urn


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
