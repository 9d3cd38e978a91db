"""A line in the log whenever somebody asks for what one role alone may see: who, and whether it was given."""

import logging
from collections.abc import Iterable

from graph.identity.viewer import Viewer
from graph.telemetry.pseudonyms import pseudonyms

log = logging.getLogger("ariesone.audit")


def record_guarded(viewer: Viewer, places: Iterable[str], *, is_given: bool, **others: str | None) -> None:
    """Log that somebody asks for guarded places of the schema; `others` are further fields of ECS."""
    told = {
        "user.hash": None if viewer.subject is None else pseudonyms.of(viewer.subject, viewer.issuer),
        "user.roles": None if viewer.subject is None else sorted(viewer.roles),
        "event.outcome": "success" if is_given else "failure",
        "labels.guarded": sorted(places),
        **others,
    }
    log.info("guarded data was asked for", extra=told)
