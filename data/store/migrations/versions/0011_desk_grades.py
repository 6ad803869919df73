"""Grades of the point sheet that people gave at the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; its rows are only added."""
    op.create_table(
        "desk_grades",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("factor", sa.String(length=30), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.CheckConstraint("grade BETWEEN 0 AND 2", name=op.f("ck_desk_grades_grade_of_the_sheet")),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f("fk_desk_grades_by")),
        sa.UniqueConstraint("by", "once", name=op.f("uq_desk_grades_by_once")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_grades")),
    )
    op.create_index("ix_desk_grades_matter_id", "desk_grades", ["matter_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER desk_grades_no_update BEFORE UPDATE ON desk_grades "
            "BEGIN SELECT RAISE(ABORT, 'a grade is never changed'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER desk_grades_no_update BEFORE UPDATE ON desk_grades "
        "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
    )
