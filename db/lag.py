"""How far the log of changes is ahead of a place in it: parts of statements, each of a column with a cursor."""


def seconds_after(place: str) -> str:
    """Write for how many seconds the first change after a place waits; 0 where there is none."""
    return f"""coalesce((
        SELECT greatest(extract(epoch FROM clock_timestamp() - changes.occurred_at), 0)::double precision
        FROM changes WHERE changes.id > {place} ORDER BY changes.id LIMIT 1
      ), 0)"""  # noqa: S608 - ours


def number_after(place: str) -> str:
    """Write how many changes come after a place, at most the value `most`."""
    return f"""(
        SELECT count(*) FROM (
          SELECT FROM changes WHERE changes.id > {place} ORDER BY changes.id LIMIT CAST(:most AS bigint)
        ) AS next
      )"""  # noqa: S608 - ours
