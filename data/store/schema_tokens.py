"""Which tables hold the tokens of machines, how much each asked for in a day, and what it was answered."""

import sqlalchemy as sa

from data.store.schema_base import Json, Micros, metadata

machine_tokens = sa.Table(
    "machine_tokens",
    metadata,
    sa.Column("token_id", sa.String(12), primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("office_id", sa.String(40), sa.ForeignKey("offices.office_id"), nullable=False),
    sa.Column("rights", Json, nullable=False),
    sa.Column("created_at", Micros, nullable=False),
    sa.Column("created_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("expires_at", Micros, nullable=False),
    sa.Column("revoked_at", Micros),
    sa.Column("revoked_by", sa.String(60), sa.ForeignKey("users.user_id")),
    sa.Column("last_used_at", Micros),
)

caller_volume = sa.Table(
    "caller_volume",
    metadata,
    sa.Column("caller", sa.String(80), primary_key=True),
    sa.Column("local_day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)

told_answers = sa.Table(
    "told_answers",
    metadata,
    sa.Column("caller", sa.String(80), primary_key=True),
    sa.Column("once", sa.String(36), primary_key=True),
    sa.Column("sent_sha256", sa.String(64), nullable=False),
    sa.Column("answer", Json, nullable=False),
    sa.Column("at", Micros, nullable=False),
)
