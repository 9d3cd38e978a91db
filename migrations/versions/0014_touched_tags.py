"""Tags that were touched by what is no change that anybody follows, each with its place among the changes."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE touched_tags (
      tag TEXT COLLATE "C" NOT NULL,
      cursor BIGINT DEFAULT nextval('changes_id_seq') NOT NULL,
      touched_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
      CONSTRAINT touched_tags_pkey PRIMARY KEY (tag)
    )
    """,
    # Numbers are given under the lock under which changes get theirs.
    """
    CREATE TRIGGER touched_tags_in_commit_order BEFORE INSERT ON touched_tags
      FOR EACH STATEMENT EXECUTE FUNCTION take_turn_for_changes()
    """,
)

DOWN = ("DROP TABLE touched_tags",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
