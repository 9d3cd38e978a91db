"""Who asks: the roles there are, and what a verified token says of its bearer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import strawberry
from strawberry import enum_value


@strawberry.enum(description="What a token makes its bearer. Roles add up; none includes another by itself.")
class Role(Enum):
    """A role, by the name that tokens carry."""

    VIEWER = enum_value("VIEWER", description="Reads the directory with its contact details.")
    PARTNER = enum_value(
        "PARTNER",
        description=(
            "Reads in bulk: lists of more than 100 keys, all that changes. Keeps watch lists and webhooks."
        ),
    )
    EDITOR = enum_value("EDITOR", description="Changes the companies that its token names, and their places.")
    ADMIN = enum_value("ADMIN", description="Everything.")


ROLES = frozenset(Role.__members__)

# How many times as much of something: 2, 0.5.
FACTOR = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")

# Among the companies of a token: all there are.
EVERY = "*"


def names_of_roles(pairs: str) -> Mapping[str, str]:
    """Return the role of each name, in lower case, in NAME=ROLE pairs with commas between; raises ValueError."""
    found = {}
    for pair in filter(None, map(str.strip, pairs.split(","))):
        name, _, role = pair.rpartition("=")
        if not name.strip() or role.strip().upper() not in ROLES:
            raise ValueError(f"{pair} is not NAME=ROLE, with one of {', '.join(sorted(ROLES))}")
        found[name.strip().lower()] = role.strip().upper()
    return found


def factors_of_roles(pairs: str) -> Mapping[str, float]:
    """Return the factor of each role, in ROLE=NUMBER pairs with commas between; raises ValueError."""
    found: dict[str, float] = {}
    for pair in filter(None, map(str.strip, pairs.split(","))):
        name, _, number = (part.strip() for part in pair.partition("="))
        if name.upper() not in ROLES or not FACTOR.fullmatch(number) or float(number) == 0:
            raise ValueError(f"{pair} is not ROLE=NUMBER, with one of {', '.join(sorted(ROLES))} and more than 0")
        if name.upper() in found:
            raise ValueError(f"{name} stands there twice")
        found[name.upper()] = float(number)
    return found


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a subject, its roles, the NPIs of the companies that it may write, and who says so."""

    subject: str | None = None
    roles: frozenset[str] = frozenset()
    # The NPIs of its companies; EVERY among them stands for all.
    companies: frozenset[str] = frozenset()
    # When the token ends, in seconds since 1970: a connection that lives longer has to ask again.
    expires: float | None = None
    # Subjects are told apart by their issuer; empty where a token names none.
    issuer: str = ""
    # The token's `jti`, which it can be revoked by; None where it has none.
    jti: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """Return whether there was no token."""
        return self.subject is None

    @property
    def writable(self) -> frozenset[str] | None:
        """The NPIs of the companies that it may change; None for all."""
        return None if "ADMIN" in self.roles or EVERY in self.companies else self.companies


ANONYMOUS = Viewer()
