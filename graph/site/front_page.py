"""The front page as HTML: what this is, how it is, a first query, four doors, and what is there for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Final

from graph.condition import Health
from graph.site.capabilities import PATH as CAPABILITIES
from graph.site.code import open_in_ide, write_code
from graph.site.directory import QUERY, Sight
from graph.site.purposes import Purpose, purposes
from graph.site.schema_changes import FEED
from graph.site.schema_text import PATH as SCHEMA
from graph.site.state_map import state_map

HEALTH: Final = "/readyz"

_LEAD: Final = (
    "AriesOne is a GraphQL API over the organisations with an NPI, from the public US registry NPPES. "
    "Search and verify them, edit them, and hear of each change."
)
_PROGRAMS: Final[Mapping[str, str]] = {
    SCHEMA: "the schema as text, as much of it as you may use",
    CAPABILITIES: "what this server takes and allows, with its limits",
    FEED: "how the schema changed, as a feed",
    HEALTH: "whether it can be asked now",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """How this server may be asked: in GraphiQL, with a token alone, with any document."""

    has_ide: bool
    needs_token: bool
    runs_any: bool


# Whoever asks again within some seconds gets the same; made anew it takes 0.3 ms.
@lru_cache(maxsize=64)
def write_front(ways: Ways, origin: str, health: Health, sight: Sight | None) -> str:
    """Return the page's body; `origin` is where the server was reached, `sight` what is told of the directory."""
    parts = (
        write_hero(ways, health, sight),
        write_query(ways, origin, sight),
        write_doors(purposes(has_ide=ways.has_ide)),
        write_programs(),
    )
    return f'<div class="front">{"".join(parts)}</div>'


def write_hero(ways: Ways, health: Health, sight: Sight | None) -> str:
    """Return what the server is, how much it holds, and how it is."""
    missing = "" if sight is not None else f"<p>{why_unknown(ways)}</p>"
    return (
        '<div class="hero"><div><h1>Healthcare companies, and where they practise</h1>'
        f'<p class="lead">{_LEAD}</p><dl class="facts">{"".join(facts_of(health, sight))}</dl>{missing}</div>'
        f"{state_map()}</div>"
    )


def facts_of(health: Health, sight: Sight | None) -> Iterator[str]:
    """Yield each fact with its name."""
    if sight is not None:
        yield _fact("Companies", str(sight.companies))
        yield _fact("Locations", str(sight.locations))
        if sight.is_sample:
            yield _fact("Source", '<a href="/docs/loading">an invented sample</a>')
        elif sight.as_of is not None:
            yield _fact("As of", f"{sight.as_of.day} {sight.as_of:%B %Y}")
        else:
            yield _fact("Source", '<a href="/docs/loading">nothing is loaded yet</a>')
    yield _fact("Health", f'<a href="{HEALTH}">{health}</a>', health)


def _fact(name: str, value: str, kind: str = "") -> str:
    classes = f' class="{kind}"' if kind else ""
    return f"<div{classes}><dt>{name}</dt><dd>{value}</dd></div>"


def why_unknown(ways: Ways) -> str:
    """Return why nothing is told of the directory, as HTML."""
    if ways.needs_token:
        return 'What it holds is told to those with a <a href="/docs/tokens">token</a>.'
    return "How many companies it holds can't be told at this moment."


def write_query(ways: Ways, origin: str, sight: Sight | None) -> str:
    """Return a first query with its answer, and how to go on from there."""
    if not ways.runs_any:
        return (
            "<section><h2>Ask it</h2><p>This server runs the documents that its clients were built with, and no "
            'others: <a href="/docs/trusted-documents">how to have yours among them</a>.</p></section>'
        )
    sent = f"<div><h3>Send</h3>{write_code(command_for(ways, origin), 'bash')}</div>"
    got = "" if sight is None else f"<div><h3>You get</h3>{write_code(sight.answer, 'json')}</div>"
    ways_on = {"/docs/first-minutes": "The first minutes", "/docs": "All guides"}
    if ways.has_ide:
        ways_on = {open_in_ide(QUERY): "Open in GraphiQL", **ways_on}
    actions = "".join(f'<a href="{address}">{escape(title)}</a>' for address, title in ways_on.items())
    return (
        f'<section><h2>Ask it</h2><div class="asked">{sent}{got}</div><p class="actions">{actions}</p></section>'
    )


def command_for(ways: Ways, origin: str) -> str:
    """Return a command that sends the query."""
    token = '-H "authorization: Bearer $TOKEN" ' if ways.needs_token else ""
    return f"curl -sG {origin}/graphql {token}--data-urlencode 'query={QUERY}'"


def write_doors(doors: tuple[Purpose, ...]) -> str:
    """Return what people came for, each with where it is."""
    cards = "".join(map(_card, doors))
    return f'<section><h2>What brings you here?</h2><div class="purposes">{cards}</div></section>'


def _card(purpose: Purpose) -> str:
    links = "".join(f'<li><a href="{each.address}">{escape(each.title)}</a></li>' for each in purpose.links)
    head = f"<small>{purpose.who}</small><h3>{purpose.title}</h3><p>{purpose.about}</p>"
    return f'<div class="purpose">{head}<ul>{links}</ul></div>'


def write_programs() -> str:
    """Return the places for programs."""
    lines = (
        f'<dt><a href="{place}"><code>{place}</code></a></dt><dd>{what}</dd>' for place, what in _PROGRAMS.items()
    )
    return f'<section><h2>For programs</h2><dl class="programs">{"".join(lines)}</dl></section>'
