"""The panel as the last reads showed it: customers and tickets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, true, update

from bridge.domain.records import Ticket
from bridge.store.batches import in_batches
from bridge.store.codec import ticket_from_json, ticket_to_json
from bridge.store.customers import Customers
from bridge.store.database import Database
from bridge.store.meta import Meta
from bridge.store.schema import tickets

LAST_TICKET = "last_ticket_id"

_IDS = tickets.c.ticket_id.in_(bindparam("ids", expanding=True))
_OPEN = (tickets.c.is_open == true()) & tickets.c.gone_at.is_(None)
_RECORDS = select(tickets.c.record).where(_IDS).order_by(tickets.c.ticket_id)
_OF_CLIENT = (
    select(tickets.c.record).where(tickets.c.client_id == bindparam("client")).order_by(tickets.c.ticket_id)
)
_KNOWN_OPEN = select(tickets.c.ticket_id, tickets.c.client_id).where(_OPEN)
_COUNT_OPEN = select(func.count()).select_from(tickets).where(_OPEN)
_DIGESTS = select(tickets.c.ticket_id, tickets.c.digest, tickets.c.gone_at).where(_IDS)
_GONE_AT = select(tickets.c.gone_at).where(tickets.c.ticket_id == bindparam("ticket"))
_MARK_GONE = update(tickets).where(_IDS, tickets.c.gone_at.is_(None)).values(gone_at=bindparam("gone"))
_ADD = insert(tickets)
_CHANGE = (
    update(tickets)
    .where(tickets.c.ticket_id == bindparam("wanted"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("client_id", "is_open", "digest", "record", "changed_at")
        }
        | {"gone_at": None}
    )
)


class Snapshots(Customers):
    """Customers (see the base class) and tickets as last seen."""

    def __init__(self, database: Database, meta: Meta) -> None:
        super().__init__(database)
        self._meta = meta

    def tickets(self, ticket_ids: Iterable[int]) -> dict[int, Ticket]:
        """Return tickets as last seen, gone ones too; those never seen are left out."""
        found: list[Ticket] = []
        with self._database.reading() as connection:
            for ids in in_batches(ticket_ids):
                found.extend(map(ticket_from_json, connection.scalars(_RECORDS, {"ids": ids})))
        return {ticket.ticket_id: ticket for ticket in found}

    def tickets_of(self, client_id: int) -> list[Ticket]:
        """Return every ticket of a customer as last seen, gone ones too, oldest number first."""
        with self._database.reading() as connection:
            return [
                ticket_from_json(record) for record in connection.scalars(_OF_CLIENT, {"client": client_id})
            ]

    def known_open(self) -> dict[int, int]:
        """Return the tickets last seen open and not gone, each with its customer."""
        with self._database.reading() as connection:
            return dict(connection.execute(_KNOWN_OPEN).all())

    def ticket_count(self) -> int:
        """Return how many tickets were last seen open and are not gone."""
        with self._database.reading() as connection:
            return connection.scalar(_COUNT_OPEN) or 0

    def last_ticket_id(self) -> int:
        """Return the highest ticket number ever seen, 0 before the first."""
        return int(self._meta.get(LAST_TICKET) or 0)

    def advance_last_ticket_id(self, ticket_id: int) -> None:
        """Note a ticket number; a lower one than the highest changes nothing."""
        if ticket_id > self.last_ticket_id():
            self._meta.set(LAST_TICKET, str(ticket_id))

    def save_tickets(self, tickets: Iterable[Ticket], at: datetime) -> frozenset[int]:
        """Keep tickets that are new, differ from their last sight, or were gone; return their ids."""
        wanted = {ticket.ticket_id: _values(ticket, at) for ticket in tickets}
        if not wanted:
            return frozenset()
        known: set[int] = set()
        with self._database.writing() as connection:
            for ids in in_batches(list(wanted)):
                for row in connection.execute(_DIGESTS, {"ids": ids}):
                    if row.digest == wanted[row.ticket_id]["digest"] and row.gone_at is None:
                        del wanted[row.ticket_id]
                    else:
                        known.add(row.ticket_id)
            if added := [values for ticket_id, values in wanted.items() if ticket_id not in known]:
                connection.execute(_ADD, added)
            if known:
                connection.execute(_CHANGE, [_as_change(wanted[ticket_id]) for ticket_id in sorted(known)])
        return frozenset(wanted)

    def mark_gone(self, ticket_ids: Iterable[int], at: datetime) -> None:
        """Note that tickets have vanished from the panel; the first such note counts."""
        with self._database.writing() as connection:
            for ids in in_batches(ticket_ids):
                connection.execute(_MARK_GONE, {"ids": ids, "gone": at})

    def is_gone(self, ticket_id: int) -> bool:
        """Return whether a ticket was seen once and has vanished from the panel."""
        with self._database.reading() as connection:
            return connection.scalar(_GONE_AT, {"ticket": ticket_id}) is not None


def _values(ticket: Ticket, at: datetime) -> dict[str, Any]:
    record = ticket_to_json(ticket)
    return {
        "ticket_id": ticket.ticket_id,
        "client_id": ticket.client_id,
        "is_open": ticket.is_open,
        "digest": hashlib.blake2b(json.dumps(record).encode(), digest_size=16).hexdigest(),
        "record": record,
        "first_seen_at": at,
        "changed_at": at,
    }


def _as_change(values: dict[str, Any]) -> dict[str, Any]:
    changed = {
        f"new_{name}": value for name, value in values.items() if name not in {"ticket_id", "first_seen_at"}
    }
    return changed | {"wanted": values["ticket_id"]}
