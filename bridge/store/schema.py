"""The tables of the store and the promises they keep: keys, states, and the reason for every index."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.post_states import PostState
from bridge.domain.records import ClientStatus
from bridge.store.columns import Amount, Instant, Json, Words
from bridge.store.letter_states import LetterOutcome
from bridge.store.notice_states import NoticeState
from bridge.store.push_states import PushState

# The newest step under migrations/versions; a store that stands here needs no alembic to open.
HEAD = "0005"

# The table in which alembic notes the step; its name tells a store of the bridge from other databases.
VERSION_TABLE = "bridge_schema"

# History: triggers refuse UPDATE and DELETE on these, whoever asks.
APPEND_ONLY = (
    "events",
    "judgements",
    "decisions",
    "credits",
    "ledger_entries",
    "outbox_log",
    "policies",
    "legal_steps",
    "calls",
)

# What a push says never changes once it is written; only its state does. No push is ever deleted.
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

metadata = MetaData()


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    words = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"known_{column}")


def _number(name: str) -> Column[int]:
    """Return a key that only grows: rows in the order in which they were written."""
    return Column(name, Integer, primary_key=True)


def _panel_id(name: str) -> Column[int]:
    """Return a key that is the panel's own number."""
    return Column(name, Integer, primary_key=True, autoincrement=False)


meta = Table(
    "meta", metadata, Column("key", String(100), primary_key=True), Column("value", Words, nullable=False)
)

clients = Table(
    "clients",
    metadata,
    _panel_id("client_id"),
    Column("listed", Boolean, nullable=False),
    Column("polled_at", Instant),
    Column("record", Json),  # NULL until a read has shown the customer
    Column("priced", Boolean, nullable=False),  # whether the record holds services
    Column("retired", Boolean, nullable=False),  # whether the record says that the customer has left
    Column("changed_at", Instant, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    _panel_id("ticket_id"),
    Column("client_id", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("record", Json, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("gone_at", Instant),
)
# The tickets of one customer are read whenever one of them changes.
Index("tickets_of_client", tickets.c.client_id)
# Every cycle asks for the few open ones among years of closed ones.
Index(
    "tickets_open",
    tickets.c.ticket_id,
    tickets.c.client_id,
    sqlite_where=text("is_open = 1 AND gone_at IS NULL"),
    postgresql_where=text("is_open AND gone_at IS NULL"),
)

events = Table(
    "events",
    metadata,
    _number("event_id"),
    # Learning the same fact twice makes one event.
    Column("key", String(250), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("client_id", Integer, nullable=False),
    Column("ticket_id", Integer),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("source", String(200), nullable=False),
    Column("data", Json, nullable=False),
    Column("note", Words, nullable=False),
)
# A customer's history is read as a whole, in its own order.
Index("events_of_client", events.c.client_id, events.c.at, events.c.seen_at, events.c.key)

# Whose an incident is, kept when the projection below is rebuilt, so that what fired stays fired.
incident_clients = Table(
    "incident_clients",
    metadata,
    Column("incident_id", String(60), primary_key=True),
    Column("client_id", Integer, nullable=False),
)
# The steps fired for one customer's incidents are looked up together.
Index("incidents_of_client", incident_clients.c.client_id)

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", ForeignKey("incident_clients.incident_id"), primary_key=True),
    Column("client_id", Integer, nullable=False),
    Column("service_id", Integer),
    Column("kind", String(60), nullable=False),
    Column("is_fault", Boolean, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("level", Integer),
    Column("severe", Boolean, nullable=False),
    Column("attribution", String(20), nullable=False),
    Column("report_number", String(60)),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("spans", Json, nullable=False),
    Column("technician_id", Integer),
    Column("next_deadline_rule", String(20)),
    Column("next_deadline_at", Instant),
    Column("next_due_at", Instant),
    Column("breaches", Json, nullable=False),
    Column("ticket_ids", Json, nullable=False),
)
# The projection is replaced customer by customer.
Index("incident_rows_of_client", incidents.c.client_id)
# Every cycle asks which customers have something due.
Index("incidents_due", incidents.c.next_due_at)
# Open incidents have no end; lists of the last days read the newest ends.
Index("incidents_ended", incidents.c.ended_at)

incident_tickets = Table(
    "incident_tickets",
    metadata,
    # People ask by ticket number; one ticket can start several incidents one after the other.
    Column("ticket_id", Integer, primary_key=True, autoincrement=False),
    Column("incident_id", ForeignKey("incidents.incident_id", ondelete="CASCADE"), primary_key=True),
)
# The cascade from an incident finds its tickets.
Index("tickets_of_incident", incident_tickets.c.incident_id)

judgements = Table(
    "judgements",
    metadata,
    _number("judgement_id"),
    Column("client_id", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    # The policy texts that ruled, as `policies` keeps them.
    Column("digest", String(100), nullable=False),
    # How far the history had come: what is younger was not known then.
    Column("last_event_id", Integer, nullable=False),
    Column("last_entry_id", Integer, nullable=False),
    Column("beyond_recall", Json, nullable=False),
)
# A customer's judgements are replayed one after the other.
Index("judgements_of_client", judgements.c.client_id)

decisions = Table(
    "decisions",
    metadata,
    _number("decision_id"),
    Column("judgement_id", ForeignKey("judgements.judgement_id"), nullable=False),
    # Deferred: a decision may be written a moment before its incident, in the same transaction.
    Column(
        "incident_id",
        ForeignKey("incident_clients.incident_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("subject", String(100), nullable=False),
    Column("rule", String(20), nullable=False),
    Column("because", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("policy", String(200), nullable=False),
    Column("events", Json, nullable=False),
    Column("facts", Json, nullable=False),
    # L-10: a step fired once is fired for ever.
    UniqueConstraint("incident_id", "subject", name="fires_once"),
)
# What was decided in one judgement is compared with what the same judgement decides again.
Index("decisions_of_judgement", decisions.c.judgement_id)

credits_ = Table(
    "credits",
    metadata,
    Column("credit_id", String(80), primary_key=True),
    Column("incident_id", String(60), nullable=False),
    Column("client_id", Integer, nullable=False),
    # The text by which the panel's row is found: two credits may never look alike there.
    Column("marker", String(90), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)
# Caps (C-10) and comparisons with the panel read all lines of a customer.
Index("credits_of_client", credits_.c.client_id)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    _number("entry_id"),
    Column("credit_id", ForeignKey("credits.credit_id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("type", String(20), nullable=False),
    Column("days", Amount),
    Column("amount", Amount, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", String(30), nullable=False),
    Column("service_id", Integer),
    Column("ticket_ids", Json, nullable=False),
    Column("begun_month", String(7), nullable=False),
    Column("final_at", Instant),
    Column("invoice_ids", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("note", Words, nullable=False),
    _one_of("status", CreditStatus),
    _one_of("type", CreditType),
    CheckConstraint("CAST(amount AS NUMERIC) >= 0", name="amount_positive"),
)
# The present state of a line is its last entry.
Index("entries_of_credit", ledger_entries.c.credit_id, ledger_entries.c.entry_id)

outbox = Table(
    "outbox",
    metadata,
    # The idempotency key: the same wish twice is one push.
    Column("key", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("client_id", Integer, nullable=False),
    Column("ticket_id", Integer),
    Column("marker", String(90), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("push", Json, nullable=False),
    Column("incident_id", String(60)),
    # Deferred: decision, ledger entry and push are written in one transaction, in any order.
    Column("credit_id", ForeignKey("credits.credit_id", deferrable=True, initially="DEFERRED")),
    Column("state", String(20), nullable=False),
    Column("route", String(20)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("in_flight_since", Instant),
    Column("waiting_since", Instant),
    Column("reason", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _one_of("state", PushState),
    CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
    CheckConstraint("state <> 'sending' OR in_flight_since IS NOT NULL", name="sending_has_a_start"),
    CheckConstraint("state <> 'parked' OR reason <> ''", name="parked_has_a_reason"),
)
# Every cycle asks for the few unfinished ones among years of finished ones.
Index("outbox_by_state", outbox.c.state, outbox.c.kind, outbox.c.due_at)
# What the bridge wrote to a ticket must not be read back as a signal.
Index("outbox_of_ticket", outbox.c.ticket_id)
# Unsent wishes of an incident fall away when it ends or moves on.
Index("outbox_of_incident", outbox.c.incident_id)
# A credit's pushes are found when it is held or voided.
Index("outbox_of_credit", outbox.c.credit_id)
# Money may be on its way once only: two unfinished pushes can never carry the same marker.
_MOVING = text(
    "marker <> '' AND kind IN ('credit', 'charge') AND state NOT IN ('verified', 'discarded')",
)
Index("money_in_flight_once", outbox.c.marker, unique=True, sqlite_where=_MOVING, postgresql_where=_MOVING)

outbox_log = Table(
    "outbox_log",
    metadata,
    _number("step_id"),
    Column("key", ForeignKey("outbox.key"), nullable=False),
    Column("from_state", String(20)),  # NULL: it was written
    Column("to_state", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("reason", Words, nullable=False),
    Column("route", String(20)),
    Column("retry_at", Instant),
)
# The life of one push is shown as a whole.
Index("log_of_push", outbox_log.c.key, outbox_log.c.step_id)

worklist = Table(
    "worklist",
    metadata,
    _number("line_id"),
    Column("key", String(250), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("text", Words, nullable=False),
    Column("client_id", Integer),
    Column("ticket_id", Integer),
    Column("push_key", ForeignKey("outbox.key", deferrable=True, initially="DEFERRED")),
    Column("since", Instant, nullable=False),
    Column("done_at", Instant),
    Column("done_by", String(100)),
    Column("over", Boolean, nullable=False, server_default=false()),
    CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
    CheckConstraint("NOT over OR done_at IS NOT NULL", name="over_is_done"),
)
# One line for a cause, ticked off or not, until the cause is over.
Index(
    "worklist_once",
    worklist.c.key,
    unique=True,
    sqlite_where=text("over = 0"),
    postgresql_where=text("NOT over"),
)
# Every cycle and every look at the list asks for what is not done yet.
_TO_DO = text("done_at IS NULL")
Index("worklist_open", worklist.c.since, sqlite_where=_TO_DO, postgresql_where=_TO_DO)

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _number("run_id"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("report", Json),
    CheckConstraint("(finished_at IS NULL) = (report IS NULL)", name="finished_with_report"),
)

policies = Table(
    "policies",
    metadata,
    Column("digest", String(100), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("text", Words, nullable=False),
    Column("at", Instant, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    _number("letter_id"),
    # The same message is decided once, however often it is met in the mailbox.
    Column("identity", String(64), nullable=False, unique=True),
    Column("message_id", Words, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("sender", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("client_id", Integer),
    # Deferred: letter and push are written in one transaction, in any order. A push is of one letter.
    Column("push_key", ForeignKey("outbox.key", deferrable=True, initially="DEFERRED"), unique=True),
    # The customer's own address, as the panel has it; empty where nobody is to be answered.
    Column("answer_to", Words, nullable=False),
    Column("decided_by", String(100), nullable=False),
    _one_of("outcome", LetterOutcome),
    CheckConstraint(
        "(outcome IN ('opened', 'joined')) = (push_key IS NOT NULL)", name="on_its_way_with_a_push"
    ),
)
# A reply names the messages it answers.
Index("letters_by_message", letters.c.message_id)
# Every round asks for the few that wait for a person.
_IN_REVIEW = text("outcome = 'review'")
Index("letters_in_review", letters.c.received_at, sqlite_where=_IN_REVIEW, postgresql_where=_IN_REVIEW)
# How many tickets a customer has had opened by mail of late.
Index("letters_of_client", letters.c.client_id, letters.c.received_at)

openings = Table(
    "openings",
    metadata,
    # A wish for a ticket becomes one ticket, and a ticket is the answer to one wish.
    Column("push_key", ForeignKey("outbox.key"), primary_key=True),
    Column("ticket_id", Integer, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
)

enclosures = Table(
    "enclosures",
    metadata,
    # The panel takes one file with a ticket; it is kept until the ticket stands there.
    Column("push_key", ForeignKey("outbox.key", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("name", Words, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    # A letter is answered once.
    Column("letter_id", ForeignKey("letters.letter_id"), primary_key=True, autoincrement=False),
    # By this a reply to the answer finds its ticket.
    Column("message_id", String(250), nullable=False, unique=True),
    Column("address", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("reason", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _one_of("state", PostState),
    CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
    CheckConstraint("state <> 'parked' OR reason <> ''", name="parked_has_a_reason"),
)
# Every round asks for the few that have not gone out.
ON_THE_WAY = text("state IN ('pending', 'sending', 'retry_at')")
Index("answers_to_send", answers.c.changed_at, sqlite_where=ON_THE_WAY, postgresql_where=ON_THE_WAY)

contacts = Table(
    "contacts",
    metadata,
    # The panel's own directory, so that a sender is found without asking about every customer.
    Column("client_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("value", String(250), primary_key=True),
)
# A letter gives an address, a telephone or an id card, and asks whose it is.
Index("contacts_by_value", contacts.c.kind, contacts.c.value)

people = Table(
    "people",
    metadata,
    # By name the agent finds a caller. It proves nothing, so letters ignore it.
    _panel_id("client_id"),
    Column("name", Words, nullable=False),
    Column("status", String(20), nullable=False),
    _one_of("status", ClientStatus),
)

calls = Table(
    "calls",
    metadata,
    # Deferred: call and push are written in one transaction, in any order. A push is of one call.
    Column("push_key", ForeignKey("outbox.key", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("client_id", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("taken_by", String(100), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("service_id", Integer),
    Column("words", Words, nullable=False),
    Column("solved_at", Instant),
)

notices = Table(
    "notices",
    metadata,
    # The same event is told once by each medium.
    Column("key", String(250), primary_key=True),
    Column("topic", String(30), nullable=False),
    Column("medium", String(10), nullable=False),
    Column("client_id", Integer, nullable=False),
    Column("incident_id", String(60), nullable=False),
    Column("credit_id", String(80)),
    Column("technician_id", Integer),
    Column("channel", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("over_at", Instant),
    # By this a customer's reply to the mail finds its ticket.
    Column("message_id", String(250), unique=True),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("released_at", Instant),
    Column("reason", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _one_of("state", NoticeState),
    CheckConstraint("(state = 'retry_at') = (retry_at IS NOT NULL)", name="retry_has_a_time"),
    CheckConstraint("state NOT IN ('parked', 'dropped') OR reason <> ''", name="parked_has_a_reason"),
)
# Every cycle asks for the few that are not finished.
_UNFINISHED = text("state IN ('waiting', 'pending', 'sending', 'retry_at')")
Index("notices_unfinished", notices.c.at, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)
# How much a customer was told today.
Index("notices_of_client", notices.c.client_id, notices.c.released_at)

# Which state may follow which, of pushes and of lines (whose first states follow ''): triggers compare.
legal_steps = Table(
    "legal_steps",
    metadata,
    Column("machine", String(20), primary_key=True),
    Column("from_state", String(20), primary_key=True),
    Column("to_state", String(20), primary_key=True),
)
