"""Uploads: where the viewer sends a file, for a job to take."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import strawberry

from db.uploads import KEPT_DAYS
from graph.directives.example import Example
from graph.links import LIFETIME, link_for
from graph.resolvers import reads
from graph.types.examples import AN_UPLOAD


@reads("id")
def upload_id(root: Mapping[str, Any]) -> strawberry.ID:
    """Return an upload's id."""
    return strawberry.ID(f"upload:{root['id']}")


@reads("created_at")
def end_of_link(root: Mapping[str, Any]) -> datetime:
    """Return until when an upload's link is valid: a second of the clock."""
    end: datetime = root["created_at"].replace(microsecond=0) + timedelta(seconds=LIFETIME)
    return end


@reads("id", "key", "created_at")
def url_of_upload(root: Mapping[str, Any]) -> str:
    """Return the link that an upload's file is sent to."""
    return link_for(root["id"], root["key"], int(end_of_link(root).timestamp()))


@strawberry.type(description=f"A file of yours for jobs, once you have sent it; it is kept for {KEPT_DAYS} days.")
class Upload:
    """An upload, resolved from a row of uploads with the most bytes that are taken."""

    id: strawberry.ID = strawberry.field(
        resolver=upload_id,
        directives=[AN_UPLOAD],
        description="Its id, for the mutations that use it.",
    )
    url: str = strawberry.field(
        resolver=url_of_upload,
        directives=[Example(value="/uploads/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed?until=1793491200&key=mV2xKq")],
        description=(
            "Where to send the file with PUT, as a path on this server: a link that needs no token. Until a job "
            "uses the file, another one can replace it."
        ),
    )
    max_bytes: float = strawberry.field(
        directives=[Example(value="104857600")], description="The most bytes that may be sent."
    )
    expires_at: datetime = strawberry.field(resolver=end_of_link, description="When the link expires.")
