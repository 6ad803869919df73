"""Decisions taken on many rows at once, and those taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; their rows are only added."""
    op.create_table(
        "bulk_decisions",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("bulk", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["flag_decisions.id"], name=op.f("fk_bulk_decisions_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_bulk_decisions")),
    )
    op.create_index("ix_bulk_decisions_matter_id", "bulk_decisions", ["matter_id"], unique=False)
    op.create_index("ix_bulk_decisions_bulk", "bulk_decisions", ["bulk"], unique=False)
    op.create_table(
        "undone_decisions",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f("fk_undone_decisions_by")),
        sa.ForeignKeyConstraint(["decision_id"], ["flag_decisions.id"], name=op.f("fk_undone_decisions_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_undone_decisions")),
    )
    op.create_index("ix_undone_decisions_matter_id", "undone_decisions", ["matter_id"], unique=False)
    for table in ("bulk_decisions", "undone_decisions"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
            )
