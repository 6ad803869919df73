"""Plans, measures, results, and the steps by which a list is signed; who is chief; what changed since last month."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _listed(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["screening_id"], ["screenings.screening_id"], name=op.f(f"fk_{table}_screening_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _acted(table: str, *, unique: bool = True) -> list[sa.schema.SchemaItem]:
    items: list[sa.schema.SchemaItem] = [
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.user_id"], name=op.f(f"fk_{table}_by")),
    ]
    if unique:
        items.append(sa.UniqueConstraint("by", "once", name=op.f(f"uq_{table}_by_once")))
    return items


def upgrade() -> None:
    """Create the tables, and the triggers by which a row, once written, is never changed (erasure may remove it)."""
    op.add_column("users", sa.Column("chief", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("entries", sa.Column("since", sa.String(length=10), nullable=True))
    op.create_table(
        "plans",
        *_listed("plans"),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(none_as_null=True), nullable=False),
        *_acted("plans"),
    )
    op.create_table(
        "measures",
        *_listed("measures"),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        *_acted("measures"),
    )
    op.create_table(
        "results",
        *_listed("results"),
        sa.Column("result", sa.String(length=20), nullable=False),
        *_acted("results"),
    )
    for table in ("plans", "measures", "results"):
        op.create_index(f"ix_{table}_matter_id", table, ["matter_id"], unique=False)
        op.create_index(f"ix_{table}_screening_id", table, ["screening_id"], unique=False)
    op.create_table(
        "list_steps",
        sa.Column("id", _COUNTING, autoincrement=True, nullable=False),
        sa.Column("screening_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        *_acted("list_steps"),
        sa.CheckConstraint("step IN ('submit', 'return', 'reopen')", name=op.f("one_of_three_steps")),
        sa.ForeignKeyConstraint(["screening_id"], ["screenings.screening_id"], name=op.f("fk_list_steps_screening_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_steps")),
    )
    op.create_index("ix_list_steps_screening_id", "list_steps", ["screening_id"], unique=False)
    op.create_index("ix_list_steps_office_id", "list_steps", ["office_id"], unique=False)
    op.create_table(
        "signed_entries",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("band", sa.String(length=20), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["list_steps.id"], name=op.f("fk_signed_entries_step_id")),
        sa.PrimaryKeyConstraint("step_id", "place", name=op.f("pk_signed_entries")),
    )
    op.create_index("ix_signed_entries_matter_id", "signed_entries", ["matter_id"], unique=False)
    op.create_table(
        "entry_signatures",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *_acted("entry_signatures", unique=False),
        sa.ForeignKeyConstraint(["step_id"], ["list_steps.id"], name=op.f("fk_entry_signatures_step_id")),
        sa.PrimaryKeyConstraint("step_id", "place", name=op.f("pk_entry_signatures")),
    )

    tables = ("plans", "measures", "results", "list_steps", "signed_entries", "entry_signatures")
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'signed work is never changed'); END"
            )
        return
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse()"
        )
