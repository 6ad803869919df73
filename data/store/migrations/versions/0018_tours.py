"""How far each person is on the tour of a demonstration."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "tours",
        sa.Column("user_id", sa.String(length=60), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_tours_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_tours")),
    )
