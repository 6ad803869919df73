"""How Alembic runs inside the connection `migrate` hands over; there is no alembic.ini and no offline mode."""

from alembic import context

from data.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
