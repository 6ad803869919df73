"""Whether any ledger names an earlier number is found without reading every attribute."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    named = sa.text("name = 'earlier_number'")
    op.create_index("ix_attributes_earlier", "attributes", ["matter_id"], sqlite_where=named, postgresql_where=named)
