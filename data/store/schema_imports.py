"""What is kept about imports beside the rows: remembered mappings by office and version, and each batch's report."""

import sqlalchemy as sa

from data.store.schema_base import Json, Micros, metadata

mappings = sa.Table(
    "mappings",
    metadata,
    sa.Column("office_id", sa.String(40), sa.ForeignKey("offices.office_id"), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("toml", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("columns", Json, nullable=False),
    sa.Column("declares", Json, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", Micros, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_at", Micros),
    sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_people"),
)

import_reports = sa.Table(
    "import_reports",
    metadata,
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True, autoincrement=False),
    sa.Column("mapping_office", sa.String(40)),
    sa.Column("mapping_version", sa.BigInteger),
    sa.Column("report", Json, nullable=False),
)
