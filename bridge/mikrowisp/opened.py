"""Finding a ticket that the bridge may have opened: NewTicket has no key that refuses a repetition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, Sight
from bridge.domain.records import Ticket

CLOCKS_APART = timedelta(minutes=10)  # as far as the panel's clock may be behind ours


def opened(push: Push, tickets: Iterable[Ticket], *, whole: bool) -> Sight:
    """Look for an OPEN push among its customer's tickets, by marker, in the time since it was reported.

    Tickets older than the report are none of it. It is absent only where every ticket since then shows its
    text, and `whole` says that none was set aside: else a ticket without its text may be the one.
    """
    since = push.due_at - CLOCKS_APART
    recent = [ticket for ticket in tickets if ticket.opened_at >= since]
    mine = sorted(ticket.ticket_id for ticket in recent if push.marker and _carries(ticket, push.marker))
    if mine:
        return Sight(visibility=SHOWN.visibility, copies=len(mine), ticket_id=mine[0])
    silent = any(not any(said.text for said in ticket.messages) for ticket in recent)
    return ABSENT if push.marker and whole and not silent else HIDDEN


def _carries(ticket: Ticket, marker: str) -> bool:
    return any(marker in text for text in (ticket.subject, *(said.text for said in ticket.messages)))
