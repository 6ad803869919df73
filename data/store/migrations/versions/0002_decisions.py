"""What people decided on entries of a list, and what they put forward by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables and the triggers by which a row, once written, is never changed (erasure may remove it)."""
    op.create_table(
        "flag_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.CheckConstraint("decision IN ('accept', 'change', 'reject')", name=op.f("one_of_three")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.user_id"], name=op.f("fk_flag_decisions_decided_by")),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name=op.f("fk_flag_decisions_screening_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_decisions")),
        sa.UniqueConstraint("decided_by", "once", name=op.f("uq_flag_decisions_decided_by_once")),
    )
    op.create_index("ix_flag_decisions_matter_id", "flag_decisions", ["matter_id"], unique=False)
    op.create_index("ix_flag_decisions_screening_id", "flag_decisions", ["screening_id"], unique=False)
    op.create_table(
        "put_forward",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("cutoff", sa.BigInteger(), nullable=False),
        sa.Column("put_by", sa.String(length=60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["put_by"], ["users.user_id"], name=op.f("fk_put_forward_put_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_put_forward")),
        sa.UniqueConstraint("put_by", "once", name=op.f("uq_put_forward_put_by_once")),
    )
    op.create_index("ix_put_forward_matter_id", "put_forward", ["matter_id"], unique=False)
    op.create_index("ix_put_forward_office_id", "put_forward", ["office_id"], unique=False)

    tables = ("flag_decisions", "put_forward")
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION decision_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'decisions are never changed'; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
        )
