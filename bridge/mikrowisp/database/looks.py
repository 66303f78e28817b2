"""What the panel's tables show of pushes: a bounded number of statements for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Sight, Visibility
from bridge.domain.records import Ticket, TicketState
from bridge.domain.words import normalise
from bridge.errors import BrokenRecord
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.balances import MARKERS_A_QUERY, Balances
from bridge.mikrowisp.database.columntext import carries, storable
from bridge.mikrowisp.database.permissions import PUSH, READ, Right
from bridge.mikrowisp.database.rows import Row, Rows, local_text
from bridge.mikrowisp.database.schema import Schema
from bridge.mikrowisp.opened import CLOCKS_APART, opened
from bridge.mikrowisp.plaintext import as_markup
from bridge.mikrowisp.translate import number_of, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Looks at one panel through one connection."""

    connection: Connection
    schema: Schema
    rows: Rows

    def at(self, pushes: Iterable[Push]) -> dict[str, Sight]:
        """Return what the panel shows of each push, by key. Kinds that no table shows are HIDDEN."""
        sights: dict[str, Sight] = {}
        visible = []
        for push in pushes:
            sights[push.key] = ABSENT if self._can_show(push) else HIDDEN
            if sights[push.key] is ABSENT:
                visible.append(push)
        money = [push for push in visible if push.kind.moves_money and self._marked(push)]
        balances = Balances(connection=self.connection, schema=self.schema, rows=self.rows)
        notes = [push for push in visible if push.kind is PushKind.NOTE and self._marked(push)]
        states = [push for push in visible if push.kind in _TICKET_FIELDS]
        openings = [push for push in visible if push.kind is PushKind.OPEN]
        told = self._notes(notes) | self._states(states) | self._opened(openings)
        return sights | balances.sights(money) | told

    def _can_show(self, push: Push) -> bool:
        needs = READ if push.kind is PushKind.OPEN else PUSH.get(push.kind, ())
        return bool(needs) and self.schema.has(*(need for need in needs if need.right is Right.SELECT))

    def _marked(self, push: Push) -> bool:
        """Whether the push has a marker that the panel's column could hold at all."""
        table, name = ("ticket", "contenido") if push.kind is PushKind.NOTE else ("saldos", "descripcion")
        return bool(push.marker) and storable(push.marker, self.schema.columns[table][name]) == push.marker

    def _notes(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        sights = {}
        for some in queries.chunks(pushes, MARKERS_A_QUERY):
            found: defaultdict[int, list[str]] = defaultdict(list)
            wanted = {(push.ticket_id or 0, as_markup(push.marker)) for push in some}
            for row in self.connection.execute(queries.notes(sorted(wanted))).mappings():
                found[number_of(row["idticket"])].append(row["contenido"])
            for push in some:
                marker = as_markup(push.marker)
                copies = sum(carries(text, marker) for text in found[push.ticket_id or 0])
                sights[push.key] = Sight(visibility=Visibility.SHOWN, copies=copies) if copies else ABSENT
        return sights

    def _states(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        sights = {}
        for ids in queries.chunks(sorted({push.ticket_id or 0 for push in pushes})):
            tickets = self._by_id(queries.ticket_states(ids))
            for push in pushes:
                row = tickets.get(push.ticket_id or 0)
                if row is not None and is_done(push, row, self.rows):
                    sights[push.key] = SHOWN
        return sights

    def _opened(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        """Tickets that the bridge opened over another route, among their customers' since then."""
        if not pushes:
            return {}
        since = min(push.due_at for push in pushes) - CLOCKS_APART
        local = local_text(since.astimezone(self.rows.zone))
        tickets: defaultdict[int, list[Ticket]] = defaultdict(list)
        broken: set[int] = set()
        for clients in queries.chunks(sorted({push.client_id for push in pushes})):
            rows = self._by_id(queries.tickets_since(clients, local))
            said: defaultdict[int, list[Row]] = defaultdict(list)
            for message in self.connection.execute(queries.messages(sorted(rows))).mappings():
                said[number_of(message["idticket"])].append(dict(message))
            for number, row in rows.items():
                client = number_of(row["idcliente"])
                try:
                    tickets[client].append(self.rows.ticket(row, said[number]))
                except BrokenRecord:
                    broken.add(client)
        return {
            push.key: opened(push, tickets[push.client_id], whole=push.client_id not in broken)
            for push in pushes
        }

    def _by_id(self, query: Select[tuple[object, ...]]) -> dict[int, Row]:
        return {number_of(row["id"]): dict(row) for row in self.connection.execute(query).mappings()}


_TICKET_FIELDS = {PushKind.CLOSE, PushKind.SET_STATUS, PushKind.ASSIGN}


def is_done(push: Push, row: Row, rows: Rows) -> bool:
    """Whether a `soporte` row holds what a closing, a status or an assignment asks for."""
    match push.kind:
        case PushKind.CLOSE:
            return state_of(row["estado"] or "", rows.words) is TicketState.CLOSED
        case PushKind.ASSIGN:
            return number_of(row["idsoporte"] or 0) == push.technician_id
        case PushKind.SET_STATUS:
            moved = push.department_id is None or number_of(row["dp"] or 0) == push.department_id
            return moved and (push.state is None or normalise(row["estado"] or "") == normalise(push.state))
        case _:
            return False
