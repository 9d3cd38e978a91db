"""The access matrix: every field of the schema by who may use it, as a page of the documentation."""

from collections.abc import Iterator

from graphql import GraphQLInterfaceType, GraphQLObjectType

from graph.execution.facts import facts_of
from graph.identity.viewer import Role
from graph.roles.guards import Guards
from graph.roles.views import Views
from graph.schema import core_schema

# Who may ask: nobody in particular, then each role by itself.
VIEWERS = ("anonymous", *(role.name for role in Role))

INTRODUCTION = """\
# Who may use what

`ariesone schema access` writes this page from the schema, where `@requiresRole` says it and enforces it; a test
asks for each field as each viewer in each way of reaching it. It tells of fields that introspection hides from
most, so in production it is served to [operators](operators.md) alone.

A token names roles; they add up. Without a token the public directory is open. What is forbidden is null, with the
error FORBIDDEN and the roles of which one would do; nothing is read for it. Introspection shows a viewer what that
viewer may use.

- **anonymous** reads companies and places, by the registry's public record.
- **VIEWER** and up also read how to reach them (telephones, e-mail, the authorized official), and their history.
- **PARTNER** also reads in bulk: lists of keys longer than 100, and all that changes; and keeps watch lists
  and webhooks.
- **EDITOR** changes the companies that the token names in its claim `companies`, a list of NPIs; `["*"]` stands
  for all. What it may not change is told like what isn't there.
- **ADMIN** can do everything with every company, and alone sees and writes tax ids; each time that one is asked
  for, a line in the log says by whom.
"""


def opened(views: Views, parent: GraphQLObjectType | GraphQLInterfaceType, field: str) -> list[bool]:
    """Return for each of VIEWERS whether it may use a field, and comes to its type at all."""
    seen = (views.of(frozenset({viewer})).type_map.get(parent.name) for viewer in VIEWERS)
    return [field in getattr(type_, "fields", {}) for type_ in seen]


def types() -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    """Yield the types that have fields, by name."""
    for name, type_ in sorted(core_schema.type_map.items()):
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            yield type_


def page() -> str:
    """Return the page, in Markdown."""
    guards = facts_of(core_schema).guards
    views = Views(core_schema)
    lines = [INTRODUCTION]
    for type_ in types():
        lines += [f"## {type_.name}", "", *_head("field")]
        lines += [_row(name, opened(views, type_, name)) for name in sorted(type_.fields)]
        lines.append("")
    lines += ["## Arguments, input fields and enum values", "", "The others are open to everyone.", ""]
    return "\n".join([*lines, *_head("place"), *_others(guards)]) + "\n"


def _others(guards: Guards) -> Iterator[str]:
    fields = {f"{type_.name}.{name}" for type_ in types() for name in type_.fields}
    for place, guard in sorted(guards.by_place.items()):
        if "." in place and place not in fields:
            what = place if guard.above is None else f"{place} with more than {guard.above} items"
            yield _row(what, [guard.opens_to(frozenset({viewer})) for viewer in VIEWERS])


def _head(first: str) -> list[str]:
    return [f"| {first} | {' | '.join(VIEWERS)} |", "|---" * (len(VIEWERS) + 1) + "|"]


def _row(name: str, cells: list[bool]) -> str:
    return f"| `{name}` | {' | '.join('yes' if cell else '-' for cell in cells)} |"
