"""What all tables share: one collection of them, and how counts, instants and plain values are kept."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: 64 bits everywhere; SQLite counts up only a column declared INTEGER.
Counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Micros = sa.BigInteger
#: An absent value is SQL null, not the JSON word.
Json = sa.JSON(none_as_null=True)
