"""Which tables the store has; every time is BIGINT microseconds UTC, every id opaque text unless it counts.

The register is append-only: a correction or an import that no longer holds a row *adds* a closing, an undo
adds a batch that names the batch it takes back.  What a batch saw is therefore always readable again.
"""

import sqlalchemy as sa

from data.store.schema_base import Counting, Json, Micros, metadata
from data.store.schema_cases import (
    dispute_answers,
    disputes,
    entry_tombstones,
    erased,
    explanation_papers,
    explanation_requests,
    explanations_given,
    link_closings,
    link_decisions,
    links,
)
from data.store.schema_desk import bulk_decisions, notices_read, saved_views, tours, undone_decisions
from data.store.schema_imports import import_reports, mappings
from data.store.schema_models import (
    finding_mute_ends,
    finding_mutes,
    hold_answers,
    holds,
    impact_assessments,
    imported_models,
    shadow_entries,
    snapshots,
)
from data.store.schema_runs import runs
from data.store.schema_tokens import caller_volume, machine_tokens, told_answers

__all__ = [
    "bulk_decisions",
    "caller_volume",
    "dispute_answers",
    "disputes",
    "entry_tombstones",
    "erased",
    "explanation_papers",
    "explanation_requests",
    "explanations_given",
    "finding_mute_ends",
    "finding_mutes",
    "hold_answers",
    "holds",
    "impact_assessments",
    "import_reports",
    "imported_models",
    "link_closings",
    "link_decisions",
    "links",
    "machine_tokens",
    "mappings",
    "metadata",
    "notices_read",
    "runs",
    "saved_views",
    "shadow_entries",
    "snapshots",
    "told_answers",
    "tours",
    "undone_decisions",
]


def _batch() -> sa.Column[int]:
    return sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), nullable=False)


offices = sa.Table(
    "offices",
    metadata,
    sa.Column("office_id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.String(40)),
    sa.Column("level", sa.String(10), nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file_sha256", sa.String(64), nullable=False),
    sa.Column("mapping_name", sa.Text, nullable=False),
    sa.Column("mapping_sha256", sa.String(64), nullable=False),
    sa.Column("coverage", sa.String(6), nullable=False),
    sa.Column("covers_from", Micros),
    sa.Column("covers_to", Micros),
    sa.Column("offices", Json, nullable=False),
    sa.Column("observed_until", Micros, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("recorded_at", Micros, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("assumed_share", sa.Float, nullable=False),
    sa.Column("links_checked", sa.Float, nullable=False),
    sa.Column("bench_only", sa.Boolean, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("undoes", sa.BigInteger, sa.ForeignKey("batches.batch_id"), unique=True),
    sa.Column("reason", sa.Text),
    sa.Column("act", sa.String(10), nullable=False, server_default="import"),
)

matters = sa.Table(
    "matters",
    metadata,
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("office_id", sa.String(40), sa.ForeignKey("offices.office_id"), nullable=False),
    sa.Column("matter_no", sa.String(80), nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("handler", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("procedure_path", sa.Text),
    sa.Column("respondent_post", sa.Text),
    sa.Index("ix_matters_office_id_matter_no", "office_id", "matter_no"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("version_id", Counting, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.String(36), nullable=False),
    sa.Column("matter_id", sa.String(36), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("occurred_at", Micros, nullable=False),
    sa.Column("known_at", Micros, nullable=False),
    sa.Column("known_from", Micros, nullable=False),
    _batch(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False),
    sa.Column("people_band", sa.SmallInteger, nullable=False),
    sa.Column("due_at", Micros),
    sa.Column("amount", sa.BigInteger),
    sa.Column("solved", sa.Text),
    sa.Column("caused_by", sa.Text),
    sa.Column("document_no", sa.Text),
    sa.Column("parts_missing", sa.SmallInteger),
    sa.Column("rank", sa.Text),
    sa.Column("form", sa.Text),
    sa.Column("officer_level", sa.Text),
    sa.Index("ix_events_matter_id", "matter_id"),
)

event_closings = sa.Table(
    "event_closings",
    metadata,
    sa.Column("version_id", Counting, sa.ForeignKey("events.version_id"), primary_key=True, autoincrement=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("known_until", Micros, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False),
)

_NAMES_EARLIER = sa.text("name = 'earlier_number'")
attributes = sa.Table(
    "attributes",
    metadata,
    sa.Column("version_id", Counting, primary_key=True, autoincrement=False),
    sa.Column("matter_id", sa.String(36), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("number", sa.BigInteger),
    sa.Column("occurred_at", Micros, nullable=False),
    sa.Column("known_at", Micros, nullable=False),
    sa.Column("known_from", Micros, nullable=False),
    _batch(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False),
    sa.Column("usable", sa.Boolean, nullable=False),
    sa.Index("ix_attributes_matter_id", "matter_id"),
    # Few ledgers name an earlier number: whether any does is asked with every matter's page.
    sa.Index("ix_attributes_earlier", "matter_id", sqlite_where=_NAMES_EARLIER, postgresql_where=_NAMES_EARLIER),
)

attribute_closings = sa.Table(
    "attribute_closings",
    metadata,
    sa.Column("version_id", Counting, sa.ForeignKey("attributes.version_id"), primary_key=True, autoincrement=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("known_until", Micros, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False),
)

kinds = sa.Table(
    "kinds",
    metadata,
    sa.Column("code", sa.String(60), primary_key=True),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("reason", sa.Text),
)

office_context = sa.Table(
    "office_context",
    metadata,
    sa.Column("office_id", sa.String(40), primary_key=True),
    sa.Column("category", sa.String(60), primary_key=True),
    sa.Column("month_end", Micros, primary_key=True),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("open_matters", sa.BigInteger, nullable=False),
    sa.Column("overdue_permille", sa.BigInteger, nullable=False),
    sa.Column("return_permille", sa.BigInteger, nullable=False),
)

model_versions = sa.Table(
    "model_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mlflow_run_id", sa.Text),
    sa.Column("mlflow_model_id", sa.Text),
    sa.Column("scorecard_sha256", sa.String(64), nullable=False),
    sa.Column("scorecard_path", sa.Text, nullable=False),
    sa.Column("feature_fingerprint", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("bench_only", sa.Boolean, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("assumed_share", sa.Float, nullable=False),
    sa.Column("gate", Json, nullable=False),
    sa.Column("created_at", Micros, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id")),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("version", sa.BigInteger, sa.ForeignKey("model_versions.version")),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("proposer", sa.String(60), sa.ForeignKey("users.user_id")),
    sa.Column("approver", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("accepted_assumed", sa.Boolean, nullable=False),
    sa.Column("impact_id", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.CheckConstraint("action <> 'promote' OR (proposer IS NOT NULL AND proposer <> approver)", name="two_people"),
)

screenings = sa.Table(
    "screenings",
    metadata,
    sa.Column("screening_id", sa.String(36), primary_key=True),
    sa.Column("cutoff", Micros, nullable=False),
    sa.Column("scope", sa.String(40), nullable=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), nullable=False),
    sa.Column("model_version", sa.BigInteger, sa.ForeignKey("model_versions.version")),
    sa.Column("model_key", sa.String(40), nullable=False),
    sa.Column("mode", sa.String(5), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("list_hash", sa.String(64)),
    sa.Column("settings", Json, nullable=False),
    sa.Column("summary", Json),
    sa.Column("created_at", Micros, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.UniqueConstraint("cutoff", "scope", "model_key", "batch_id"),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), primary_key=True),
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("part", sa.String(10), primary_key=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("rank", sa.BigInteger, nullable=False),
    sa.Column("margin_nano", sa.BigInteger),
    sa.Column("points", sa.BigInteger),
    sa.Column("band", sa.String(20)),
    sa.Column("per_hundred_low", sa.BigInteger),
    sa.Column("per_hundred_high", sa.BigInteger),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("reasons", Json, nullable=False),
    sa.Column("duties", Json, nullable=False),
    sa.Column("help", Json, nullable=False),
    sa.Column("since", sa.String(10)),
    sa.Index("ix_entries_matter_id", "matter_id"),
    sa.Index("ix_entries_screening_id_office_id", "screening_id", "office_id"),
)

snapshots_log = sa.Table(
    "snapshots_log",
    metadata,
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
)

flag_decisions = sa.Table(
    "flag_decisions",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), nullable=False, index=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("decided_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("plan", sa.Text),
    sa.Column("once", sa.String(36), nullable=False),
    sa.CheckConstraint("decision IN ('accept', 'change', 'reject')", name="one_of_three"),
    sa.UniqueConstraint("decided_by", "once"),
)

put_forward = sa.Table(
    "put_forward",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("cutoff", Micros, nullable=False),
    sa.Column("put_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("once", sa.String(36), nullable=False),
    sa.UniqueConstraint("put_by", "once"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.String(60), primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("office_id", sa.String(40), sa.ForeignKey("offices.office_id")),
    sa.Column("department", sa.Text),
    sa.Column("staff_id", sa.Text),
    sa.Column("respondent_post", sa.Text),
    sa.Column("chief", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("failed_count", sa.BigInteger, nullable=False),
    sa.Column("locked_until", Micros),
    sa.Column("disabled_at", Micros),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("created_at", Micros, nullable=False),
    sa.Column("last_seen_at", Micros, nullable=False),
    sa.Column("expires_at", Micros, nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("office_id", sa.Text),
    sa.Column("matter_id", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("prev_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_audit_matter_id", "matter_id"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("one", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.CheckConstraint("one = 1", name="one_row"),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("since", Micros, nullable=False),
    sa.Column("expires_at", Micros, nullable=False),
)

score_volume = sa.Table(
    "score_volume",
    metadata,
    sa.Column("office_id", sa.String(40), primary_key=True),
    sa.Column("local_day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
