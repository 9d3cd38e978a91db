"""What a client can mend itself, told in a mutation's payload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import strawberry
from strawberry import enum_value

from graph.directives.example import Example


@strawberry.enum(description="Why a mutation did nothing.")
class UserErrorCode(Enum):
    """The reasons that a client may branch on."""

    BLANK = enum_value("BLANK", description="A value is required here.")
    TOO_LONG = enum_value("TOO_LONG", description="The text is too long.")
    INVALID = enum_value("INVALID", description="The value isn't valid.")
    NOT_FOUND = enum_value(
        "NOT_FOUND",
        description="There is nothing with this id that you may change; perhaps it exists.",
    )
    TAKEN = enum_value("TAKEN", description="There is already one with this number or name.")
    DUPLICATE = enum_value("DUPLICATE", description="The company already has this location or license.")
    TOO_MANY = enum_value("TOO_MANY", description="There are more of them than are allowed.")
    OWNED_BY_REGISTRY = enum_value(
        "OWNED_BY_REGISTRY", description="The value belongs to NPPES, and the next file would overwrite it."
    )
    REPEATED = enum_value("REPEATED", description="An earlier row of the list is about the same thing.")
    CONFLICT = enum_value("CONFLICT", description="It has changed since the version that `ifVersion` names.")
    EXPIRED = enum_value("EXPIRED", description="Some of the changes after this cursor are no longer kept.")
    FORBIDDEN = enum_value("FORBIDDEN", description="Your roles don't allow it.")
    TOO_COSTLY = enum_value("TOO_COSTLY", description="It costs more than is allowed.")
    UNAVAILABLE = enum_value("UNAVAILABLE", description="This server isn't configured for it.")
    NOT_DONE = enum_value(
        "NOT_DONE",
        description="Not done because another row, or another field of the same @atomic mutation, failed.",
    )


@strawberry.type(description="What was wrong with one value of a mutation's input.")
class UserError:
    """A row of Problems."""

    code: UserErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(
        directives=[Example(value="The value isn't valid.")], description="The reason, for people."
    )
    field: list[str] | None = strawberry.field(
        directives=[Example(value="input")], description="The path of the value in the mutation's arguments."
    )
    current_version: int | None = strawberry.field(description="For CONFLICT: its current version.")
    differing: list[str] | None = strawberry.field(
        directives=[Example(value="website")],
        description="For CONFLICT: the fields whose current values differ from the new ones.",
    )


def user_error(
    code: UserErrorCode,
    message: str,
    *way: str,
    current_version: int | None = None,
    differing: list[str] | None = None,
) -> Mapping[str, object]:
    """What is wrong with a value, by the way to it, as a parent of UserError."""
    told = {"code": code.value, "message": message, "field": list(way) or None}
    return {**told, "current_version": current_version, "differing": differing}


@dataclass(slots=True)
class Problems:
    """All that is wrong with one input, told at once; `root` is the way to it from the mutation's arguments."""

    root: tuple[str, ...] = ()
    found: list[Mapping[str, object]] = field(default_factory=list)

    def add(
        self,
        code: UserErrorCode,
        message: str,
        *way: str,
        current_version: int | None = None,
        differing: list[str] | None = None,
    ) -> None:
        """Tell of a value, by the way to it within the input."""
        self.found.append(
            user_error(code, message, *self.root, *way, current_version=current_version, differing=differing)
        )
