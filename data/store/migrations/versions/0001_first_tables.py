"""The first tables: register, lists, accounts, proofs, models.

Written out in full, not derived from the living schema: a migration says what it did, for good.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, the head of the audit chain, and the triggers that keep the audit append-only."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Text(), nullable=True),
        sa.Column("matter_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("prev_hash", name=op.f("uq_audit_prev_hash")),
    )
    op.create_index("ix_audit_matter_id", "audit", ["matter_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping_name", sa.Text(), nullable=False),
        sa.Column("mapping_sha256", sa.String(length=64), nullable=False),
        sa.Column("coverage", sa.String(length=6), nullable=False),
        sa.Column("covers_from", sa.BigInteger(), nullable=True),
        sa.Column("covers_to", sa.BigInteger(), nullable=True),
        sa.Column("offices", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("observed_until", sa.BigInteger(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("assumed_share", sa.Float(), nullable=False),
        sa.Column("links_checked", sa.Float(), nullable=False),
        sa.Column("bench_only", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["undoes"], ["batches.batch_id"], name=op.f("fk_batches_undoes")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batches")),
        sa.UniqueConstraint("undoes", name=op.f("uq_batches_undoes")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "offices",
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_offices")),
    )
    op.create_table(
        "score_volume",
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "local_day", name=op.f("pk_score_volume")),
    )
    op.create_table(
        "attributes",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_attributes_batch_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_attributes")),
    )
    op.create_index("ix_attributes_matter_id", "attributes", ["matter_id"], unique=False)
    op.create_table(
        "events",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("people_band", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("solved", sa.Text(), nullable=True),
        sa.Column("caused_by", sa.Text(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("parts_missing", sa.SmallInteger(), nullable=True),
        sa.Column("rank", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("officer_level", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_events_batch_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_matter_id", "events", ["matter_id"], unique=False)
    op.create_table(
        "kinds",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_kinds_batch_id")),
        sa.PrimaryKeyConstraint("code", "batch_id", name=op.f("pk_kinds")),
    )
    op.create_table(
        "matters",
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("matter_no", sa.String(length=80), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("procedure_path", sa.Text(), nullable=True),
        sa.Column("respondent_post", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_matters_batch_id")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.office_id"], name=op.f("fk_matters_office_id")),
        sa.PrimaryKeyConstraint("matter_id", "batch_id", name=op.f("pk_matters")),
    )
    op.create_index("ix_matters_office_id_matter_no", "matters", ["office_id", "matter_no"], unique=False)
    op.create_table(
        "model_versions",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mlflow_run_id", sa.Text(), nullable=True),
        sa.Column("mlflow_model_id", sa.Text(), nullable=True),
        sa.Column("scorecard_sha256", sa.String(length=64), nullable=False),
        sa.Column("scorecard_path", sa.Text(), nullable=False),
        sa.Column("feature_fingerprint", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("bench_only", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("assumed_share", sa.Float(), nullable=False),
        sa.Column("gate", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_model_versions_batch_id")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_model_versions")),
    )
    op.create_table(
        "office_context",
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("month_end", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("open_matters", sa.BigInteger(), nullable=False),
        sa.Column("overdue_permille", sa.BigInteger(), nullable=False),
        sa.Column("return_permille", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_office_context_batch_id")),
        sa.PrimaryKeyConstraint("office_id", "category", "month_end", "batch_id", name=op.f("pk_office_context")),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("respondent_post", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("failed_count", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.office_id"], name=op.f("fk_users_office_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("proposer", sa.String(length=60), nullable=True),
        sa.Column("approver", sa.String(length=60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_assumed", sa.Boolean(), nullable=False),
        sa.Column("impact_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("action <> 'promote' OR (proposer IS NOT NULL AND proposer <> approver)", name="two_people"),
        sa.ForeignKeyConstraint(["approver"], ["users.user_id"], name=op.f("fk_approvals_approver")),
        sa.ForeignKeyConstraint(["proposer"], ["users.user_id"], name=op.f("fk_approvals_proposer")),
        sa.ForeignKeyConstraint(["version"], ["model_versions.version"], name=op.f("fk_approvals_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_table(
        "attribute_closings",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_attribute_closings_batch_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["attributes.version_id"], name=op.f("fk_attribute_closings_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "batch_id", name=op.f("pk_attribute_closings")),
    )
    op.create_table(
        "event_closings",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_event_closings_batch_id")),
        sa.ForeignKeyConstraint(["version_id"], ["events.version_id"], name=op.f("fk_event_closings_version_id")),
        sa.PrimaryKeyConstraint("version_id", "batch_id", name=op.f("pk_event_closings")),
    )
    op.create_table(
        "screenings",
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("cutoff", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.BigInteger(), nullable=True),
        sa.Column("model_key", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("list_hash", sa.String(length=64), nullable=True),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_screenings_batch_id")),
        sa.ForeignKeyConstraint(
            ["model_version"], ["model_versions.version"], name=op.f("fk_screenings_model_version")
        ),
        sa.PrimaryKeyConstraint("screening_id", name=op.f("pk_screenings")),
        sa.UniqueConstraint(
            "cutoff", "scope", "model_key", "batch_id", name=op.f("uq_screenings_cutoff_scope_model_key_batch_id")
        ),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "entries",
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("margin_nano", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("band", sa.String(length=20), nullable=True),
        sa.Column("per_hundred_low", sa.BigInteger(), nullable=True),
        sa.Column("per_hundred_high", sa.BigInteger(), nullable=True),
        sa.Column("inclusion_probability", sa.Float(), nullable=True),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("duties", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("help", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["screening_id"], ["screenings.screening_id"], name=op.f("fk_entries_screening_id")),
        sa.PrimaryKeyConstraint("screening_id", "matter_id", "part", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_matter_id", "entries", ["matter_id"], unique=False)
    op.create_table(
        "snapshots_log",
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name=op.f("fk_snapshots_log_screening_id")
        ),
        sa.PrimaryKeyConstraint("screening_id", "path", name=op.f("pk_snapshots_log")),
    )

    head = sa.table("audit_head", sa.column("one"), sa.column("seq"), sa.column("hash"))
    op.execute(head.insert().values(one=1, seq=0, hash="0" * 64))
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
