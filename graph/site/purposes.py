"""What brings people here, by who they are, and where each finds it: the doors on the front page."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is, and what it is called."""

    address: str
    title: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """What one kind of reader came for, with links of which the first leads straight there."""

    who: str
    title: str
    about: str
    links: tuple[Link, ...]


FRONT_ENDS: Final = Purpose(
    "Front ends",
    "Build a page that lists and edits",
    "A list with a filter and pages, an edit whose errors show, a token: one small app with urql.",
    (
        Link("/docs/urql", "A front end with urql"),
        Link("/docs/clients", "Apollo, Relay and others"),
        Link("/docs/errors", "Errors, and when to try again"),
    ),
)
DEVELOPERS: Final = Purpose(
    "Developers",
    "Try it in the browser",
    "Examples that run, the schema beside them, and what each query costs.",
    (
        Link("/graphql", "GraphiQL"),
        Link("/docs/graphiql", "What GraphiQL can do here"),
        Link("/docs/reference", "All types and operations"),
    ),
)
# Where the server shows no GraphiQL.
READERS: Final = Purpose(
    "Developers",
    "See what can be asked",
    "This server doesn't show GraphiQL; one that you start yourself does, with a directory to play with.",
    (
        Link("/docs/reference", "All types and operations"),
        Link("/docs/graphiql", "GraphiQL on your own machine"),
    ),
)
PARTNERS: Final = Purpose(
    "Partners",
    "Keep a list verified",
    "Have 5,000 NPIs verified, and get a line for each change of one of them: one small program.",
    (
        Link("/docs/keeping-verified", "Verify a list and keep it so"),
        Link("/docs/webhooks", "Have changes sent to you"),
        Link("/docs/copying", "Keep a copy of the directory"),
    ),
)
OPERATORS: Final = Purpose(
    "Operators",
    "Run it well",
    "What to look at when searches are slow, and what to do about it.",
    (
        Link("/docs/runbooks#searches-are-slow", "When searches are slow"),
        Link("/docs/runbooks", "Whatever else is wrong"),
        Link("/docs/installing", "Install it"),
    ),
)


def purposes(*, has_ide: bool) -> tuple[Purpose, ...]:
    """Return the four in the order in which they stand on the page."""
    return FRONT_ENDS, DEVELOPERS if has_ide else READERS, PARTNERS, OPERATORS
