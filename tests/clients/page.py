"""The pages about clients as the files and commands that stand in them, each under its name."""

from tests.fences import Fence, named

PAGES = (
    "apollo.md",
    "clients.md",
    "codegen.md",
    "curl.md",
    "javascript.md",
    "python.md",
    "relay.md",
    "urql-cache.md",
    "urql.md",
)
NAMED = named(PAGES)


def block(name: str) -> Fence:
    """Return the block with a name."""
    return NAMED[name]
