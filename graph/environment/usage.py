"""Settings of what is recorded of who uses which part of the schema."""

from typing import Literal

from pydantic import BaseModel

from graph.environment.declaration import setting


class Usage(BaseModel):
    """Records of which client uses which field, argument, input field and enum value; see deprecations.md."""

    usage_fields: Literal["deprecated", "all"] = setting(
        "deprecated", "What is counted: the use of what is deprecated, or of the whole schema."
    )
    usage_kept_days: int = setting(
        400, "Days for which these counts are kept, one per day and client.", unit="days", ge=31, le=3650
    )
