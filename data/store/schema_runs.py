"""Which tables hold the runs of the monthly job."""

import sqlalchemy as sa

from data.store.schema_base import Json, Micros, metadata

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(36), primary_key=True),
    sa.Column("job", sa.String(20), nullable=False),
    sa.Column("cutoff", Micros, nullable=False),
    sa.Column("scope", sa.String(40), nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("begun_at", Micros, nullable=False, index=True),
    sa.Column("ended_at", Micros),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("stage", Json),
    sa.Column("outcome", Json),
)
