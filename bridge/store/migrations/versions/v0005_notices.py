"""Notices to people, and up to where the history was read for them."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

from bridge.store.columns import Instant, Words

revision = "0005"
down_revision = "0004"

UNFINISHED = text("state IN ('waiting', 'pending', 'sending', 'retry_at')")


def upgrade() -> None:
    """Make the table; what happened before it is told to nobody."""
    op.create_table(
        "notices",
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("credit_id", sa.String(length=80), nullable=True),
        sa.Column("technician_id", sa.Integer(), nullable=True),
        sa.Column("channel", Words(), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("over_at", Instant(), nullable=True),
        sa.Column("message_id", sa.String(length=250), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'handed', 'pending', 'sending', 'sent', 'retry_at', 'parked', 'dropped')",
            name="known_state",
        ),
        sa.CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
        sa.CheckConstraint("state NOT IN ('parked', 'dropped') OR reason <> ''", name="parked_has_a_reason"),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index(
        "notices_unfinished", "notices", ["at"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_index("notices_of_client", "notices", ["client_id", "released_at"])
    _begin_now()


def _begin_now() -> None:
    """An older store has a history; it is not news."""
    connection = op.get_bind()
    columns = {
        "events": "event_id",
        "decisions": "decision_id",
        "ledger_entries": "entry_id",
        "worklist": "line_id",
    }
    read = {}
    for name, column in columns.items():
        history = sa.table(name, sa.column(column))
        read[name] = connection.scalar(sa.select(sa.func.max(history.c[column]))) or 0
    if any(read.values()):
        meta = sa.table("meta", sa.column("key"), sa.column("value"))
        connection.execute(meta.insert().values(key="news_read", value=json.dumps(read)))
