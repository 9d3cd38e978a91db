"""Names folded by Unicode, initials joined: functions in place of those before, then the rows that differ.

The tables, columns and indexes stay as they are, so nothing is locked for longer than a batch of rows; see decision
0025. Each statement below stands alone, and the whole can be run again from any point.
"""

# ruff: noqa: S608 - the names in statements are this file's own

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alembic import op
from sqlalchemy import Connection, text

from db.folding import FIRST_SYLLABLE, LAST_SYLLABLE, MOST_INITIALS, entries

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of the table that the SQL function holds: another table needs another migration, which rebuilds the columns.
TABLE_SHA256 = "ec90135e67e4c26bbeabcca1ab5b54474c8ac67c6dec6bba146517a6f3c55b6f"

BATCH = 2_000
# How long to wait, in seconds, before looking again for rows or transactions that are somebody else's.
PAUSE = 0.5

FOLD = """
CREATE OR REPLACE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN octet_length(value) = length(value) THEN translate(lower(value COLLATE "C"), '''`', '')
    ELSE {schema}.fold_unicode(value)
  END
$$
"""

# In PL/pgSQL, which reads the table once for a session.
FOLD_UNICODE = r"""
CREATE OR REPLACE FUNCTION fold_unicode(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT coalesce(string_agg(
      CASE
        WHEN letter COLLATE "C" BETWEEN '{first_syllable}' AND '{last_syllable}' THEN normalize(letter, NFD)
        ELSE coalesce('{letters}'::jsonb ->> letter, letter)
      END, '' ORDER BY place
    ), '')
    FROM unnest(string_to_array(
      regexp_replace(regexp_replace(value COLLATE "C", '[{nothing}]+', '', 'g'), '[{blanks}]', ' ', 'g'), NULL
    )) WITH ORDINALITY AS letters (letter, place)
  );
END
$$
"""

# The column `words` hands over its NPI, its name and a JSON array of other names in one text. Only where there is a
# backslash does an array hold what stands for another character, such as \t for a tab.
WORDS = r"""
CREATE OR REPLACE FUNCTION words(value text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  found text := value;
BEGIN
  IF strpos(value, '\') > 0 THEN
    found := {schema}.with_plain_names(value);
  END IF;
  found := btrim(regexp_replace({schema}.fold(found), '[\x01-\x2f\x3a-\x60\x7b-\x7f]+', ' ', 'g'));
  IF found ~ '(^| )[0-9a-z] [0-9a-z]( |$)' THEN
    found := {schema}.with_initials(found);
  END IF;
  RETURN array_to_tsvector(string_to_array(found, ' '));
END
$$
"""

# A JSON array of texts ends a text in one place only: what stands before it would have to end inside a text of its.
WITH_PLAIN_NAMES = r"""
CREATE OR REPLACE FUNCTION with_plain_names(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  names text := substring(value FROM '^[12][0-9]{{9}} .* (\["{text}"(?:, "{text}")*\])$');
BEGIN
  IF names IS NULL THEN
    RETURN value;
  END IF;
  RETURN left(value, -length(names)) || (SELECT string_agg(name, ' ') FROM jsonb_array_elements_text(names::jsonb) AS name);
END
$$
"""
JSON_TEXT = r'(?:[^"\\\x01-\x1f]|\\["\\bfnrt]|\\u00(?:0[1-9a-f]|1[0-9a-f]))*'

# Runs of single letters and digits, each with what follows it in its run: m d p a adds mdpa dpa pa. After folding,
# what has one byte is one of them. A loop, since a query in here would cost ten times as much.
WITH_INITIALS = r"""
CREATE OR REPLACE FUNCTION with_initials(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  word text;
  run text := '';
  found text := value;
BEGIN
  FOREACH word IN ARRAY string_to_array(value, ' ') || ''::text LOOP
    IF octet_length(word) = 1 THEN
      run := run || word;
    ELSE
      FOR place IN 1 .. length(run) - 1 LOOP
        found := found || ' ' || substr(run, place, {most});
      END LOOP;
      run := '';
    END IF;
  END LOOP;
  RETURN found;
END
$$
"""

OLD = (
    r"""
    CREATE OR REPLACE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE
        WHEN octet_length(value) = length(value) THEN translate(lower(value COLLATE "C"), '''`', '')
        ELSE translate(
          lower(value COLLATE "C"),
          'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿ''`',
          'aaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyy'
        )
      END
    $$
    """,
    r"""
    CREATE OR REPLACE FUNCTION words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT array_to_tsvector(string_to_array(
        btrim(regexp_replace(fold(value), '[\x01-\x2f\x3a-\x60\x7b-\x7f]+', ' ', 'g')), ' '
      ))
    $$
    """,
)

# Transactions that write the rows, or lock out all others, as a first load does.
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation IN ('companies'::regclass, 'locations'::regclass)
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND granted AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Rows:
    """The rows of a table whose generated columns aren't what the functions now return."""

    table: str
    key: str
    key_type: str
    # What the generated columns are made of: written once more, it makes them anew.
    columns: tuple[str, ...]
    stale: str


STALE = (
    Rows(
        "companies", "npi", "text", ("name", "parent_name"),
        "name_folded IS DISTINCT FROM fold(name) OR parent_name_folded IS DISTINCT FROM fold(parent_name)"
        " OR words IS DISTINCT FROM words(npi || ' ' || name || ' '"
        " || jsonb_path_query_array(other_names || further_names, '$[*].name')::text)",
    ),
    Rows("locations", "id", "uuid", ("city",), "city_folded IS DISTINCT FROM fold(city)"),
)  # fmt: skip


# The states of foreign addresses are as they were registered; this finds them however they are spelt.
DROP_INDEX = "DROP INDEX CONCURRENTLY IF EXISTS locations_foreign_state"
CREATE_INDEX = """
CREATE INDEX CONCURRENTLY locations_foreign_state ON locations (fold(state)) WHERE country <> 'US'
"""


def upgrade() -> None:
    replace(functions())
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        # One that was cut off leaves an index that isn't valid.
        op.execute(DROP_INDEX)
        op.execute(CREATE_INDEX)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(DROP_INDEX)
    replace(OLD)
    op.execute("DROP FUNCTION with_initials(text), with_plain_names(text), fold_unicode(text)")


def functions() -> Iterator[str]:
    """Yield the statements that make the functions; they call each other by their schema, whatever the path is."""
    schema = op.get_bind().scalar(text("SELECT quote_ident(current_schema())"))
    letters, nothing, blanks = table()
    yield FOLD_UNICODE.format(
        letters=letters, nothing=nothing, blanks=blanks,
        first_syllable=chr(FIRST_SYLLABLE), last_syllable=chr(LAST_SYLLABLE),
    )  # fmt: skip
    yield FOLD.format(schema=schema)
    yield WITH_PLAIN_NAMES.format(text=JSON_TEXT)
    yield WITH_INITIALS.format(most=MOST_INITIALS)
    yield WORDS.format(schema=schema)


def table() -> tuple[str, str, str]:
    """Return the table as JSON, and as ranges of a regular expression what vanishes and what becomes a blank."""
    letters: dict[str, str] = {}
    ranges: dict[str, list[str]] = {"": [], " ": []}
    for first, last, folded in entries():
        if folded in ranges:
            ranges[folded].append(f"\\U{first:08x}-\\U{last:08x}")
        else:
            letters |= dict.fromkeys(map(chr, range(first, last + 1)), folded)
    return json.dumps(letters, ensure_ascii=False), "".join(ranges[""]), "".join(ranges[" "])


def replace(statements: Iterable[str]) -> None:
    """Replace the functions and let others have them, then rebuild the rows that were made by those before."""
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        # Who waits for a row, or for the end of a first load, holds up nobody.
        connection.execute(text("SET lock_timeout = 0"))
        await_writers(connection)
        for rows in STALE:
            rebuild(connection, rows)
        connection.execute(text("SET lock_timeout = '5s'"))


def await_writers(connection: Connection) -> None:
    """Wait for the transactions that may still write what the functions before return."""
    before = set(connection.scalars(text(WRITERS)))
    while before & set(connection.scalars(text(WRITERS))):
        time.sleep(PAUSE)


def rebuild(connection: Connection, rows: Rows) -> None:
    """Write stale rows anew in batches, each a transaction; rows that others are writing are left for later."""
    find = f"SELECT {rows.key} FROM {rows.table} WHERE ({rows.stale})"
    again = text(f"{find} AND {rows.key} = ANY (CAST(:keys AS {rows.key_type}[]))")
    # Nothing is waited for while rows are held, so that no load can come to a deadlock with this.
    update = text(
        f"""
        WITH free AS (
          SELECT {rows.key} FROM {rows.table} WHERE {rows.key} = ANY (CAST(:keys AS {rows.key_type}[]))
          FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE {rows.table} t SET {", ".join(f"{column} = t.{column}" for column in rows.columns)}
        FROM free WHERE t.{rows.key} = free.{rows.key} RETURNING t.{rows.key}
        """
    )
    stale = set(connection.scalars(text(find)))
    while stale:
        for keys in batched(sorted(stale)):
            stale -= set(connection.scalars(update, {"keys": keys}))
        if stale:
            time.sleep(PAUSE)
            stale = set(connection.scalars(again, {"keys": list(stale)}))


def batched(keys: list[str]) -> Iterator[list[str]]:
    """Yield the keys in batches (itertools has this from Python 3.12 on)."""
    yield from (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
