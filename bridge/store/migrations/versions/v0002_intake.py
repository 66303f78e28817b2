"""Letters from the mailbox, the tickets that were opened for them, and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

from bridge.store.columns import Instant, Words

revision = "0002"
down_revision = "0001"

IN_REVIEW = text("outcome = 'review'")
TO_SEND = text("state IN ('pending', 'sending', 'retry_at')")


def upgrade() -> None:
    """Make the tables of the intake."""
    _letters()
    _tickets()
    _answers()
    op.create_table(
        "contacts",
        sa.Column("client_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "kind", "value"),
    )
    op.create_index("contacts_by_value", "contacts", ["kind", "value"])


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("message_id", Words(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("sender", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("push_key", sa.String(length=200), nullable=True),
        sa.Column("answer_to", Words(), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('opened', 'joined', 'review', 'aside', 'dismissed')", name="known_outcome"
        ),
        sa.CheckConstraint(
            "(outcome IN ('opened', 'joined')) = (push_key IS NOT NULL)", name="on_its_way_with_a_push"
        ),
        sa.ForeignKeyConstraint(["push_key"], ["outbox.key"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("letter_id"),
        sa.UniqueConstraint("identity"),
        sa.UniqueConstraint("push_key"),
    )
    op.create_index("letters_by_message", "letters", ["message_id"])
    op.create_index(
        "letters_in_review",
        "letters",
        ["received_at"],
        sqlite_where=IN_REVIEW,
        postgresql_where=IN_REVIEW,
    )
    op.create_index("letters_of_client", "letters", ["client_id", "received_at"])


def _tickets() -> None:
    op.create_table(
        "openings",
        sa.Column("push_key", sa.String(length=200), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["push_key"], ["outbox.key"]),
        sa.PrimaryKeyConstraint("push_key"),
        sa.UniqueConstraint("ticket_id"),
    )
    op.create_table(
        "enclosures",
        sa.Column("push_key", sa.String(length=200), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["push_key"], ["outbox.key"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("push_key"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("letter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'retry_at', 'parked')", name="known_state"
        ),
        sa.CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
        sa.CheckConstraint("state <> 'parked' OR reason <> ''", name="parked_has_a_reason"),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.letter_id"]),
        sa.PrimaryKeyConstraint("letter_id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index(
        "answers_to_send",
        "answers",
        ["changed_at"],
        sqlite_where=TO_SEND,
        postgresql_where=TO_SEND,
    )
