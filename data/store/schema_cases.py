"""Which tables hold what people said of single matters: links, disputes, explanations, and what erasure left behind.

Links are versions like events: a confirmation opens one in a batch of its own, taking it back adds a closing.
"""

import sqlalchemy as sa

from data.store.schema_base import Counting, Json, Micros, metadata

links = sa.Table(
    "links",
    metadata,
    sa.Column("link_id", Counting, primary_key=True, autoincrement=False),
    sa.Column("office_id", sa.String(40), sa.ForeignKey("offices.office_id"), nullable=False),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("alias_id", sa.String(36), nullable=False, index=True),
    sa.Column("known_from", Micros, nullable=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), nullable=False),
    sa.CheckConstraint("matter_id <> alias_id", name="two_numbers"),
)

link_closings = sa.Table(
    "link_closings",
    metadata,
    sa.Column("link_id", Counting, sa.ForeignKey("links.link_id"), primary_key=True, autoincrement=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("known_until", Micros, nullable=False),
)

#: `matter_id` is empty where a person said that there is no earlier number.
link_decisions = sa.Table(
    "link_decisions",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("matter_id", sa.String(36), nullable=False),
    sa.Column("alias_id", sa.String(36), nullable=False, index=True),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("evidence", Json, nullable=False),
    sa.Column("decided_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id")),
    sa.Column("once", sa.String(36), nullable=False),
    sa.CheckConstraint("decision IN ('confirm', 'refuse', 'none', 'unlink')", name="one_of_four"),
    sa.UniqueConstraint("decided_by", "once", "matter_id", "alias_id"),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("dispute_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("subject", sa.String(20), nullable=False),
    sa.Column("target", sa.String(60), nullable=False),
    sa.Column("before", Json, nullable=False),
    sa.Column("wanted", Json, nullable=False),
    sa.Column("reason_class", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("raised_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("raised_at", Micros, nullable=False),
    sa.Column("due_at", Micros, nullable=False),
    sa.Column("once", sa.String(36), nullable=False),
    sa.UniqueConstraint("raised_by", "once"),
)

dispute_answers = sa.Table(
    "dispute_answers",
    metadata,
    sa.Column("dispute_id", Counting, sa.ForeignKey("disputes.dispute_id"), primary_key=True, autoincrement=False),
    sa.Column("answer", sa.String(10), nullable=False),
    sa.Column("value", Json, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answered_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("batch_id", sa.BigInteger, sa.ForeignKey("batches.batch_id")),
    sa.CheckConstraint("answer IN ('accept', 'refuse')", name="one_of_two"),
)

explanation_requests = sa.Table(
    "explanation_requests",
    metadata,
    sa.Column("request_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("asked_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("recorded_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("recorded_at", Micros, nullable=False),
    sa.Column("once", sa.String(36), nullable=False),
    sa.UniqueConstraint("recorded_by", "once"),
)

#: What a paper said stays as it was made; a paper made anew is another row.
explanation_papers = sa.Table(
    "explanation_papers",
    metadata,
    sa.Column("paper_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("request_id", sa.BigInteger, sa.ForeignKey("explanation_requests.request_id"), nullable=False),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("content", Json, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("made_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("made_at", Micros, nullable=False),
)

explanations_given = sa.Table(
    "explanations_given",
    metadata,
    sa.Column(
        "request_id",
        Counting,
        sa.ForeignKey("explanation_requests.request_id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("paper_id", sa.BigInteger, sa.ForeignKey("explanation_papers.paper_id"), nullable=False),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("way", sa.String(10), nullable=False),
    sa.Column("given_by", sa.String(60), sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.CheckConstraint("way IN ('person', 'post', 'online')", name="one_of_three"),
)

#: What a removed entry leaves: its digest, of which the list's identity is made, and nothing of the matter.
entry_tombstones = sa.Table(
    "entry_tombstones",
    metadata,
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("part", sa.String(10), nullable=False),
    sa.Column("why", sa.String(10), nullable=False),
    sa.Column("at", Micros, nullable=False),
)

#: Matters that were erased and must not come back with the next ledger; an opaque id, no number.
erased = sa.Table(
    "erased",
    metadata,
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("erased_at", Micros, nullable=False),
    sa.Column("proof_sha256", sa.String(64), nullable=False),
)
