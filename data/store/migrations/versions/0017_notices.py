"""Which notices a person has read."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notices_read",
        sa.Column("user_id", sa.String(length=60), nullable=False),
        sa.Column("notice", sa.String(length=120), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_notices_read_user_id")),
        sa.PrimaryKeyConstraint("user_id", "notice", name=op.f("pk_notices_read")),
    )
    op.create_index("ix_notices_read_matter_id", "notices_read", ["matter_id"], unique=False)
