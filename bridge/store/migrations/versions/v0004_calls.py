"""Calls that became tickets, and the names by which callers are found."""

from __future__ import annotations

from types import ModuleType

import sqlalchemy as sa
from alembic import op

from bridge.store import postgresql, sqlite
from bridge.store.columns import Instant, Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; the directory is read anew, for it holds no names yet."""
    op.create_table(
        "calls",
        sa.Column("push_key", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("taken_by", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("words", Words(), nullable=False),
        sa.Column("solved_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["push_key"], ["outbox.key"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("push_key"),
    )
    op.create_table(
        "people",
        sa.Column("client_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended', 'retired')", name="known_status"),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.execute("DELETE FROM meta WHERE key = 'directory_read_at'")
    rules: ModuleType = postgresql if op.get_bind().dialect.name == "postgresql" else sqlite
    for statement in rules.append_only("calls"):
        op.execute(statement)
