"""The tables of what belongs to those who ask, beside the directory's in tables.py."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from db import load_tables
from db.column_types import Key

# Whole with what stands here.
metadata = load_tables.metadata

# The answers to mutations that came with a key, so that one which is sent again is not done again.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("issuer", Key, primary_key=True),
    Column("subject", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    # The mutation's place among those of its document.
    Column("place", Integer, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    # As it was written: what is asked for comes in the order in which it was asked for.
    Column("answer", JSON),
    Column("cursor", BigInteger),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

Index("idempotency_keys_created_at", idempotency_keys.c.created_at)

# What partners watch: companies by their numbers, or by a filter (db/watch_filters.py).
watch_lists = Table(
    "watch_lists",
    metadata,
    Column("id", UUID, primary_key=True),
    # Whose it is: the token's `iss`, empty where it has none, and its `sub`.
    Column("issuer", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("name", Key, nullable=False),
    # None of a list of numbers.
    Column("filter", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
)

Index("watch_lists_owner", watch_lists.c.issuer, watch_lists.c.subject, watch_lists.c.name, unique=True)

# The directory needn't have a number: who watches it learns when it does.
watch_list_members = Table(
    "watch_list_members",
    metadata,
    Column("list_id", UUID, ForeignKey("watch_lists.id", ondelete="CASCADE"), primary_key=True),
    Column("npi", Key, primary_key=True),
)

# What is done for somebody in the background, and the file that comes of it (db/jobs.py).
jobs = Table(
    "jobs",
    metadata,
    Column("id", UUID, primary_key=True),
    # Whose it is, as of watch lists, and what that one might do when it was asked for.
    Column("issuer", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("companies", ARRAY(Text), nullable=False),
    # The `jti` of the token that it was started with; None where that has none.
    Column("jti", Key),
    Column("kind", Key, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Key, nullable=False, server_default=text("'QUEUED'")),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger),
    Column("error_code", Text),
    Column("error_message", Text),
    # Which process works at it, until when others leave it to that, and how often one has begun.
    Column("holder", Text),
    Column("held_until", DateTime(timezone=True), nullable=False, server_default=text("'-infinity'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    # Its file's name, and what links to that are signed with.
    Column("file", Text),
    Column("key", LargeBinary, nullable=False),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("sha256", Text),
    # The change that the file is as of.
    Column("cursor", BigInteger),
    # Rows that couldn't be done, of a job that writes rows.
    Column("failed", BigInteger),
    # The span of the request that asked for it, as of changes.
    Column("trace", Text),
)

Index("jobs_owner", jobs.c.issuer, jobs.c.subject, jobs.c.created_at, jobs.c.id)
Index("jobs_unfinished", jobs.c.created_at, postgresql_where=jobs.c.finished_at.is_(None))
Index("jobs_finished_at", jobs.c.finished_at)

# What somebody sends for jobs to take (db/uploads.py).
uploads = Table(
    "uploads",
    metadata,
    Column("id", UUID, primary_key=True),
    # Whose it is, as of watch lists.
    Column("issuer", Key, nullable=False),
    Column("subject", Key, nullable=False),
    # What its link is signed with.
    Column("key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    # When a job took it last; from the first time on nobody replaces its file.
    Column("taken_at", DateTime(timezone=True)),
    # The file that was sent, as it was sent: its name, size and digest; None while there is none.
    Column("file", Text),
    Column("bytes", BigInteger),
    Column("sha256", Text),
)

Index("uploads_owner", uploads.c.issuer, uploads.c.subject, uploads.c.created_at, uploads.c.id)

# What a job that writes has done so far, and its piece of the file for each part (db/job_parts.py).
job_parts = Table(
    "job_parts",
    metadata,
    Column("job_id", UUID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    # The token's `iss`, empty where it has none, and its `jti`.
    Column("issuer", Key, primary_key=True),
    Column("jti", Key, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)
