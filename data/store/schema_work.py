"""Which tables hold the work on a list: plans, measures, results, desk grades, and the steps by which it is signed.

Rows are only added (a trigger refuses updates); what counts is the latest, all before it stays readable.
"""

import sqlalchemy as sa

from data.store.schema import Counting, Json, Micros, metadata


def _person(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(60), sa.ForeignKey("users.user_id"), nullable=False)


def _listed() -> tuple[sa.Column[int], sa.Column[str], sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("id", Counting, primary_key=True, autoincrement=True),
        sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), nullable=False, index=True),
        sa.Column("matter_id", sa.String(36), nullable=False, index=True),
        sa.Column("office_id", sa.String(40), nullable=False, index=True),
    )


def _acted() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int], sa.Column[str]]:
    return (
        _person("by"),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("at", Micros, nullable=False),
        sa.Column("once", sa.String(36), nullable=False),
    )


plans = sa.Table(
    "plans",
    metadata,
    *_listed(),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("lines", Json, nullable=False),
    *_acted(),
    sa.UniqueConstraint("by", "once"),
)

measures = sa.Table(
    "measures",
    metadata,
    *_listed(),
    sa.Column("action", sa.String(30), nullable=False),
    sa.Column("done_on", sa.Date, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("document_no", sa.Text),
    *_acted(),
    sa.UniqueConstraint("by", "once"),
)

results = sa.Table(
    "results",
    metadata,
    *_listed(),
    sa.Column("result", sa.String(20), nullable=False),
    *_acted(),
    sa.UniqueConstraint("by", "once"),
)

list_steps = sa.Table(
    "list_steps",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("screening_id", sa.String(36), sa.ForeignKey("screenings.screening_id"), nullable=False, index=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("step", sa.String(10), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("opinion", sa.Text, nullable=False),
    sa.Column("content_hash", sa.String(64)),
    *_acted(),
    sa.CheckConstraint("step IN ('submit', 'return', 'reopen')", name="one_of_three_steps"),
    sa.UniqueConstraint("by", "once"),
)

signed_entries = sa.Table(
    "signed_entries",
    metadata,
    sa.Column("step_id", sa.BigInteger, sa.ForeignKey("list_steps.id"), primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("part", sa.String(10), nullable=False),
    sa.Column("band", sa.String(20)),
    sa.Column("taken", sa.Boolean, nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
)

entry_signatures = sa.Table(
    "entry_signatures",
    metadata,
    sa.Column("step_id", sa.BigInteger, sa.ForeignKey("list_steps.id"), primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    *_acted(),
)

major_reports = sa.Table(
    "major_reports",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("office_id", sa.String(40), nullable=False, index=True),
    sa.Column("trigger", sa.String(20), nullable=False),
    sa.Column("handled", sa.Text, nullable=False),
    sa.Column("overdue", Json, nullable=False),
    sa.Column("decision", sa.String(30), nullable=False),
    *_acted(),
    sa.UniqueConstraint("by", "once"),
)

major_receipts = sa.Table(
    "major_receipts",
    metadata,
    sa.Column("report_id", sa.BigInteger, sa.ForeignKey("major_reports.id"), primary_key=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    *_acted(),
    sa.UniqueConstraint("by", "once"),
)

desk_grades = sa.Table(
    "desk_grades",
    metadata,
    sa.Column("id", Counting, primary_key=True, autoincrement=True),
    sa.Column("matter_id", sa.String(36), nullable=False, index=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("factor", sa.String(30), nullable=False),
    sa.Column("grade", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    *_acted(),
    sa.CheckConstraint("grade BETWEEN 0 AND 2", name="grade_of_the_sheet"),
    sa.UniqueConstraint("by", "once"),
)

#: Every table here, in an order in which rows may be removed (erasure).
TABLES: tuple[sa.Table, ...] = (
    entry_signatures,
    signed_entries,
    list_steps,
    results,
    measures,
    plans,
    major_receipts,
    major_reports,
    desk_grades,
)
