"""The matters each screening looked at: which it listed, and which were helped afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and fill in what earlier lists still say: who was listed."""
    snapshots = op.create_table(
        "snapshots",
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("helped_after", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["screening_id"], ["screenings.screening_id"], name=op.f("fk_snapshots_screening_id")),
        sa.PrimaryKeyConstraint("matter_id", "screening_id", name=op.f("pk_snapshots")),
        sqlite_with_rowid=False,
    )
    entries = sa.table("entries", sa.column("matter_id"), sa.column("screening_id"), sa.column("part"))
    listed = sa.select(entries.c.matter_id, entries.c.screening_id, sa.true()).where(
        entries.c.part.in_(["model", "points"])
    )
    op.execute(snapshots.insert().from_select(["matter_id", "screening_id", "listed"], listed.distinct()))
