"""How a part of the server is: its health, what there is to know, and where to read on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Health(StrEnum):
    """The words of /health, of a part and of the whole."""

    HEALTHY = "healthy"
    # Requests are served, and somebody should look.
    DEGRADED = "degraded"
    # Requests can't be served.
    UNHEALTHY = "unhealthy"
    # Nobody could look; only of a part.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """The health of a part, what there is to know, and the check of `ariesone doctor` that says what to do.

    `help` is only given if it isn't the one that always stands for this part.
    """

    health: Health
    detail: str | None = None
    help: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look."""
        return self.health is Health.HEALTHY


def healthy(detail: str | None = None) -> Condition:
    """Return that all is well."""
    return Condition(Health.HEALTHY, detail)


# Of a part that there is none of.
NOT_CONFIGURED: Final = healthy("not configured")


def degraded(detail: str, help_: str | None = None) -> Condition:
    """Return that somebody should look, though requests are served."""
    return Condition(Health.DEGRADED, detail, help_)


def unhealthy(detail: str, help_: str | None = None) -> Condition:
    """Return that requests can't be served."""
    return Condition(Health.UNHEALTHY, detail, help_)


def unknown(why: str) -> Condition:
    """Return that nobody could look."""
    return Condition(Health.UNKNOWN, why)
