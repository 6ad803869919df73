"""The entries of a list, the work on them and what was removed of them are found by office."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_entries_screening_id_office_id", "entries", ["screening_id", "office_id"])
    for table in ("plans", "measures", "results", "entry_tombstones"):
        op.create_index(op.f(f"ix_{table}_office_id"), table, ["office_id"])
