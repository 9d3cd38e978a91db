"""Texts that people type into a search box, as clients send them."""

from db.search import Search, search
from graph.errors import BadUserInputError
from graph.types.scalars import plain_text

# A longer text would cost more to plan than to run.
MAX_WORDS = 32


def search_in(text: str | None, field: str = "search") -> Search:
    """Return what somebody types into a search box; raises BadUserInputError for too many words."""
    found = search(plain_text(text or "", field))
    if found.words > MAX_WORDS:
        raise BadUserInputError(
            f"{field} takes at most {MAX_WORDS} different words, not {found.words}.", field=field
        )
    if found.longest_phrase > MAX_WORDS:
        raise BadUserInputError(
            f"{field} takes at most {MAX_WORDS} words in one pair of quotes, not {found.longest_phrase}.",
            field=field,
        )
    return found
