"""How a setting is declared: its default, its sentence, and what the documentation says of its values."""

from typing import Any

from pydantic import Field, JsonValue

# A day: PostgreSQL counts milliseconds in 31 bits, and nothing here is meant to take longer.
LONGEST = 86_400


def setting(
    default: object,
    description: str,
    *,
    unit: str = "",
    example: str = "",
    also: str = "",
    **bounds: Any,  # noqa: ANN401 - what pydantic's Field takes
) -> Any:  # noqa: ANN401 - as pydantic's Field, of whatever type the field has
    """Return a field: `unit` is what a number counts, `example` a value, `also` another program's name for it."""
    facts: dict[str, JsonValue] = {"unit": unit, "example": example, "also": also}
    return Field(default, description=description, json_schema_extra=facts, **bounds)


def seconds(default: float, description: str, **bounds: float) -> Any:  # noqa: ANN401 - as above
    """Return a field for a time, above 0 unless `bounds` say otherwise."""
    lowest: dict[str, Any] = bounds or {"gt": 0}
    return setting(default, description, unit="seconds", le=LONGEST, allow_inf_nan=False, **lowest)
