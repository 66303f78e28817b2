"""The ledger for the accountant: one row a line as it stands, or one row for every state it was ever in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from bridge.store.ledger import Entry
from bridge.store.store import Store
from bridge.views.credits import CreditView, list_credits
from bridge.views.instants import iso

FIELDS = (
    "credit_id",
    "client_id",
    "service_id",
    "report_number",
    "ticket_ids",
    "type",
    "days",
    "amount",
    "currency",
    "status",
    "reason",
    "invoice_id",
    "marker",
    "invoice_ids",
    "client_name",
    "entry_id",
    "changed_at",
    "changed_by",
    "why",
)


def account_rows(store: Store, zone: ZoneInfo, *, refusals: bool, history: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows in FIELDS' terms, oldest line first, its states in their order.

    `changed_at` is ISO 8601 with the zone's offset; `changed_by` is `bridge` or a person's name, `why` what
    was noted with it.
    """
    views = list_credits(store, refusals=refusals)
    customers = {view.line.client_id for view in views}
    names = {number: client.name for number, client in store.snapshots.clients(customers).items()}
    entries: dict[str, list[Entry]] = {}
    for customer in customers:
        for entry in store.ledger.entries_of_client(customer):
            entries.setdefault(entry.line.credit_id, []).append(entry)
    for view in views:
        states = entries[view.line.credit_id]
        for entry in states if history else states[-1:]:
            shown = CreditView(line=entry.line, report_number=view.report_number).as_json()
            yield {
                **shown,
                "ticket_ids": _list(shown["ticket_ids"]),
                "invoice_ids": _list(shown["invoice_ids"]),
                "client_name": names.get(entry.line.client_id),
                "entry_id": entry.entry_id,
                "changed_at": iso(entry.at, zone),
                "changed_by": entry.actor,
                "why": entry.note,
            }


def _list(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))
