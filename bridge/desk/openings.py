"""Tickets that a person opened in the panel instead of the bridge."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.desk.pushes import work_done
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.records import Ticket
from bridge.errors import UsageFault
from bridge.store.store import Store
from bridge.store.worklist import WorkLine
from bridge.sync.openings import became, told_by_agent


def opened_by_hand(  # noqa: PLR0913, PLR0917 - a deed with its person and time
    store: Store, line_id: int, ticket_id: int, by: str, at: datetime, zone: ZoneInfo
) -> WorkLine:
    """Tick off the line of a ticket to be opened: it is this one, whether or not it carries the marker.

    Where the ticket has been read already, it learns now when it was reported (I-4) and what the agent said.

    Raises UsageFault as `work_done`, and for a line that opens no ticket, another customer's ticket, and
    one that belongs to another report.
    """
    with store.transaction():
        line = work_done(store, line_id, by, at)
        row = store.outbox.get(line.push_key) if line.push_key is not None else None
        if row is None or row.push.kind is not PushKind.OPEN:
            raise UsageFault(f"line {line_id} opens no ticket: leave --ticket out")
        ticket = store.snapshots.tickets([ticket_id]).get(ticket_id)
        if ticket is not None and ticket.client_id != row.push.client_id:
            raise UsageFault(
                f"ticket {ticket_id} is of customer {ticket.client_id}, and line {line_id} of customer "
                f"{row.push.client_id}"
            )
        if not became(store, row.push, ticket_id, at):
            known = store.openings.ticket_of(row.push.key)
            other = (
                f"line {line_id} is ticket {known}" if known else f"ticket {ticket_id} is another report's"
            )
            raise UsageFault(f"{other} already")
        if ticket is not None:
            call = store.calls.of_push(row.push.key)
            said = told_by_agent(call, ticket, at, zone) if call is not None else ()
            store.events.append([_reported(row.push, ticket, by, at), *said])
            store.incidents.touch(ticket.client_id, at)
    return line


def _reported(push: Push, ticket: Ticket, by: str, at: datetime) -> Event:
    """The report came before the ticket that a person made of it."""
    return Event(
        key=f"t{ticket.ticket_id}:reported",
        kind=EventKind.OPENED,
        client_id=ticket.client_id,
        ticket_id=ticket.ticket_id,
        at=min(push.due_at, ticket.opened_at),
        seen_at=at,
        source=f"person:{by}",
        data={"channel": str(push.channel)},
    )
