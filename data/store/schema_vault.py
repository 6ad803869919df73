"""Which tables the identity vault has, in a database file of its own; nothing joins them with the register's."""

import sqlalchemy as sa

from data.store.schema_base import Counting, Json, Micros

#: Raised with every change of the tables below; the file says its own.
VERSION = 1
vault_metadata = sa.MetaData()

#: One keyed hash for a number at most.  `key_mark` tells the key, `brought_by` who imported the hash.
tokens = sa.Table(
    "tokens",
    vault_metadata,
    sa.Column("matter_id", sa.String(36), primary_key=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("key_mark", sa.String(16), nullable=False),
    sa.Column("registered_at", Micros, nullable=False),
    sa.Column("expires_at", Micros, nullable=False),
    sa.Column("brought_by", sa.String(60), nullable=False),
    sa.Index("ix_tokens_office_token", "office_id", "token"),
)

#: What one person asked about one number; `found` (id and registration of at most three matters) is for them alone.
lookups = sa.Table(
    "lookups",
    vault_metadata,
    sa.Column("lookup_id", Counting, primary_key=True, autoincrement=True),
    sa.Column("office_id", sa.String(40), nullable=False),
    sa.Column("matter_id", sa.String(36), nullable=False),
    sa.Column("user_id", sa.String(60), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("at", Micros, nullable=False),
    sa.Column("found", Json, nullable=False),
    sa.Column("once", sa.String(36), nullable=False),
    sa.UniqueConstraint("user_id", "once"),
    sa.Index("ix_lookups_user_at", "user_id", "at"),
)
