"""What alembic runs: the missing steps, inside the transaction that the store has begun."""

from __future__ import annotations

from alembic import context

from bridge.store.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
