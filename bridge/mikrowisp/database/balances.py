"""What the panel's balances show of credits and charges, and what became of the invoices they went to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from bridge.domain.books import markers_in
from bridge.domain.intents import ABSENT, Posting, Push, PushKind, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.words import normalise
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.columntext import carries
from bridge.mikrowisp.database.permissions import INVOICES, ITEM_AMOUNTS
from bridge.mikrowisp.database.rows import Row, Rows, balance_of
from bridge.mikrowisp.database.schema import Schema
from bridge.mikrowisp.translate import number_of, visit_date_of

# Each push is a condition of its own, and SQLite nests them: its limit is 1,000.
MARKERS_A_QUERY = 100
_CANCELLED = "anulado"
_PAID = "pagado"
_TAKEN = "cobrado"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """Looks at `saldos` and the invoices behind it through one connection (contract 4.2, 4.3 and 5.3)."""

    connection: Connection
    schema: Schema
    rows: Rows

    def sights(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        """Add up the balances with a push's marker on its own customer.

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
            rows = [row for group in found.values() for row in group]
            left_over = self._left_over(rows)
            trails = _Trails(
                left_over=left_over,
                invoices=self._invoices([*rows, *(row for rest in left_over.values() for row in rest)]),
                currency=self.rows.currency,
            )
            lost = self._lost(rows, trails)
            for push in some:
                own = [row for row in found[push.client_id] if carries(row["descripcion"], push.marker)]
                sights[push.key] = trails.sight(push, own, lost) if own else ABSENT
        return sights

    def marked(self, since: date) -> tuple[Posting, ...]:
        """Return every balance since a day that carries a marker."""
        found = self.connection.execute(queries.marked_balances(since.isoformat())).mappings()
        return tuple(
            Posting(
                client_id=number_of(row["iduser"]),
                marker=marker,
                pending=_waits(dict(row)),
                written_on=visit_date_of(row["fecha"] or ""),
            )
            for row in found
            for marker in markers_in(row["descripcion"] or "")
        )

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

    def _invoices(self, rows: Sequence[Row]) -> dict[int, Row] | None:
        """The invoices that took balances up, those that still exist; None where they cannot be read."""
        if not self.schema.has(*INVOICES):
            return None
        found: dict[int, Row] = {}
        for ids in queries.chunks(sorted(_destinations(rows))):
            states = self.connection.execute(queries.invoice_states(self.schema, ids)).mappings()
            found |= {number_of(row["id"]): dict(row) for row in states}
        return found

    def _lost(self, rows: Sequence[Row], trails: _Trails) -> dict[int, Decimal]:
        """What credits lost on invoices too small for them that left no remainder, by the balance's id.

        An invoice comes to nothing and its credits are more than all it charges, each line with its tax on
        top: whether a price holds its tax is [?], so that a loss smaller than the tax goes unseen. The
        panel uses balances up in their order, so the last one is cut.
        """
        if trails.invoices is None or not self.schema.has(ITEM_AMOUNTS):
            return {}
        used_up = {
            number
            for number in _destinations(rows) - trails.left_over.keys()
            if (row := trails.invoices.get(number)) is not None
            and not _is_dead(row)
            and not Decimal(row["total"])
        }
        lost: dict[int, Decimal] = {}
        for ids in queries.chunks(sorted(used_up)):
            charged: defaultdict[int, Decimal] = defaultdict(Decimal)
            for item in self.connection.execute(queries.item_amounts(ids)).mappings():
                with_tax = Decimal(item["cantidad"] or 0) * (1 + Decimal(item["impuesto"] or 0) / _HUNDRED)
                charged[number_of(item["idfactura"])] += max(with_tax, Decimal(0))
            clients = {number_of(row["iduser"]) for row in rows}
            last: dict[int, int] = {}
            for taken in self.connection.execute(queries.balances_on(ids, sorted(clients))).mappings():
                invoice, amount = number_of(taken["iddestino"]), Decimal(taken["monto"])
                charged[invoice] += amount
                if amount < 0:
                    last[invoice] = number_of(taken["id"])
            lost |= {last[invoice]: -rest for invoice, rest in charged.items() if rest < 0}
        return lost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trails:
    """Where balances and their remainders went. `invoices` are those that exist; None: not to be told."""

    left_over: Mapping[int, Sequence[Row]]
    invoices: Mapping[int, Row] | None
    currency: str

    def sight(self, push: Push, own: Sequence[Row], lost: Mapping[int, Decimal]) -> Sight:
        sign = -1 if push.kind is PushKind.CREDIT else 1
        first = [row for row in own if not number_of(row["idorigen"] or 0)] or own
        total = sum((balance_of(row, self.currency).amount for row in first), Decimal(0))
        trail = list(own)
        if push.kind is PushKind.CREDIT:
            for row in trail:  # grows while it is walked
                rest = self.left_over.get(number_of(row["iddestino"] or 0), ())
                trail += [one for one in rest if one not in trail]
        reached = _destinations(trail)
        dead = {number for number in reached if self._is_gone(number)}
        gone = [lost[number] for row in first if (number := number_of(row["id"])) in lost]
        return Sight(
            visibility=Visibility.SHOWN,
            amount=Money(sign * total, self.currency),
            invoice_ids=tuple(sorted(reached - dead)),
            pending=any(_waits(row) for row in trail),
            copies=len(first),
            dead_invoices=tuple(sorted(dead)),
            taken_off=any(_is_nowhere(row) for row in own),
            paid_before=tuple(sorted({number for row in first for number in self._paid_before(row)})),
            lost=Money(sum(gone, Decimal(0)), self.currency).rounded() if gone else None,
        )

    def _is_gone(self, invoice: int) -> bool:
        if self.invoices is None:
            return False
        row = self.invoices.get(invoice)
        return row is None or _is_dead(row)

    def _paid_before(self, balance: Row) -> list[int]:
        """The invoice a balance stands on, if it had been paid on a day before the balance was written."""
        number = number_of(balance["iddestino"] or 0)
        row = (self.invoices or {}).get(number)
        if row is None or normalise(row["estado"] or "") != _PAID or not row["pago"]:
            return []
        return [number] if "0000-00-00" < row["pago"][:10] < (balance["fecha"] or "")[:10] else []


def _is_dead(invoice: Row) -> bool:
    return normalise(invoice["estado"] or "") == _CANCELLED


def _destinations(rows: Iterable[Row]) -> set[int]:
    """The invoices that took these balances up."""
    return {number_of(row["iddestino"] or 0) for row in rows} - {0}


def _waits(row: Row) -> bool:
    return not number_of(row["iddestino"] or 0) and normalise(row["estado"] or "") != _TAKEN


def _is_nowhere(row: Row) -> bool:
    return not number_of(row["iddestino"] or 0) and not _waits(row)
