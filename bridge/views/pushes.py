"""Pushes as lists show them: what is asked of the panel, in words, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.intents import Push, PushKind
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.views.instants import iso

NOTHING: Mapping[int, str] = {}

# What nobody has to wait for: it came true, was withdrawn, or the panel took it.
_DELIVERED = frozenset({PushState.VERIFIED, PushState.DISCARDED, PushState.SENT})


def list_pushes(store: Store, *, delivered: bool = False) -> list[OutboxRow]:
    """Return the pushes that are not delivered, oldest deadline first; with `delivered` every one."""
    return store.outbox.in_states(*(state for state in PushState if delivered or state not in _DELIVERED))


def push_as_json(row: OutboxRow, zone: ZoneInfo) -> dict[str, Any]:
    """A push with its state and everything it would write."""
    push = row.push
    return {
        "key": push.key,
        "kind": str(push.kind),
        "state": str(row.state),
        "client_id": push.client_id,
        "ticket_id": push.ticket_id,
        "incident_id": row.incident_id,
        "credit_id": row.credit_id,
        "marker": push.marker,
        "text": push.text,
        "department_id": push.department_id,
        "technician_id": push.technician_id,
        "amount": None if push.amount is None else str(push.amount),
        "currency": None if push.amount is None else push.amount.currency,
        "route": None if row.route is None else str(row.route),
        "attempts": row.attempts,
        "due_at": iso(push.due_at, zone),
        "retry_at": iso(row.retry_at, zone),
        "waiting_since": iso(row.waiting_since, zone),
        "changed_at": iso(row.changed_at, zone),
        "reason": row.reason,
    }


def push_in_words(
    push: Push, departments: Mapping[int, str] = NOTHING, technicians: Mapping[int, str] = NOTHING
) -> str:
    """Say what a push does, with the names of departments and technicians where they are known."""
    match push.kind:
        case PushKind.SET_STATUS:
            state = f", state {push.state}" if push.state else ""
            return f"ticket {push.ticket_id} to {named('department', push.department_id, departments)}{state}"
        case PushKind.ASSIGN:
            return f"ticket {push.ticket_id} to {named('technician', push.technician_id, technicians)}"
        case PushKind.NOTE:
            return f"{'note on' if push.internal else 'reply to'} ticket {push.ticket_id}: {push.text}"
        case PushKind.CLOSE:
            return f"close ticket {push.ticket_id}: {push.text}"
        case PushKind.OPEN:
            return f"open a ticket for customer {push.client_id}: {push.text}"
        case PushKind.SMS:
            return f"SMS to customer {push.client_id}: {push.text}"
        case PushKind.CREDIT | PushKind.CHARGE:
            sign = "-" if push.kind is PushKind.CREDIT else "+"
            currency = push.amount.currency if push.amount is not None else ""
            return f"customer {push.client_id}: {sign}{push.amount} {currency}, {push.text}"


def named(what: str, number: int | None, names: Mapping[int, str]) -> str:
    """Return a number with what it is and its name: `department 4 Soporte nivel 2`."""
    name = names.get(number or 0)
    return f"{what} {number} {name}" if name else f"{what} {number}"
