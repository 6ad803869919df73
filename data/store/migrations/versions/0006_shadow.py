"""Impact assessments, where a model from elsewhere came from, and the lists it would have made in the shadow."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "imported_models",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("package_sha256", sa.String(length=64), nullable=False),
        sa.Column("origin_version", sa.BigInteger(), nullable=False),
        sa.Column("origin_approvals", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("shadow_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["model_versions.version"], name=op.f("fk_imported_models_version")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_imported_models")),
        sa.UniqueConstraint("package_sha256", name=op.f("uq_imported_models_package_sha256")),
    )
    op.create_table(
        "shadow_entries",
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("margin_nano", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name=op.f("fk_shadow_entries_screening_id")
        ),
        sa.ForeignKeyConstraint(["version"], ["model_versions.version"], name=op.f("fk_shadow_entries_version")),
        sa.PrimaryKeyConstraint("screening_id", "version", "matter_id", name=op.f("pk_shadow_entries")),
    )
    op.create_index("ix_shadow_entries_matter_id", "shadow_entries", ["matter_id"], unique=False)
    op.create_table(
        "impact_assessments",
        sa.Column("assessment_id", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("sources", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_impact_assessments")),
    )
