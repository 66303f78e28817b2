"""Tickets and customers read from the panel's tables, at a cost that closed tickets do not raise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Select

from bridge.domain.intents import Route
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import Client, Ticket
from bridge.errors import BrokenRecord
from bridge.mikrowisp.customers import ClientList
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.connect import reading
from bridge.mikrowisp.database.permissions import READ
from bridge.mikrowisp.database.rows import Row, Rows, local_text
from bridge.mikrowisp.database.schema import INSPECTION_CALLS, Schema, inspect, soporte
from bridge.mikrowisp.translate import number_of
from bridge.rulebook.commands import Commands

FIRST_LOOK_BACK = timedelta(days=35)

Progress = Callable[[int, int], None]

_NEVER = datetime.min.replace(tzinfo=UTC)


class DatabaseReader:
    """The read route over the database (design section 1, contract sections 3 and 5).

    `zone` is the panel's time zone, `bridge_operator` the operator id under which the bridge writes
    (0: none known).
    """

    route = Route.DATABASE

    def __init__(
        self,
        engine: Engine,
        *,
        zone: ZoneInfo,
        dialect: Commands | None = None,
        bridge_operator: int = 0,
        currency: str = "MXN",
    ) -> None:
        self._engine = engine
        self._zone = zone
        self._rows = Rows(
            words=(dialect or Commands()).tickets,
            zone=zone,
            currency=currency,
            bridge_operator=bridge_operator,
        )

    def read(self, wanted: Wanted, progress: Progress | None = None) -> Reading:
        """Read tickets that are open, known open, or new since `wanted`, with their customers.

        Where the store knows no ticket yet, also those closed in the last 35 days: that one read scans all
        tickets. `progress` is told (done, all) in tickets. Raises PanelUnusable where a table or column is
        missing (before anything else is read), PanelUnreachable, AccessRefused.
        """
        with reading(self._engine) as connection:
            one = _OneRead(connection, self._rows, self._zone, wanted)
            return one.run(progress or _nobody)

    def customers(self) -> ClientList:
        """Return every customer, for a panel whose API has no list (`customers.source: database`)."""
        with reading(self._engine) as connection:
            return _OneRead(connection, self._rows, self._zone, Wanted(now=_NEVER)).everybody()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


class _OneRead:
    """One read: one connection, one transaction, and what was found on the way."""

    def __init__(self, connection: Connection, rows: Rows, zone: ZoneInfo, wanted: Wanted) -> None:
        self._connection = connection
        self._rows = rows
        self._zone = zone
        self._wanted = wanted
        self._calls = 0
        self._broken: list[BrokenRecord] = []
        self._set_aside: set[int] = set()  # customers with a broken record: nothing of theirs is "gone"

    def run(self, progress: Progress) -> Reading:
        """Read all that is wanted."""
        schema = inspect(self._connection)
        self._calls += INSPECTION_CALLS
        schema.refuse_unless(READ)
        [panel] = self._all(queries.whole_panel(with_clock=self._connection.dialect.name == "mysql"))
        tickets = self._tickets(self._ticket_rows(), progress)
        clients = self._clients(schema, sorted({one.client_id for one in tickets} | self._wanted.watched))
        kept = [one for one in tickets if one.client_id in clients]
        polled = {one.client_id for one in kept} | set(self._wanted.known_open.values())
        return Reading(
            route=Route.DATABASE,
            polled=frozenset(polled - self._set_aside),
            tickets=tuple(kept),
            clients=tuple(clients.values()),
            client_count=number_of(panel["customers"]),
            broken=tuple(self._broken),
            panel_time=datetime.fromisoformat(panel["utc"]).replace(tzinfo=UTC) if panel["utc"] else None,
            calls=self._calls,
            last_ticket_id=number_of(panel["last_ticket"] or 0),
            last_message_id=number_of(panel["last_message"] or 0),
        )

    def everybody(self) -> ClientList:
        """Read all customers."""
        schema = inspect(self._connection)
        schema.refuse_unless(READ)
        ids = [number_of(row["id"]) for row in self._all(queries.client_ids())]
        clients = self._clients(schema, ids)
        return ClientList(ids=frozenset(ids), clients=tuple(clients.values()), broken=tuple(self._broken))

    def _ticket_rows(self) -> dict[int, Row]:
        """Return the rows of tickets that are open, newer than the last seen, written to, or known open."""
        wanted = self._wanted
        closed = self._rows.closed_words
        found = self._by_id(queries.tickets().where(queries.not_closed(closed)))
        if wanted.last_ticket_id:
            found |= self._by_id(queries.tickets().where(soporte.c.id > wanted.last_ticket_id))
        else:
            since = (wanted.now - FIRST_LOOK_BACK).astimezone(self._zone)
            found |= self._by_id(queries.tickets().where(queries.closed_since(closed, local_text(since))))
        others = set(wanted.known_open)
        if wanted.last_message_id:
            written = self._all(queries.written_to_since(wanted.last_message_id))
            others |= {number_of(row["idticket"]) for row in written}
        for ids in queries.chunks(sorted(others - found.keys())):
            found |= self._by_id(queries.tickets().where(soporte.c.id.in_(ids)))
        return dict(sorted(found.items()))

    def _tickets(self, found: dict[int, Row], progress: Progress) -> list[Ticket]:
        tickets = []
        for ids in queries.chunks(found):
            messages = self._grouped(queries.messages(ids), "idticket")
            for ticket_id in ids:
                try:
                    tickets.append(self._rows.ticket(found[ticket_id], messages[ticket_id]))
                except BrokenRecord as broken:
                    self._break(broken, self._wanted.known_open.get(ticket_id))
            progress(len(tickets) + len(self._broken), len(found))
        return tickets

    def _clients(self, schema: Schema, client_ids: list[int]) -> dict[int, Client]:
        """Return the customers; one that is missing or broken is set aside with all its tickets."""
        clients: dict[int, Client] = {}
        for ids in queries.chunks(client_ids):
            rows = self._by_id(queries.clients(schema, ids))
            services = self._grouped(queries.services(schema, ids), "idcliente")
            for lost in (one for one in ids if one not in rows):
                broken = BrokenRecord(
                    f"client {lost}", lost, "has tickets, but the panel has no such customer"
                )
                self._break(broken, lost)
            for client_id, row in rows.items():
                try:
                    clients[client_id] = self._rows.client(row, services[client_id])
                except BrokenRecord as error:
                    self._break(error, client_id)
        return clients

    def _break(self, broken: BrokenRecord, client_id: int | None) -> None:
        self._broken.append(broken)
        self._set_aside |= {one for one in (broken.client_id, client_id) if one is not None}

    def _by_id(self, query: Select[Any]) -> dict[int, Row]:
        return {number_of(row["id"]): row for row in self._all(query)}

    def _grouped(self, query: Select[Any], key: str) -> defaultdict[int, list[Row]]:
        groups: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self._all(query):
            groups[number_of(row[key])].append(row)
        return groups

    def _all(self, query: Select[Any]) -> list[Row]:
        self._calls += 1
        return [dict(row) for row in self._connection.execute(query).mappings()]


def _nobody(_done: int, _all: int) -> None:
    """Nobody watches the progress."""
