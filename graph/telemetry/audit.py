"""A line in the log whenever somebody asks for what one role alone may see: who, and whether it was given."""

import logging
from collections.abc import Iterable

log = logging.getLogger("ariesone.audit")


def record_guarded(subject: str | None, places: Iterable[str], *, is_given: bool, **others: str | None) -> None:
    """Log that somebody asks for guarded places of the schema; `others` are further fields of ECS."""
    told = {
        "user.id": subject,
        "event.outcome": "success" if is_given else "failure",
        "labels.guarded": sorted(places),
        **others,
    }
    log.info("guarded data was asked for", extra=told)
