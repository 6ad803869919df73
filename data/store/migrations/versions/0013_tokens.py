"""Tokens of machines, how much each caller asked for in a day, and what a caller was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "machine_tokens",
        sa.Column("token_id", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("rights", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=60), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.user_id"], name=op.f("fk_machine_tokens_created_by")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.office_id"], name=op.f("fk_machine_tokens_office_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["users.user_id"], name=op.f("fk_machine_tokens_revoked_by")),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_machine_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_machine_tokens_token_hash")),
    )
    op.create_table(
        "caller_volume",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "local_day", name=op.f("pk_caller_volume")),
    )
    op.create_table(
        "told_answers",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.Column("sent_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "once", name=op.f("pk_told_answers")),
    )
