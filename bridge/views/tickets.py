"""Tickets as lists show them: one for each ticket of the panel, with what its incident has become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.calendar import Span, age
from bridge.domain.intents import Push
from bridge.domain.lineage import tickets_named
from bridge.domain.records import Ticket
from bridge.errors import UsageFault
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store
from bridge.views.instants import iso

RECENTLY = timedelta(days=30)


class Scope(StrEnum):
    """Which tickets a list holds."""

    RECENT = "recent"  # open, and closed in the last 30 days
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """One ticket: its incident's row, the ticket as last seen (None: never), and whether it is open now.

    `report` is the letter or the call that the bridge made it of.
    """

    ticket_id: int
    incident: IncidentRow
    ticket: Ticket | None
    report: Push | None
    is_open: bool
    age: timedelta

    @property
    def status(self) -> str:
        """The word for open or closed."""
        return "open" if self.is_open else "closed"

    @property
    def opened_at(self) -> datetime:
        """When it was reported: when it was opened in the panel, or the letter or call before that (I-4)."""
        at = self.ticket.opened_at if self.ticket is not None else self.incident.opened_at
        return at if self.report is None else min(self.report.due_at, at)

    @property
    def channel(self) -> str:
        """How the customer reported it."""
        if self.report is not None:
            return str(self.report.channel)
        return str(self.ticket.channel) if self.ticket is not None else self.incident.channel

    @property
    def technician_id(self) -> int | None:
        """The owner of the incident, else whom the panel shows; None is nobody."""
        shown = self.ticket.technician_id if self.ticket is not None else None
        return self.incident.technician_id or shown or None

    def was_open_at(self, instant: datetime) -> bool:
        """Whether the ticket is open, or was closed at `instant` or later."""
        if self.is_open:
            return True
        closed = self.ticket.closed_at if self.ticket is not None else None
        closed = closed or self.incident.ended_at
        return closed is None or closed >= instant

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """The ticket with the field names promised to users (design section 5)."""
        row = self.incident
        deadline = None
        if row.next_deadline_rule is not None and row.next_deadline_at is not None:
            deadline = {"rule": row.next_deadline_rule, "at": iso(row.next_deadline_at, zone)}
        return {
            "ticket_id": self.ticket_id,
            "client_id": row.client_id,
            "service_id": row.service_id,
            "report_number": row.report_number,
            "kind": row.kind,
            "channel": self.channel,
            "status": self.status,
            "level": row.level,
            "severe": row.severe,
            "attribution": row.attribution,
            "opened_at": iso(self.opened_at, zone),
            "age_seconds": int(self.age.total_seconds()),
            "technician_id": self.technician_id,
            "next_deadline": deadline,
            "breaches": list(row.breaches),
        }


def list_tickets(store: Store, now: datetime, scope: Scope) -> list[TicketView]:
    """Return the tickets of a scope, oldest first."""
    views = [view for view in _views(store, _rows(store, now, scope), now) if _is_in(view, scope, now)]
    return sorted(views, key=lambda view: (view.opened_at, view.ticket_id))


def find_ticket(store: Store, wanted: str, now: datetime) -> TicketView:
    """Return the ticket of a panel's ticket number, or the first one of a report number.

    A number whose incident proved to be another leads to that one. Raises UsageFault where the store knows
    neither.
    """
    word = wanted.strip().lstrip("#")
    row = store.incidents.by_ticket(int(word)) if word.isdecimal() else _reported(store, word.upper())
    if row is None:
        raise UsageFault(
            f"no ticket or report number {wanted} is known here. A ticket is known from the first "
            "`bridge sync` that reads it, unless it was closed before the bridge took over"
        )
    ticket_id = int(word) if word.isdecimal() else row.ticket_ids[0]
    return next(view for view in _views(store, [row], now) if view.ticket_id == ticket_id)


def _reported(store: Store, number: str) -> IncidentRow | None:
    found = (store.incidents.by_ticket(ticket_id) for ticket_id in tickets_named(number))
    return store.incidents.get(number) or next(found, None)


def _rows(store: Store, now: datetime, scope: Scope) -> list[IncidentRow]:
    if scope is Scope.ALL:
        return store.incidents.all()
    rows = store.incidents.open()
    if scope is Scope.RECENT:
        rows += store.incidents.closed_since(now - RECENTLY)
    listed = {ticket_id for row in rows for ticket_id in row.ticket_ids}
    # A ticket can stand open in the panel long after staff recorded its fault as resolved.
    left = (
        store.incidents.by_ticket(ticket_id)
        for ticket_id in store.snapshots.known_open()
        if ticket_id not in listed
    )
    return rows + [row for row in left if row is not None]


def _views(store: Store, rows: Iterable[IncidentRow], now: datetime) -> list[TicketView]:
    latest: dict[int, IncidentRow] = {}
    for row in sorted(rows, key=lambda row: row.opened_at):
        latest.update(dict.fromkeys(row.ticket_ids, row))
    tickets = store.snapshots.tickets(latest)
    known_open = store.snapshots.known_open()
    reports = store.openings.reports(latest)
    return [
        TicketView(
            ticket_id=ticket_id,
            incident=row,
            ticket=tickets.get(ticket_id),
            report=reports.get(ticket_id),
            is_open=ticket_id in known_open,
            age=age((Span(start, end) for start, end in row.spans), now),
        )
        for ticket_id, row in latest.items()
    ]


def _is_in(view: TicketView, scope: Scope, now: datetime) -> bool:
    match scope:
        case Scope.ALL:
            return True
        case Scope.OPEN:
            return view.is_open
        case Scope.RECENT:
            return view.was_open_at(now - RECENTLY)
