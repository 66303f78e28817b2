"""What the panel's tables show of pushes: a bounded number of statements for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.records import TicketState
from bridge.domain.words import normalise
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.columntext import as_markup, carries, storable
from bridge.mikrowisp.database.permissions import INVOICES, PUSH, Right
from bridge.mikrowisp.database.rows import Row, Rows, balance_of
from bridge.mikrowisp.database.schema import Schema
from bridge.mikrowisp.translate import number_of, state_of

# Each push is a condition of its own, and SQLite nests them: its limit is 1,000.
MARKERS_A_QUERY = 100


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
        notes = [push for push in visible if push.kind is PushKind.NOTE and self._marked(push)]
        states = [push for push in visible if push.kind in _TICKET_FIELDS]
        return sights | self._money(money) | self._notes(notes) | self._states(states)

    def _can_show(self, push: Push) -> bool:
        needs = PUSH.get(push.kind, ())
        return bool(needs) and self.schema.has(*(need for need in needs if need.right is Right.SELECT))

    def _marked(self, push: Push) -> bool:
        """Whether the push has a marker that the panel's column could hold at all."""
        table, name = ("ticket", "contenido") if push.kind is PushKind.NOTE else ("saldos", "descripcion")
        return bool(push.marker) and storable(push.marker, self.schema.columns[table][name]) == push.marker

    def _money(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        """Add up the balances with a push's marker on its own customer (contract 4.2 and 4.3).

        A marker on another customer's row is not ours. A balance larger than its invoice may leave a
        remainder, a row with that invoice as its origin [?]. The row we wrote is taken to keep the whole
        amount, so a remainder only tells where the rest went or that it waits: it is followed from invoice
        to invoice where the invoice before came to nothing (C-11), whatever its text.
        """
        sights = {}
        for some in queries.chunks(pushes, MARKERS_A_QUERY):
            found: defaultdict[int, list[Row]] = defaultdict(list)
            wanted = {(push.client_id, push.marker) for push in some}
            for row in self.connection.execute(queries.balances(sorted(wanted))).mappings():
                found[number_of(row["iduser"])].append(dict(row))
            left_over = self._left_over([row for rows in found.values() for row in rows])
            for push in some:
                own = [row for row in found[push.client_id] if carries(row["descripcion"], push.marker)]
                sights[push.key] = self._balance(push, own, left_over) if own else ABSENT
        return sights

    def _left_over(self, rows: Sequence[Row]) -> dict[int, list[Row]]:
        """The remainders that invoices left, by the invoice they come from, from one to the next."""
        found: dict[int, list[Row]] = {}
        if not self.schema.has(*INVOICES):
            return found
        asked: set[int] = set()
        invoices = _destinations(rows)
        while invoices:
            asked |= invoices
            rest: list[Row] = []
            for ids in queries.chunks(sorted(invoices)):
                rest += [dict(row) for row in self.connection.execute(queries.remainders(ids)).mappings()]
            for row in rest:
                found.setdefault(number_of(row["idorigen"]), []).append(row)
            invoices = _destinations(rest) - asked
        return found

    def _balance(self, push: Push, own: Sequence[Row], left_over: Mapping[int, Sequence[Row]]) -> Sight:
        sign = -1 if push.kind is PushKind.CREDIT else 1
        currency = push.amount.currency if push.amount else self.rows.currency
        first = [row for row in own if not number_of(row["idorigen"] or 0)] or own
        total = sum((balance_of(row, currency).amount for row in first), Decimal(0))
        trail = list(own)
        if push.kind is PushKind.CREDIT:
            for row in trail:  # grows while it is walked
                rest = left_over.get(number_of(row["iddestino"] or 0), ())
                trail += [one for one in rest if one not in trail]
        return Sight(
            visibility=Visibility.SHOWN,
            amount=Money(sign * total, currency),
            invoice_ids=tuple(sorted(_destinations(trail))),
            pending=any(_waits(row) for row in trail),
            copies=len(first),
        )

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
            found = self.connection.execute(queries.ticket_states(ids)).mappings()
            tickets = {number_of(row["id"]): dict(row) for row in found}
            for push in pushes:
                row = tickets.get(push.ticket_id or 0)
                if row is not None and is_done(push, row, self.rows):
                    sights[push.key] = SHOWN
        return sights


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


def _destinations(rows: Iterable[Row]) -> set[int]:
    """The invoices that took these balances up."""
    return {number_of(row["iddestino"] or 0) for row in rows} - {0}


def _waits(row: Row) -> bool:
    return not number_of(row["iddestino"] or 0) and normalise(row["estado"] or "") != "cobrado"
