"""What is said of a file that is to be imported."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import enum_value

from graph.mutations.verb import BulkErrorPolicy
from graph.types.examples import AN_UPLOAD


@strawberry.enum(description="The format of a file to import; it may be compressed with gzip.")
class ImportFormat(Enum):
    """The formats of files."""

    NDJSON = enum_value(
        "NDJSON", description="One JSON object on each line, like a row of the input of the mutation for many."
    )
    CSV = enum_value(
        "CSV",
        description=(
            "A table (RFC 4180, UTF-8) with a header line of the fields' paths, such as `mailingAddress.city`. An "
            "empty cell leaves the field out, `null` is null."
        ),
    )


@strawberry.enum(description="What an import does with its rows.")
class ImportOperation(Enum):
    """Which verb does a row."""

    UPSERT = enum_value(
        "UPSERT", description="It updates rows whose NPI or id is in the directory, and creates the others."
    )
    CREATE = enum_value("CREATE", description="It creates all of them.")
    UPDATE = enum_value("UPDATE", description="It updates all of them.")


@strawberry.input(description="A file to import, and how.")
class ImportInput:
    """An upload, and how its rows are done."""

    upload: strawberry.ID = strawberry.field(
        directives=[AN_UPLOAD],
        description="The file, by the id of its upload.",
    )
    format: ImportFormat = strawberry.field(default=ImportFormat.NDJSON, description="The format of the file.")
    operation: ImportOperation = strawberry.field(
        default=ImportOperation.UPSERT, description="Whether rows create something, or update what is there."
    )
    on_error: BulkErrorPolicy = strawberry.field(
        default=BulkErrorPolicy.REJECT_ALL,
        description="What to do with the good rows if others are bad; for REJECT_ALL all are checked first.",
    )
    validate_only: bool = strawberry.field(
        default=False,
        description="Only check: the job's file shows the outcome that each row would have; nothing is changed.",
    )

    def as_arguments(self, file: str | None) -> Mapping[str, object]:
        """The arguments of the job for a file with a name."""
        return {
            "upload": file,
            "format": self.format.value,
            "operation": self.operation.value,
            "keeps_good": self.on_error is BulkErrorPolicy.REJECT_FAILED,
            "is_trial": self.validate_only,
        }


Input = Annotated[ImportInput, strawberry.argument(description="Which file, and how.")]
