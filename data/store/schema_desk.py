"""Which tables hold what people did with many rows at once and took back, and the filters they keep for themselves.

Decisions are only added (a trigger refuses updates): what was taken back stays readable.
"""

import sqlalchemy as sa

from data.store.schema_base import Counting, Json, Micros, metadata

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

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("view_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("user_id", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("page", sa.String(10), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", Json, nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.UniqueConstraint("user_id", "page", "name"),
)

notices_read = sa.Table(
    "notices_read",
    metadata,
    sa.Column("user_id", sa.String(60), sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("notice", sa.String(120), primary_key=True),
    sa.Column("matter_id", sa.String(36), index=True),
    sa.Column("at", Micros, nullable=False),
)

tours = sa.Table(
    "tours",
    metadata,
    sa.Column("user_id", sa.String(60), sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("at", Micros, nullable=False),
)
