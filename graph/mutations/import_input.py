"""What is said of a file that is to be imported."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import enum_value

from graph.mutations.verb import BulkErrorPolicy


@strawberry.enum(description="The format of a file to import; it may be compressed with gzip.")
class ImportFormat(Enum):
    """The formats of files."""

    NDJSON = enum_value(
        "NDJSON", description="An object of JSON on each line, as one row of the input of the mutation for many."
    )
    CSV = enum_value(
        "CSV",
        description=(
            "A table (RFC 4180, UTF-8) with a header line of the fields' paths, such as `mailingAddress.city`. An "
            "empty cell gives nothing, `null` gives null."
        ),
    )


@strawberry.enum(description="What an import does with its rows.")
class ImportOperation(Enum):
    """Which verb does a row."""

    UPSERT = enum_value(
        "UPSERT", description="It updates what the directory has by the row's NPI or id, and enters the others."
    )
    CREATE = enum_value("CREATE", description="It enters all of them.")
    UPDATE = enum_value("UPDATE", description="It updates all of them.")


@strawberry.input(description="A file to import, and how.")
class ImportInput:
    """An upload, and how its rows are done."""

    upload: strawberry.ID = strawberry.field(description="The file, by the id of its upload.")
    format: ImportFormat = strawberry.field(default=ImportFormat.NDJSON, description="The format of the file.")
    operation: ImportOperation = strawberry.field(
        default=ImportOperation.UPSERT, description="Whether rows are entered, or update what is there."
    )
    on_error: BulkErrorPolicy = strawberry.field(
        default=BulkErrorPolicy.REJECT_ALL,
        description=("What becomes of the good rows where others are bad; for REJECT_ALL all are checked first."),
    )
    validate_only: bool = strawberry.field(
        default=False, description="Only try: the job's file shows what would become of each row; nothing is kept."
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
