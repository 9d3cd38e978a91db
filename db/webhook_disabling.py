"""How webhooks are disabled: by their owners, by who runs the server, or by who sends to them."""

from sqlalchemy import text

from db.statement import Statement, compiled


def disabling(which: str) -> Statement:
    """Return the statement that disables webhooks, with the value `reason`, where a condition holds; their ids.

    Whoever sends there learns of it before he notes anything. What waits is tried anew once they are enabled.
    """
    return compiled(
        text(f"""
        UPDATE webhooks SET is_enabled = false, disabled_reason = CAST(:reason AS text), disabled_at = now(),
          next_attempt_at = NULL, holder = NULL, held_until = '-infinity', version = version + 1,
          updated_at = now()
        WHERE is_enabled AND ({which})
        RETURNING id
        """)  # noqa: S608 - ours
    )
