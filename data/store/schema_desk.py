"""Which tables hold what people did with many rows at once, and that they took it back.

Rows are only added (a trigger refuses updates): what was taken back stays readable.
"""

import sqlalchemy as sa

from data.store.schema_base import Micros, metadata

bulk_decisions = sa.Table(
    "bulk_decisions",
    metadata,
    sa.Column("decision_id", sa.BigInteger, sa.ForeignKey("flag_decisions.id"), primary_key=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("bulk", sa.String(36), nullable=False, index=True),
)

undone_decisions = sa.Table(
    "undone_decisions",
    metadata,
    sa.Column("decision_id", sa.BigInteger, sa.ForeignKey("flag_decisions.id"), primary_key=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("at", Micros, nullable=False),
)
