"""/docs/deprecations: how the API changes, what is deprecated now, and for operators who still uses it."""

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from db.failures import words_of
from graph.deprecation import Deprecation
from graph.execution.facts import elements_of, facts_of
from graph.http.operators import Operators
from graph.identity.authentication import Authentication
from graph.identity.viewer import ANONYMOUS
from graph.recorded_usage import RecordedUsage
from graph.roles.views import Views
from graph.schema import core_schema
from graph.site.frame import answer_page
from graph.site.markdown import render
from graph.site.pages import ADDRESS, places

NAME = "deprecations"

# Clients that are listed at each place.
LISTED = 20

HEADERS = {"cache-control": "private, no-store", "vary": "accept, authorization"}

log = logging.getLogger("ariesone.usage")


class DeprecationsPage:
    """Answers with the page: each viewer is told of what it may use, where the schema is open to it at all."""

    def __init__(self, operators: Operators, authentication: Authentication, *, is_open: bool) -> None:
        self._operators = operators
        self._authentication = authentication
        self._is_open = is_open
        self._deprecations = facts_of(core_schema).deprecations.by_coordinate
        self._views = Views(core_schema)
        self._of_roles = lru_cache(maxsize=16)(self._deprecations_of)

    async def answer(self, request: Request) -> Response:
        """Answer one request; raises UnauthenticatedError for a token that isn't right."""
        is_operator = self._is_open or self._operators.has_secret(request)
        viewer = ANONYMOUS
        if not self._operators.has_secret(request):
            viewer = await self._authentication.authenticate(request.headers.raw)
            is_operator |= "ADMIN" in viewer.roles
        text = await asyncio.to_thread(policy)
        if is_operator:
            section = write_list(list(self._deprecations.values()), await self._recorded(request))
        elif viewer.is_anonymous:
            section = "<p>Send a token to see the list.</p>"
        else:
            section = write_list(await asyncio.to_thread(self._of_roles, viewer.roles))
        body = f'{text}<h2 id="deprecated-now">Deprecated now</h2>{section}'
        return answer_page("How the API changes", body, headers=HEADERS, place=f"{ADDRESS}/{NAME}")

    def _deprecations_of(self, roles: frozenset[str]) -> Sequence[Deprecation]:
        """Return what is deprecated of what these roles may use; the first time it takes 0.1 s and more."""
        if not self._deprecations:
            return ()
        visible = {coordinate for coordinate, _ in elements_of(self._views.of(roles))}
        return [each for each in self._deprecations.values() if each.coordinate in visible]

    async def _recorded(self, request: Request) -> RecordedUsage | None:
        """Return who uses what; None where that can't be read."""
        try:
            return await RecordedUsage.read(request.state.database)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the page is there
            log.warning("the usage of fields can't be read: %s", words_of(error))
            return None


@lru_cache(maxsize=1)
def policy() -> str:
    """Return how the API changes, as HTML; the first time it takes up to 0.2 s."""
    return render(places()[NAME].text())


def write_list(deprecations: Sequence[Deprecation], recorded: RecordedUsage | None = None) -> str:
    """Return a table of what is deprecated as HTML, the first to go first; with who uses it, where given."""
    if not deprecations:
        return "<p>Nothing is deprecated.</p>"
    names = ["what", "why", "instead", "since", "until"] + (["used by"] if recorded else [])
    head = "".join(f"<th>{name}</th>" for name in names)
    in_order = sorted(deprecations, key=lambda each: (str(each.sunset or ""), each.coordinate))
    rows = "".join(f"<tr>{_cells_of(each, recorded)}</tr>" for each in in_order)
    since = f"<p>Counted since {recorded.since}.</p>" if recorded and recorded.since else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="table" tabindex="0">{table}</div>{since}'


def _cells_of(each: Deprecation, recorded: RecordedUsage | None) -> str:
    code = f'<code id="{escape(each.coordinate)}">{escape(each.coordinate)}</code>'
    instead = f"<code>{escape(each.replacement)}</code>" if each.replacement else ""
    cells = [code, escape(each.reason), instead, str(each.since or ""), str(each.sunset or "")]
    if recorded is not None:
        cells.append(_users_of(each.coordinate, recorded))
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _users_of(coordinate: str, recorded: RecordedUsage) -> str:
    """Return who uses something; clients may call themselves anything."""
    uses = recorded.of(coordinate)
    lines = [f"{escape(use.who)}: {use.uses:,} times, last on {use.last_used_at.date()}" for use in uses[:LISTED]]
    if len(uses) > LISTED:
        lines.append(f"and {len(uses) - LISTED} more")
    return "<br>".join(lines) or "nobody, as far as it was counted"
