"""What a change says of a whole row that comes or goes: every column that somebody gave a value."""

from sqlalchemy import Table

# What counts a row's changes: the change has it in columns of its own.
COUNTERS = ("version", "updated_at")
# As of which file a row is known: the directory's own bookkeeping.
STAMPS = ("record_as_of", "status_as_of", "names_as_of", "locations_as_of")


def untold(table: Table) -> tuple[str, ...]:
    """The columns that changes of a table's rows don't tell: keys, counters, stamps, and what others make up."""
    made_up = {column.name for column in table.c if column.computed is not None}
    hidden = {"npi", "id", *COUNTERS, *STAMPS, *made_up}
    return tuple(column.name for column in table.c if column.name in hidden)


def content_of(table: Table, row: str) -> str:
    """Write in SQL what a row of a table holds, in JSON by column; `row` is what the statement calls it."""
    return f"(to_jsonb({row}) - '{{{','.join(untold(table))}}}'::text[])"
