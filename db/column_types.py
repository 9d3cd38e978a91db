"""What columns are declared with: types that SQLAlchemy hasn't, and kinds of columns that several tables have."""

from sqlalchemy import CheckConstraint, Column, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType


class Point(UserDefinedType[tuple[float, float]]):
    """PostgreSQL's built-in point: (longitude, latitude) in degrees."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name in DDL."""
        return "point"


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid, as each row has it in xmin."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name in DDL."""
        return "xid"


# Compared and sorted by code point whatever the database's locale is, so that cursors and index ranges
# mean the same on every server.
Key = Text(collation="C")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return a check that a text column holds one of the values."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def json_list(name: str) -> Column[list[dict[str, object]]]:
    """Return a column for a list of value objects that have no identity of their own."""
    return Column(name, JSONB, nullable=False, server_default=text("'[]'"))
