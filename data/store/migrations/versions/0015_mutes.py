"""Findings muted by a named person until a day, and mutes lifted before it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "finding_mutes",
        sa.Column("mute_id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f("fk_finding_mutes_by")),
        sa.PrimaryKeyConstraint("mute_id", name=op.f("pk_finding_mutes")),
        sa.UniqueConstraint("by", "once", name=op.f("uq_finding_mutes_by_once")),
    )
    op.create_table(
        "finding_mute_ends",
        sa.Column("mute_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f("fk_finding_mute_ends_by")),
        sa.ForeignKeyConstraint(["mute_id"], ["finding_mutes.mute_id"], name=op.f("fk_finding_mute_ends_mute_id")),
        sa.PrimaryKeyConstraint("mute_id", name=op.f("pk_finding_mute_ends")),
    )
