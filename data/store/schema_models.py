"""What is kept about models beside them: snapshots, assessments, origins, lists in the shadow, holds and mutes."""

import sqlalchemy as sa

from data.store.schema_base import Counting, Json, Micros, metadata

imported_models = sa.Table(
    "imported_models",
    metadata,
    sa.Column("version", sa.BigInteger, sa.ForeignKey("model_versions.version"), primary_key=True, autoincrement=False),
    sa.Column("package_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("origin_version", sa.BigInteger, nullable=False),
    sa.Column("origin_approvals", Json, nullable=False),
    sa.Column("imported_at", Micros, nullable=False),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("shadow_until", Micros, nullable=False),
)

shadow_entries = sa.Table(
    "shadow_entries",
    metadata,
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), primary_key=True),
    sa.Column("version", sa.BigInteger, sa.ForeignKey("model_versions.version"), primary_key=True, autoincrement=False),
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("rank", sa.BigInteger, nullable=False),
    sa.Column("margin_nano", sa.BigInteger, nullable=False),
    sa.Index("ix_shadow_entries_matter_id", "matter_id"),
)

#: Every matter a screening looked at; kept as long as the matter is, for it holds neither score nor band.
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), primary_key=True),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("helped_after", sa.Boolean),
    sqlite_with_rowid=False,
)

impact_assessments = sa.Table(
    "impact_assessments",
    metadata,
    sa.Column("assessment_id", sa.String(200), primary_key=True),
    sa.Column("approver", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("sources", Json, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("first_used_at", Micros, nullable=False),
)

#: That a monitor found flagged matters to fare worse: rules alone serve until somebody has answered (G24).
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("hold_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("as_of", Micros, nullable=False, unique=True),
    sa.Column("findings", Json, nullable=False),
    sa.Column("found_at", Micros, nullable=False),
)

hold_answers = sa.Table(
    "hold_answers",
    metadata,
    sa.Column("hold_id", Counting, sa.ForeignKey("holds.hold_id"), primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answered_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
)

#: That a named person muted a finding of the monitors until a day; it comes back after it, or when it grows graver.
finding_mutes = sa.Table(
    "finding_mutes",
    metadata,
    sa.Column("mute_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("once", sa.String(36), nullable=False),
    sa.UniqueConstraint("by", "once"),
)

finding_mute_ends = sa.Table(
    "finding_mute_ends",
    metadata,
    sa.Column("mute_id", Counting, sa.ForeignKey("finding_mutes.mute_id"), primary_key=True, autoincrement=False),
    sa.Column("by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
)
