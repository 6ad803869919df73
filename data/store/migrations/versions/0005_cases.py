"""Same-matter links, disputes and their answers, and what retention and erasure leave behind."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NEVER_CHANGED = ("links", "link_closings", "link_decisions", "disputes", "dispute_answers")


def upgrade() -> None:
    """Create the tables, say of each batch what act it was, and let no row of the new tables be changed."""
    op.add_column("batches", sa.Column("act", sa.String(length=10), server_default="import", nullable=False))
    op.create_table(
        "links",
        sa.Column("link_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("alias_id", sa.String(length=36), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("matter_id <> alias_id", name=op.f("two_numbers")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.office_id"], name=op.f("fk_links_office_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_links_batch_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_links")),
    )
    op.create_index("ix_links_matter_id", "links", ["matter_id"], unique=False)
    op.create_index("ix_links_alias_id", "links", ["alias_id"], unique=False)
    op.create_table(
        "link_closings",
        sa.Column("link_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.link_id"], name=op.f("fk_link_closings_link_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_link_closings_batch_id")),
        sa.PrimaryKeyConstraint("link_id", "batch_id", name=op.f("pk_link_closings")),
    )
    op.create_table(
        "link_decisions",
        sa.Column("id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("alias_id", sa.String(length=36), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.CheckConstraint("decision IN ('confirm', 'refuse', 'none', 'unlink')", name=op.f("one_of_four")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.user_id"], name=op.f("fk_link_decisions_decided_by")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_link_decisions_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_decisions")),
        sa.UniqueConstraint(
            "decided_by",
            "once",
            "matter_id",
            "alias_id",
            name=op.f("uq_link_decisions_decided_by_once_matter_id_alias_id"),
        ),
    )
    op.create_index("ix_link_decisions_office_id", "link_decisions", ["office_id"], unique=False)
    op.create_index("ix_link_decisions_alias_id", "link_decisions", ["alias_id"], unique=False)
    op.create_table(
        "disputes",
        sa.Column("dispute_id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason_class", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["raised_by"], ["users.user_id"], name=op.f("fk_disputes_raised_by")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("raised_by", "once", name=op.f("uq_disputes_raised_by_once")),
    )
    op.create_index("ix_disputes_office_id", "disputes", ["office_id"], unique=False)
    op.create_index("ix_disputes_matter_id", "disputes", ["matter_id"], unique=False)
    op.create_table(
        "dispute_answers",
        sa.Column("dispute_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("answer IN ('accept', 'refuse')", name=op.f("one_of_two")),
        sa.ForeignKeyConstraint(["answered_by"], ["users.user_id"], name=op.f("fk_dispute_answers_answered_by")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("fk_dispute_answers_batch_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.dispute_id"], name=op.f("fk_dispute_answers_dispute_id")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_dispute_answers")),
    )
    op.create_table(
        "entry_tombstones",
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name=op.f("fk_entry_tombstones_screening_id")
        ),
        sa.PrimaryKeyConstraint("screening_id", "digest", name=op.f("pk_entry_tombstones")),
    )
    op.create_table(
        "erased",
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_erased")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in _NEVER_CHANGED:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'what people said is never changed'); END"
            )
        return
    for table in _NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
        )
