"""Steps 5 and 6: paying less than an invoice, and lines below zero, on free invoices of one peso."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bridge.errors import NotApplied, Refused
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.said import words_of
from bridge.mikrowisp.probe.wire import Wire

CENT = Decimal("0.01")
_LINE, _LESS = "Prueba del puente", "Prueba del puente, descuento"


class FreeInvoiceProbe:
    """Issues free invoices, which no job cuts a customer for, and deletes them again."""

    def __init__(self, wire: Wire, record: Record, *, client_id: int, due: date) -> None:
        self._wire = wire
        self._record = record
        self._client = client_id
        self._due = due
        self.paid: int | None = None

    def run(self) -> None:
        """Go through both steps."""
        with self._record.step("5", "paying one cent less than an invoice"):
            self._underpaid()
        with self._record.step("6", "a line below zero"):
            self._negative()

    def _underpaid(self) -> None:
        number = self._wire.issue_free(self._client, self._due, {_LINE: 1})
        bill = self._wire.bill(self._client, number)
        total = bill.total if bill is not None else Decimal(1)
        try:
            self._wire.pay(number, total - CENT, _LINE)
        except Refused as refused:
            self._record.found("underpayment", "refuse", words_of(refused))
            self._wire.delete(number)
            return
        self.paid = number
        self._record.found("underpayment", "remainder", f"{total - CENT} was booked on invoice {number}")

    def _negative(self) -> None:
        try:
            number = self._wire.issue_free(self._client, self._due, {_LINE: 2, _LESS: -1})
        except Refused as refused:
            self._record.found("negative_free_items", "refuse", words_of(refused))
            return
        bill = self._wire.bill(self._client, number)
        total = bill.total if bill is not None else None
        taken = "accept" if total == 1 else None
        self._record.found("negative_free_items", taken, f"lines of 2.00 and -1.00 make {total}")
        self._wire.delete(number)

    def take_back(self) -> str:
        """Take a payment back that the panel has booked; returns why it could not be, or nothing."""
        if self.paid is None:
            return ""
        try:
            self._wire.take_payment_back(self.paid)
        except (Refused, NotApplied) as fault:
            return words_of(fault)
        return ""
