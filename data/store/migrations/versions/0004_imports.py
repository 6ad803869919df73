"""Mappings remembered by office and version, and the data-quality report kept with each import."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "mappings",
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("declares", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name=op.f("two_people")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.office_id"], name=op.f("fk_mappings_office_id")),
        sa.PrimaryKeyConstraint("office_id", "version", name=op.f("pk_mappings")),
    )
    op.create_table(
        "import_reports",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mapping_office", sa.String(length=40), nullable=True),
        sa.Column("mapping_version", sa.BigInteger(), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_import_reports_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_reports")),
    )
