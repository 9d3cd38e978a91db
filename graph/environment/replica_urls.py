"""DATABASE_REPLICA_URLS as people have it: several URLs of PostgreSQL, each read as DATABASE_URL is."""

import re

from db.address import read_address, with_password
from db.urls import UrlError, has_password

# A comma within one separates hosts, so only one before another URL ends it.
_BETWEEN = re.compile(r"[\s,]+(?=postgres(?:ql)?(?:\+asyncpg)?://)", re.IGNORECASE)


def read_replica_urls(text: str, password: str | None = None) -> list[str]:
    """Return each URL, with the password where it has none of its own.

    Raises UrlError, which names nothing of a password, for what is no such URL, and for a replica named twice.
    """
    urls = [each for each in _BETWEEN.split(text.strip(" \t\r\n,")) if each]
    if any(len(each.split()) > 1 for each in urls):
        raise UrlError("each of several must start with postgresql://")
    places = [read_address(each).place for each in urls]
    if twice := next((each for each in places if places.count(each) > 1), None):
        raise UrlError(f"it names {twice} twice")
    return [each if password is None or has_password(each) else with_password(each, password) for each in urls]
