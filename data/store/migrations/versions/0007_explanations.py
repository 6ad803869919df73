"""Requests for an explanation, the papers made of them, and when one was given."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "explanation_requests",
        sa.Column("request_id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.user_id"], name=op.f("fk_explanation_requests_recorded_by")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_explanation_requests")),
        sa.UniqueConstraint("recorded_by", "once", name=op.f("uq_explanation_requests_recorded_by_once")),
    )
    op.create_index("ix_explanation_requests_matter_id", "explanation_requests", ["matter_id"], unique=False)
    op.create_index("ix_explanation_requests_office_id", "explanation_requests", ["office_id"], unique=False)
    op.create_table(
        "explanation_papers",
        sa.Column("paper_id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["explanation_requests.request_id"], name=op.f("fk_explanation_papers_request_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.user_id"], name=op.f("fk_explanation_papers_made_by")),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_explanation_papers")),
    )
    op.create_index("ix_explanation_papers_matter_id", "explanation_papers", ["matter_id"], unique=False)
    op.create_table(
        "explanations_given",
        sa.Column("request_id", _COUNTING, autoincrement=False, nullable=False),
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("given_by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("way IN ('person', 'post', 'online')", name=op.f("ck_explanations_given_one_of_three")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["explanation_requests.request_id"], name=op.f("fk_explanations_given_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["explanation_papers.paper_id"], name=op.f("fk_explanations_given_paper_id")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["users.user_id"], name=op.f("fk_explanations_given_given_by")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_explanations_given")),
    )
    op.create_index("ix_explanations_given_matter_id", "explanations_given", ["matter_id"], unique=False)
