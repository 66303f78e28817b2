"""Incidents as the rules last saw them: a projection that can be rebuilt, beside decisions that cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from bridge.store.codec import Spans, spans_from_json, spans_to_json
from bridge.store.database import Database
from bridge.store.decisions import Decisions
from bridge.store.schema import incident_clients, incident_tickets, incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One incident in its present state, as lists and receipts show it.

    `spans` are the times in which a ticket of it was open (an open end is None); `next_due_at` is when the
    rules must look at it again though nothing changed.
    """

    incident_id: str
    client_id: int
    service_id: int | None
    kind: str
    is_fault: bool
    channel: str
    level: int | None
    severe: bool
    attribution: str
    report_number: str | None
    opened_at: datetime
    ended_at: datetime | None
    spans: Spans
    technician_id: int | None
    next_deadline_rule: str | None
    next_deadline_at: datetime | None
    next_due_at: datetime | None
    breaches: tuple[str, ...]
    ticket_ids: tuple[int, ...]


_ALL = select(incidents).order_by(incidents.c.opened_at, incidents.c.incident_id)
_OF_CLIENT = _ALL.where(incidents.c.client_id == bindparam("client"))
_BY_ID = select(incidents).where(incidents.c.incident_id == bindparam("incident"))
_BY_TICKET = (
    select(incidents)
    .join(incident_tickets)
    .where(incident_tickets.c.ticket_id == bindparam("ticket"))
    .order_by(incidents.c.opened_at.desc(), incidents.c.incident_id.desc())
    .limit(1)
)
_NOT_ENDED = incidents.c.ended_at.is_(None)
_OPEN = _ALL.where(_NOT_ENDED)
_CLOSED_SINCE = _ALL.where(incidents.c.ended_at >= bindparam("since"))
_DUE = select(incidents.c.client_id).where(incidents.c.next_due_at <= bindparam("now")).distinct()
_OPEN_CLIENTS = select(incidents.c.client_id).where(_NOT_ENDED, incidents.c.is_fault == true()).distinct()
_LOADS = (
    select(incidents.c.technician_id, func.count())
    .where(_NOT_ENDED, incidents.c.technician_id > 0)
    .group_by(incidents.c.technician_id)
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OWNERS = select(incident_clients).where(incident_clients.c.incident_id.in_(_IDS))
_ADD_OWNER = insert(incident_clients)
_CHANGE_OWNER = (
    update(incident_clients)
    .where(incident_clients.c.incident_id.in_(_IDS))
    .values(client_id=bindparam("client"))
)
_REMOVE = delete(incidents).where(incidents.c.incident_id.in_(_IDS))
_TOUCH = (
    update(incidents).where(incidents.c.client_id == bindparam("client")).values(next_due_at=bindparam("at"))
)
_ADD = insert(incidents)
_ADD_TICKET = insert(incident_tickets)


class Incidents(Decisions):
    """Incidents, and the decisions taken about them (see the base class)."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    def replace_client(self, client_id: int, rows: Iterable[IncidentRow]) -> bool:
        """Make these the incidents of a customer; return whether anything differed.

        An incident that another customer had (a ticket moved in the panel) changes hands with all that
        was ever decided about it. Raises ValueError for the row of another customer.
        """
        wanted = {row.incident_id: row for row in rows}
        if any(row.client_id != client_id for row in wanted.values()):
            raise ValueError(f"an incident of another customer than {client_id}")
        with self._database.writing() as connection:
            stored = {
                row.incident_id: row
                for row in map(_incident, connection.execute(_OF_CLIENT, {"client": client_id}))
            }
            changed = [row for row in wanted.values() if stored.get(row.incident_id) != row]
            stale = [incident_id for incident_id in stored if incident_id not in wanted]
            if not changed and not stale:
                return False
            connection.execute(_REMOVE, {"ids": stale + [row.incident_id for row in changed]})
            _write(connection, client_id, changed)
        return True

    def of_client(self, client_id: int) -> list[IncidentRow]:
        """Return a customer's incidents, oldest first."""
        return self._rows(_OF_CLIENT, client=client_id)

    def get(self, incident_id: str) -> IncidentRow | None:
        """Return one incident."""
        return next(iter(self._rows(_BY_ID, incident=incident_id)), None)

    def by_ticket(self, ticket_id: int) -> IncidentRow | None:
        """Return the latest incident that holds a ticket."""
        return next(iter(self._rows(_BY_TICKET, ticket=ticket_id)), None)

    def open(self) -> list[IncidentRow]:
        """Return what has not ended, faults and enquiries, oldest first."""
        return self._rows(_OPEN)

    def closed_since(self, since: datetime) -> list[IncidentRow]:
        """Return what ended at `since` or later, oldest opening first."""
        return self._rows(_CLOSED_SINCE, since=since)

    def all(self) -> list[IncidentRow]:
        """Return every incident, oldest first."""
        return self._rows(_ALL)

    def due(self, now: datetime) -> set[int]:
        """Return the customers for whom a rule has something to say by `now`."""
        with self._database.reading() as connection:
            return set(connection.scalars(_DUE, {"now": now}))

    def touch(self, client_id: int, at: datetime) -> None:
        """Let the rules look at a customer's incidents again from `at` on: a person recorded a fact."""
        with self._database.writing() as connection:
            connection.execute(_TOUCH, {"client": client_id, "at": at})

    def open_clients(self) -> set[int]:
        """Return the customers with a fault that has not ended."""
        with self._database.reading() as connection:
            return set(connection.scalars(_OPEN_CLIENTS))

    def loads(self) -> dict[int, int]:
        """Return how many open incidents each technician has; nobody's are not counted."""
        with self._database.reading() as connection:
            return dict(connection.execute(_LOADS).all())

    def _rows(self, statement: Select[Any], **values: object) -> list[IncidentRow]:
        with self._database.reading() as connection:
            return [_incident(row) for row in connection.execute(statement, values)]


def _write(connection: Connection, client_id: int, rows: list[IncidentRow]) -> None:
    if not rows:
        return
    ids = [row.incident_id for row in rows]
    owners = {row.incident_id: row.client_id for row in connection.execute(_OWNERS, {"ids": ids})}
    moved = [incident_id for incident_id, owner in owners.items() if owner != client_id]
    if moved:
        connection.execute(_CHANGE_OWNER, {"ids": moved, "client": client_id})
    if fresh := [
        {"incident_id": incident_id, "client_id": client_id}
        for incident_id in ids
        if incident_id not in owners
    ]:
        connection.execute(_ADD_OWNER, fresh)
    connection.execute(_ADD, [_values(row) for row in rows])
    links = [
        {"ticket_id": ticket_id, "incident_id": row.incident_id}
        for row in rows
        for ticket_id in set(row.ticket_ids)
    ]
    if links:
        connection.execute(_ADD_TICKET, links)


def _values(row: IncidentRow) -> dict[str, Any]:
    return {
        "incident_id": row.incident_id,
        "client_id": row.client_id,
        "service_id": row.service_id,
        "kind": row.kind,
        "is_fault": row.is_fault,
        "channel": str(row.channel),
        "level": row.level,
        "severe": row.severe,
        "attribution": str(row.attribution),
        "report_number": row.report_number,
        "opened_at": row.opened_at,
        "ended_at": row.ended_at,
        "spans": spans_to_json(row.spans),
        "technician_id": row.technician_id,
        "next_deadline_rule": row.next_deadline_rule,
        "next_deadline_at": row.next_deadline_at,
        "next_due_at": row.next_due_at,
        "breaches": list(row.breaches),
        "ticket_ids": list(row.ticket_ids),
    }


def _incident(row: Row[Any]) -> IncidentRow:
    return IncidentRow(
        incident_id=row.incident_id,
        client_id=row.client_id,
        service_id=row.service_id,
        kind=row.kind,
        is_fault=row.is_fault,
        channel=row.channel,
        level=row.level,
        severe=row.severe,
        attribution=row.attribution,
        report_number=row.report_number,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        spans=spans_from_json(row.spans),
        technician_id=row.technician_id,
        next_deadline_rule=row.next_deadline_rule,
        next_deadline_at=row.next_deadline_at,
        next_due_at=row.next_due_at,
        breaches=tuple(row.breaches),
        ticket_ids=tuple(row.ticket_ids),
    )
