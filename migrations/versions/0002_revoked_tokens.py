"""Tokens that are no longer taken though they haven't expired."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE revoked_tokens (
          issuer TEXT COLLATE "C" NOT NULL,
          jti TEXT COLLATE "C" NOT NULL,
          expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
          revoked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
          CONSTRAINT revoked_tokens_pkey PRIMARY KEY (issuer, jti)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE revoked_tokens")
