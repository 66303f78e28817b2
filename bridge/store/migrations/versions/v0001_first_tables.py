"""The first tables of the store."""

from __future__ import annotations

from types import ModuleType

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

from bridge.store import postgresql, sqlite
from bridge.store.columns import Amount, Instant, Json, Words

revision = "0001"
down_revision = None

APPEND_ONLY = (
    "events",
    "judgements",
    "decisions",
    "credits",
    "ledger_entries",
    "outbox_log",
    "policies",
)
OUTBOX_FIXED = (
    "key",
    "kind",
    "client_id",
    "ticket_id",
    "marker",
    "due_at",
    "push",
    "incident_id",
    "credit_id",
)


CREDIT_STATES = (
    "refused",
    "accruing",
    "due",
    "awaiting_approval",
    "awaiting_amount",
    "held",
    "posted",
    "invoiced",
    "voided",
    "reversal_proposed",
    "reversed",
)
PUSH_STATES = (
    "pending",
    "sending",
    "sent",
    "verified",
    "retry_at",
    "in_doubt",
    "parked",
    "manual",
    "discarded",
)


def upgrade() -> None:
    """Make tables, indexes and the triggers that keep history as it was written."""
    _tables()
    _triggers()


def _triggers() -> None:
    rules: ModuleType = sqlite
    if op.get_bind().dialect.name == "postgresql":
        op.execute(postgresql.REFUSAL)
        rules = postgresql
    for table in APPEND_ONLY:
        for statement in rules.append_only(table):
            op.execute(statement)
    for statement in rules.fixed_columns("outbox", OUTBOX_FIXED):
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("polled_at", Instant(), nullable=True),
        sa.Column("record", Json(), nullable=True),
        sa.Column("priced", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "credits",
        sa.Column("credit_id", sa.String(length=80), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.String(length=90), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("credit_id"),
        sa.UniqueConstraint("marker"),
    )
    op.create_index("credits_of_client", "credits", ["client_id"])
    op.create_table(
        "events",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("events_of_client", "events", ["client_id", "at", "seen_at", "key"])
    op.create_table(
        "incident_clients",
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_index("incidents_of_client", "incident_clients", ["client_id"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", Words(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "policies",
        sa.Column("digest", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "name"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("report", Json(), nullable=True),
        sa.CheckConstraint("(finished_at IS NULL) = (report IS NULL)", name="finished_with_report"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table(
        "tickets",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("record", Json(), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_index("tickets_of_client", "tickets", ["client_id"])
    op.create_index(
        "tickets_open",
        "tickets",
        ["ticket_id", "client_id"],
        sqlite_where=text("is_open = 1 AND gone_at IS NULL"),
        postgresql_where=text("is_open AND gone_at IS NULL"),
    )
    op.create_table(
        "judgements",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("digest", sa.String(length=100), nullable=False),
        sa.Column("last_event_id", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("beyond_recall", Json(), nullable=False),
        sa.PrimaryKeyConstraint("judgement_id"),
    )
    op.create_index("judgements_of_client", "judgements", ["client_id"])
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("because", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("policy", sa.String(length=200), nullable=False),
        sa.Column("events", Json(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident_clients.incident_id"], initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgements.judgement_id"]),
        sa.PrimaryKeyConstraint("decision_id"),
        sa.UniqueConstraint("incident_id", "subject", name="fires_once"),
    )
    op.create_index("decisions_of_judgement", "decisions", ["judgement_id"])
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("is_fault", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("severe", sa.Boolean(), nullable=False),
        sa.Column("attribution", sa.String(length=20), nullable=False),
        sa.Column("report_number", sa.String(length=60), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("spans", Json(), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=True),
        sa.Column("next_deadline_rule", sa.String(length=20), nullable=True),
        sa.Column("next_deadline_at", Instant(), nullable=True),
        sa.Column("next_due_at", Instant(), nullable=True),
        sa.Column("breaches", Json(), nullable=False),
        sa.Column("ticket_ids", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident_clients.incident_id"],
        ),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_index("incident_rows_of_client", "incidents", ["client_id"])
    op.create_index("incidents_due", "incidents", ["next_due_at"])
    op.create_index("incidents_ended", "incidents", ["ended_at"])
    op.create_table(
        "ledger_entries",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("credit_id", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("days", Amount(), nullable=True),
        sa.Column("amount", Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("ticket_ids", Json(), nullable=False),
        sa.Column("begun_month", sa.String(length=7), nullable=False),
        sa.Column("final_at", Instant(), nullable=True),
        sa.Column("invoice_ids", Json(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.CheckConstraint(_one_of("status", CREDIT_STATES), name="known_status"),
        sa.CheckConstraint("type IN ('days', 'month', 'charge', 'reversal')", name="known_type"),
        sa.CheckConstraint("CAST(amount AS NUMERIC) >= 0", name="amount_positive"),
        sa.ForeignKeyConstraint(
            ["credit_id"],
            ["credits.credit_id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("entries_of_credit", "ledger_entries", ["credit_id", "entry_id"])
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("marker", sa.String(length=90), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("push", Json(), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=True),
        sa.Column("credit_id", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("in_flight_since", Instant(), nullable=True),
        sa.Column("waiting_since", Instant(), nullable=True),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
        sa.CheckConstraint("state <> 'parked' OR reason <> ''", name="parked_has_a_reason"),
        sa.CheckConstraint("state <> 'sending' OR in_flight_since IS NOT NULL", name="sending_has_a_start"),
        sa.CheckConstraint(_one_of("state", PUSH_STATES), name="known_state"),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.credit_id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "money_in_flight_once",
        "outbox",
        ["marker"],
        unique=True,
        sqlite_where=text(
            "marker <> '' AND kind IN ('credit', 'charge') AND state NOT IN ('verified', 'discarded')"
        ),
        postgresql_where=text(
            "marker <> '' AND kind IN ('credit', 'charge') AND state NOT IN ('verified', 'discarded')"
        ),
    )
    op.create_index("outbox_by_state", "outbox", ["state", "kind", "due_at"])
    op.create_index("outbox_of_credit", "outbox", ["credit_id"])
    op.create_index("outbox_of_incident", "outbox", ["incident_id"])
    op.create_index("outbox_of_ticket", "outbox", ["ticket_id"])
    op.create_table(
        "incident_tickets",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "incident_id"),
    )
    op.create_index("tickets_of_incident", "incident_tickets", ["incident_id"])
    op.create_table(
        "outbox_log",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=True),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=True),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["key"],
            ["outbox.key"],
        ),
        sa.PrimaryKeyConstraint("step_id"),
    )
    op.create_index("log_of_push", "outbox_log", ["key", "step_id"])
    op.create_table(
        "worklist",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("push_key", sa.String(length=200), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=100), nullable=True),
        sa.Column("over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        sa.CheckConstraint("NOT over OR done_at IS NOT NULL", name="over_is_done"),
        sa.ForeignKeyConstraint(["push_key"], ["outbox.key"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("line_id"),
    )
    op.create_index(
        "worklist_once",
        "worklist",
        ["key"],
        unique=True,
        sqlite_where=text("over = 0"),
        postgresql_where=text("NOT over"),
    )
    op.create_index(
        "worklist_open",
        "worklist",
        ["since"],
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    )


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
