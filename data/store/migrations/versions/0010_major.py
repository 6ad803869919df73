"""Reports of major matters to the office's leaders, and who received them when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("major_reports", "major_receipts")


def _acted(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f(f"fk_{table}_by")),
        sa.UniqueConstraint("by", "once", name=op.f(f"uq_{table}_by_once")),
    ]


def upgrade() -> None:
    """Create both tables; their rows are only added."""
    op.create_table(
        "major_reports",
        sa.Column("id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("handled", sa.Text(), nullable=False),
        sa.Column("overdue", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("decision", sa.String(length=30), nullable=False),
        *_acted("major_reports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_major_reports")),
    )
    op.create_index("ix_major_reports_matter_id", "major_reports", ["matter_id"], unique=False)
    op.create_index("ix_major_reports_office_id", "major_reports", ["office_id"], unique=False)
    op.create_table(
        "major_receipts",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        *_acted("major_receipts"),
        sa.ForeignKeyConstraint(["report_id"], ["major_reports.id"], name=op.f("fk_major_receipts_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_major_receipts")),
    )
    op.create_index("ix_major_receipts_matter_id", "major_receipts", ["matter_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'a report is never changed'); END"
            )
        return
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
        )
