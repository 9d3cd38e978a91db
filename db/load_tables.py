"""The tables of what loads keep for the next one, and nobody asks for."""

from sqlalchemy import BigInteger, Column, Date, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from db import tables
from db.column_types import Key, TransactionId

# Whole with what stands here.
metadata = tables.metadata

# What NPPES says of secondary locations and other names that can't be shown yet: those of a number that is no
# company here so far, and a secondary location that is its company's primary one over again.
parked_locations = Table(
    "parked_locations",
    metadata,
    Column("npi", Key, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("line1", Text),
    Column("line2", Text),
    Column("city", Text),
    Column("state", Key),
    Column("postal_code", Key),
    Column("plus4", Text),
    Column("country", Text, nullable=False),
    Column("phone", Text),
    Column("phone_extension", Text),
    Column("fax", Text),
    Column("as_of", Date),
)

parked_names = Table(
    "parked_names",
    metadata,
    Column("npi", Key, primary_key=True),
    Column("names", JSONB, nullable=False),
    Column("as_of", Date),
)

# Of which line of the newest full main file a company's row was made, and by which transaction
# (db/nppes/repeats.py): no foreign key, since rows are written before there are keys.
read_rows = Table(
    "read_rows",
    metadata,
    Column("npi", Key, primary_key=True),
    Column("digest", BigInteger, nullable=False),
    Column("written_by", TransactionId, nullable=False, server_default=text("(pg_current_xact_id())::xid")),
)
