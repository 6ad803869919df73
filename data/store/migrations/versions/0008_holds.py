"""Holds: that flagged matters were found to fare worse, and the answer of a named person."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "holds",
        sa.Column("hold_id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_holds")),
        sa.UniqueConstraint("as_of", name=op.f("uq_holds_as_of")),
    )
    op.create_table(
        "hold_answers",
        sa.Column("hold_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["users.user_id"], name=op.f("fk_hold_answers_answered_by")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.hold_id"], name=op.f("fk_hold_answers_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold_answers")),
    )
