"""The receipt of one ticket: what happened, what was decided by which rule, the money, the pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.decisions import Decision
from bridge.domain.events import Event, EventKind
from bridge.store.incidents import IncidentRow
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store
from bridge.views.credits import CreditView, credit_views
from bridge.views.instants import iso
from bridge.views.pushes import push_as_json
from bridge.views.tickets import TicketView, find_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Everything known of one ticket's incident, each list in order of time."""

    view: TicketView
    events: Sequence[Event]
    decisions: Sequence[Decision]
    credits: Sequence[CreditView]
    pushes: Sequence[OutboxRow]

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """The ticket's fields with `events`, `decisions`, `credits` and `pushes`."""
        return {
            **self.view.as_json(zone),
            "subject": self.view.ticket.subject if self.view.ticket is not None else None,
            "ticket_ids": list(self.view.incident.ticket_ids),
            "events": [_event(event, zone) for event in self.events],
            "decisions": [decision_as_json(decision, zone) for decision in self.decisions],
            "credits": [credit.as_json() for credit in self.credits],
            "pushes": [push_as_json(row, zone) for row in self.pushes],
        }


def receipt(store: Store, wanted: str, now: datetime) -> Receipt:
    """Return the receipt of a ticket number or report number. Raises UsageFault for an unknown one."""
    view = find_ticket(store, wanted, now)
    row = view.incident
    lines = [
        line for line in store.ledger.lines_of_client(row.client_id) if line.incident_id == row.incident_id
    ]
    return Receipt(
        view=view,
        events=_events(store, row),
        decisions=store.incidents.decisions_of(row.incident_id),
        credits=credit_views(store, lines),
        pushes=store.outbox.of_incident(row.incident_id),
    )


def decision_as_json(decision: Decision, zone: ZoneInfo) -> dict[str, Any]:
    """A decision with its rule, its reason as a word and in words, and what it rests on."""
    return {
        "rule": decision.rule,
        "because": str(decision.because),
        "at": iso(decision.at, zone),
        "decided_at": iso(decision.decided_at, zone),
        "subject": decision.subject,
        "words": decision.because.label,
        "policy": decision.policy,
        "events": list(decision.events),
        "facts": dict(decision.facts),
    }


def _event(event: Event, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": str(event.kind),
        "at": iso(event.at, zone),
        "seen_at": iso(event.seen_at, zone),
        "ticket_id": event.ticket_id,
        "source": event.source,
        "data": dict(event.data),
        "note": event.note,
        "key": event.key,
    }


def _events(store: Store, row: IncidentRow) -> list[Event]:
    """The incident's own events, and the customer's while it lasted."""
    rows = store.incidents.of_client(row.client_id)
    found = [event for event in store.events.of_client(row.client_id) if _belongs(event, row, rows)]
    return sorted(found, key=lambda event: (event.at, event.seen_at, event.kind is not EventKind.OPENED))


def _belongs(event: Event, row: IncidentRow, rows: Sequence[IncidentRow]) -> bool:
    if event.ticket_id is None:
        return row.opened_at <= event.at and (row.ended_at is None or event.at <= row.ended_at)
    mine = [other for other in rows if event.ticket_id in other.ticket_ids]
    begun = [other for other in mine if other.opened_at <= event.at]
    return bool(mine) and (begun[-1] if begun else mine[0]).incident_id == row.incident_id
