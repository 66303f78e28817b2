"""The receipt of one ticket: what happened, what was decided by which rule, the money, the pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.calendar import ZERO, in_hours
from bridge.domain.decisions import Decision, Line
from bridge.domain.events import Event, EventKind
from bridge.store.decisions import Taken
from bridge.store.incidents import IncidentRow
from bridge.store.ledger import Entry
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store
from bridge.views.credits import CreditView, credit_views
from bridge.views.instants import iso
from bridge.views.overpaid import Overpaid, overpaid_of
from bridge.views.pushes import push_as_json
from bridge.views.tickets import TicketView, find_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Everything known of one ticket's incident, each list in order of time.

    `entries` are the histories of the credits, by credit. `overpaid` is what was credited beyond what is
    earned by what is known now (C-10).
    """

    view: TicketView
    events: Sequence[Event]
    decisions: Sequence[Taken]
    credits: Sequence[CreditView]
    entries: Mapping[str, Sequence[Entry]]
    pushes: Sequence[OutboxRow]
    overpaid: Overpaid | None

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """The ticket's fields with `events`, `decisions`, `credits`, `overpaid` and `pushes`."""
        return {
            **self.view.as_json(zone),
            "subject": self.view.ticket.subject if self.view.ticket is not None else None,
            "ticket_ids": list(self.view.incident.ticket_ids),
            "counted_from": iso(self.view.incident.opened_at, zone),
            "ended_at": iso(self.view.incident.ended_at, zone),
            "spans": [[iso(start, zone), iso(end, zone)] for start, end in self.view.incident.spans],
            "policies": list(self.policies),
            "rulebooks": list(self.rulebooks),
            "events": [_event(event, zone) for event in self.events],
            "decisions": [taken_as_json(taken, zone) for taken in self.decisions],
            "credits": [
                credit_as_json(credit, self.entries[credit.line.credit_id], zone) for credit in self.credits
            ],
            "overpaid": self.overpaid.as_json() if self.overpaid is not None else None,
            "pushes": [push_as_json(row, zone) for row in self.pushes],
        }

    @property
    def policies(self) -> tuple[str, ...]:
        """The dated versions that ruled, in order of their first use: `escalation@2019-01-01`."""
        return tuple(dict.fromkeys(one.decision.policy for one in self.decisions if one.decision.policy))

    @property
    def rulebooks(self) -> tuple[str, ...]:
        """The digests of all policy texts that ruled, in order of their first use."""
        in_order = sorted(self.decisions, key=lambda one: one.judgement.at)
        return tuple(dict.fromkeys(one.judgement.digest for one in in_order))


def receipt(store: Store, wanted: str, now: datetime) -> Receipt:
    """Return the receipt of a ticket number or report number. Raises UsageFault for an unknown one."""
    view = find_ticket(store, wanted, now)
    row = view.incident
    ledger = store.ledger.lines_of_client(row.client_id)
    lines = [line for line in ledger if _is_of(line, row, store)]
    return Receipt(
        view=view,
        events=_events(store, row),
        decisions=store.incidents.taken_about(row.incident_id),
        credits=credit_views(store, lines),
        entries={line.credit_id: store.ledger.entries(line.credit_id) for line in lines},
        pushes=store.outbox.of_incident(row.incident_id),
        overpaid=overpaid_of(store, row, ledger, now),
    )


def _is_of(line: Line, row: IncidentRow, store: Store) -> bool:
    """Whether a line is the incident's own, or of one that proved to be this one (L-9)."""
    if line.incident_id == row.incident_id:
        return True
    return store.incidents.get(line.incident_id) is None and bool({*line.ticket_ids} & {*row.ticket_ids})


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


def taken_as_json(taken: Taken, zone: ZoneInfo) -> dict[str, Any]:
    """A decision with the sum of its deadline, and the digest of the policy texts that ruled.

    `at` is when it was due, `decided_at` when that was seen (L-8).
    """
    return {
        **decision_as_json(taken.decision, zone),
        "rulebook": taken.judgement.digest,
        "deadline": _deadline(taken.decision, zone),
    }


def _deadline(decision: Decision, zone: ZoneInfo) -> dict[str, Any] | None:
    """The sum: an instant, plus what the rule allows, plus what did not count, is when it was due."""
    facts = decision.facts
    if "age_limit" in facts:
        start, limit = facts["opened_at"], facts["age_limit"]
    elif "visit_ends" in facts:
        start, limit = facts["visit_ends"], facts["grace"]
    else:
        return None
    return {
        "counted_from": iso(datetime.fromisoformat(start), zone),
        "limit": limit,
        "not_counted": facts.get("not_counted", in_hours(ZERO)),
        "due_at": iso(decision.at, zone),
        "seen_at": iso(decision.decided_at, zone),
    }


def credit_as_json(credit: CreditView, entries: Sequence[Entry], zone: ZoneInfo) -> dict[str, Any]:
    """A credit as lists show it, with the facts of its sum and everything that was done to it."""
    return {
        **credit.as_json(),
        "final_at": iso(credit.line.final_at, zone),
        "facts": dict(credit.line.facts),
        "entries": [
            {
                "at": iso(entry.at, zone),
                "actor": entry.actor,
                "status": str(entry.line.status),
                "reason": str(entry.line.reason),
                "amount": str(entry.line.amount),
                "note": entry.note,
            }
            for entry in entries
        ],
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
