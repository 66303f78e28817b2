"""Steps 1 to 4: how a balance reaches the next invoice (contract 4.2, 4.3). Each invoice is deleted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from bridge.domain.words import normalise
from bridge.errors import PanelUnusable, Refused
from bridge.mikrowisp.probe.balances import Balance, Balances
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.said import words_of
from bridge.mikrowisp.probe.wire import Bill, Wire

ONE = Decimal("1.00")
CANCELLED = "anulado"


class MoneyProbe:
    """Adds one peso of credit, and then more than an invoice, and looks what invoices make of it.

    `due` is the due date of the invoices; `saldo_of` tells the balance column of an invoice where it can be
    read. A step that fails ends the chain: nothing further is written, and the cleaning comes next.
    """

    def __init__(
        self,
        wire: Wire,
        balances: Balances,
        record: Record,
        *,
        due: date,
        saldo_of: Callable[[int], Decimal | None],
    ) -> None:
        self._wire = wire
        self._balances = balances
        self._record = record
        self._due = due
        self._saldo_of = saldo_of
        self._client = balances.client_id
        self._full = Decimal(0)  # what an invoice without balances comes to
        self._tax: Decimal | None = None

    def run(self) -> None:
        """Go through the steps; each needs the one before."""
        for step in (self._plain, self._credit, self._taken, self._above):
            if not step():
                return

    def _plain(self) -> bool:
        """An invoice without any balance, to compare with; it also shows whether one can be deleted."""
        with self._record.step("3a", "an invoice without a balance, and its deletion") as step:
            bill = self._issue()
            self._full = bill.total
            self._tax = bill.tax
            step.seen.append(f"invoice {bill.number} of {bill.total}, {len(bill.lines)} lines")
            self._taxed(bill)
            extra = sorted(bill.line_keys - {"descrp", "descripcion"})
            seen = f"beside the text: {', '.join(extra) or 'nothing'}"
            self._record.found("item_extra_keys", bool(extra), seen)
            self._delete(bill.number)
        return not step.stopped

    def _taxed(self, bill: Bill) -> None:
        prices = self._wire.prices(self._client)
        seen = f"services cost {prices}, the invoice is {bill.net} and {bill.tax} tax"
        if not bill.tax or bill.net is None or prices not in {bill.total, bill.net}:
            self._record.found("price_includes_tax", None, seen)
        else:
            self._record.found("price_includes_tax", prices == bill.total, seen)

    def _credit(self) -> bool:
        """Steps 1 and 2: a credit of one peso, its row, and what the customer is said to owe."""
        with self._record.step("1", "a balance of -1.00") as step:
            before = self._wire.owed(self._client)
            self._balances.add(-ONE)
            [row] = self._own()
            step.seen.append(
                f"balance {row.number}: {row.amount}, {'pending' if row.is_pending else 'taken'}"
            )
        if step.stopped:
            return False
        with self._record.step("2", "what the customer is said to owe") as second:
            after = self._wire.owed(self._client)
            seen = f"{before} before, {after} after"
            known = before is not None and after is not None
            self._record.found("total_nets_saldos", after != before if known else None, seen)
        return not second.stopped

    def _taken(self) -> bool:
        """Step 3: an invoice with the peso pending."""
        with self._record.step("3", "an invoice with a credit of 1.00 pending") as step:
            bill = self._issue()
            [row] = self._own()
            takes = row.invoice == bill.number
            seen = f"invoice {bill.number} of {bill.total}, {self._full} without it; the balance is " + (
                "on it" if takes else "still pending"
            )
            self._record.found("create_invoice_takes_saldos", takes, seen)
            if takes:
                self._form(bill)
                self._order(bill)
            self._delete(bill.number)
            if takes:
                back = any(one.is_pending for one in self._own())
                seen = f"with invoice {bill.number} deleted, the balance is {'back' if back else 'gone'}"
                self._record.found("cancel_releases_saldos", back, seen)
        return not step.stopped and takes

    def _form(self, bill: Bill) -> None:
        line = next((one for one in bill.lines if self._balances.marker[:-1] in one), None)
        if line is not None:
            self._record.found("saldo_form", "item", f"a line says `{line}`")
            return
        column = self._saldo_of(bill.number)
        if column is None:
            self._record.found("saldo_form", None, "no line shows it; whether a column does cannot be read")
        elif column:
            self._record.found("saldo_form", "column", f"no line shows it; the column holds {column}")
        else:
            self._record.found("saldo_form", "total", "neither line nor column shows it")

    def _order(self, bill: Bill) -> None:
        less = self._full - bill.total
        seen = f"1.00 of credit makes the invoice {less} smaller"
        if not self._tax:
            self._record.found("saldo_tax", None, f"{seen}; it bears no tax")
        elif less == ONE:
            self._record.found("saldo_tax", "after", seen)
        else:
            self._record.found("saldo_tax", "before" if less > ONE else None, seen)

    def _above(self) -> bool:
        """Step 4: more credit than the invoice."""
        with self._record.step("4", "an invoice with more credit than it comes to") as step:
            waiting = sum((row.amount for row in self._own() if row.is_pending), Decimal(0))
            self._balances.add(-(self._full + ONE) - waiting)
            large = max(self._own(), key=lambda row: -row.amount)
            bill = self._issue()
            rows = {row.number: row for row in self._own()}
            step.seen.append(
                f"invoice {bill.number} of {bill.total}, with {self._full + ONE} of credit pending"
            )
            self._rest(bill, rows[large.number], [row for row in rows.values() if row.origin == bill.number])
            self._delete(bill.number)
        return not step.stopped

    def _rest(self, bill: Bill, large: Balance, rest: list[Balance]) -> None:
        if large.is_pending:
            self._record.found("remainder", "wait", f"balance {large.number} waits whole")
        elif rest:
            seen = f"balance {rest[0].number} of {rest[0].amount} is left over from invoice {bill.number}"
            self._record.found("remainder", "row", seen)
            keeps = self._balances.marker[:-1] in rest[0].text
            self._record.found("remainder_text", "original" if keeps else "default", f"`{rest[0].text}`")
        else:
            self._record.found(
                "remainder", "lost", f"balance {large.number} is taken whole, nothing is left over"
            )

    def _own(self) -> list[Balance]:
        return self._balances.own(frozenset(self._wire.issued))

    def _issue(self) -> Bill:
        number = self._wire.issue(self._client, self._due)
        bill = self._wire.bill(self._client, number)
        if bill is None:
            raise PanelUnusable(f"invoice {number} was issued and is not shown")
        return bill

    def _delete(self, number: int) -> None:
        try:
            self._wire.delete(number)
        except Refused as refused:
            raise PanelUnusable(
                f"invoice {number} cannot be deleted, so no other is issued: {words_of(refused)}"
            ) from refused
        bill = self._wire.bill(self._client, number)
        gone = bill is None
        if bill is not None and normalise(bill.state) != CANCELLED:
            raise PanelUnusable(f"invoice {number} was deleted and is shown as `{bill.state}`")
        seen = f"invoice {number} is {'gone' if gone else f'shown as `{CANCELLED}`'}"
        self._record.found("delete_invoice", "remove" if gone else "cancel", seen)
