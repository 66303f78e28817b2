"""Which of the bridge's own wishes a ticket on the panel is the answer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.records import Ticket
from bridge.store.calls import Call
from bridge.store.store import Store
from bridge.sync.guards import CLOCKS_APART

# The marker of a ticket to be opened is its key in brackets: `[MAIL-3f9a0c/T]`.
_MARKER = re.compile(r"\[([A-Z]+-[0-9a-f]{6,32}/T)\]")


def opening_of(store: Store, ticket: Ticket, now: datetime) -> Push | None:
    """Return the push by which the bridge opened a ticket that is new here, and note that it is this one.

    A person may have said that it is. A marker that somebody copied into another ticket opens nothing: each
    push becomes one ticket, of its own customer, and none that is older than the report.
    """
    said = store.openings.reports([ticket.ticket_id]).get(ticket.ticket_id)
    if said is not None:
        return said if said.client_id == ticket.client_id else None
    opening = ticket.messages[0].text if ticket.messages else ""
    for key in dict.fromkeys(_MARKER.findall(f"{ticket.subject}\n{opening}")):
        row = store.outbox.get(key)
        if row is None or row.push.kind is not PushKind.OPEN or row.push.client_id != ticket.client_id:
            continue
        if ticket.opened_at < row.push.due_at - CLOCKS_APART:
            continue
        if became(store, row.push, ticket.ticket_id, now):
            return row.push
    return None


def callback(push: Push) -> str:
    """Return the key of the line by which a caller is told the number of their ticket."""
    return f"call/{push.key}"


def became(store: Store, push: Push, ticket_id: int, at: datetime) -> bool:
    """Note which ticket a push became; return False where one of them belongs to another.

    A caller who hung up without the number is to be told of it, which a person does.
    """
    is_news = store.openings.ticket_of(push.key) is None
    if not store.openings.bind(push.key, ticket_id, at):
        return False
    if is_news and store.calls.of_push(push.key) is not None:
        store.worklist.add(
            callback(push),
            "answer",
            f"Avise al cliente {push.client_id}: el número de su ticket es {ticket_id}. Cuando llamó no se "
            "sabía. Después marque esta línea como hecha.",
            client_id=push.client_id,
            ticket_id=ticket_id,
            at=at,
        )
    return True


def told_by_agent(call: Call, ticket: Ticket, now: datetime, zone: ZoneInfo) -> Iterator[Event]:
    """What the agent said of a call, as staff record it of the ticket that it became (I-2).

    It is said once: the keys are those of the ticket, and a call becomes one ticket.
    """
    said = [(EventKind.KIND_SET, call.began_at, {"kind": call.kind})]
    if call.service_id is not None:
        said.append((EventKind.SERVICE_NAMED, call.began_at, {"service_id": str(call.service_id)}))
    if call.solved_at is not None:
        restored = call.solved_at.astimezone(zone).isoformat()
        said.append((EventKind.RESOLVED, call.solved_at, {"restored": restored}))
    for kind, at, data in said:
        yield Event(
            key=f"t{ticket.ticket_id}:call:{kind}",
            kind=kind,
            client_id=ticket.client_id,
            ticket_id=ticket.ticket_id,
            at=at,
            seen_at=now,
            source=f"person:{call.taken_by}",
            data=data,
        )
