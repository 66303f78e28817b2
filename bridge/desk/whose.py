"""Whose a number is that a caller reads out: a report's, or a ticket's."""

from __future__ import annotations

import re

from bridge.store.store import Store

_TICKET = re.compile(
    r"(?:ticket|tkt|reporte|folio)\s*(?:n[uú]m(?:ero)?\.?|no\.?)?\s*#?\s*(\d{1,9})", re.IGNORECASE
)
_REPORT = re.compile(r"[A-Z]+-\d{1,9}(?:-\d+)?", re.IGNORECASE)


def whose(store: Store, typed: str) -> int | None:
    """Return the customer of `ticket 1201` or of the report `RC-1201`; None for anything else."""
    said = typed.strip()
    if _REPORT.fullmatch(said):
        row = store.incidents.get(said.upper())
        return row.client_id if row is not None else None
    found = _TICKET.fullmatch(said)
    if found is None:
        return None
    ticket_id = int(found[1])
    row = store.incidents.by_ticket(ticket_id)
    if row is not None:
        return row.client_id
    push = store.openings.reports([ticket_id]).get(ticket_id)
    return push.client_id if push is not None else None
