"""The end of the probe: what is not wanted is taken away, and what stays is told with its number."""

from __future__ import annotations

from decimal import Decimal

from bridge.domain.words import normalise
from bridge.errors import BridgeError
from bridge.mikrowisp.probe.balances import Balance, Balances
from bridge.mikrowisp.probe.invoices import FreeInvoiceProbe
from bridge.mikrowisp.probe.money import CANCELLED
from bridge.mikrowisp.probe.record import Record, Step
from bridge.mikrowisp.probe.wire import Wire

PAID = "pagado"


class Cleaner:
    """Compares a customer's money with what it was before, and mends what can be mended.

    It goes by what the panel shows, not by what was answered: a write whose answer was lost is found too.
    """

    def __init__(
        self,
        wire: Wire,
        record: Record,
        *,
        client_id: int,
        balances: Balances | None,
        newest: int,
    ) -> None:
        self._wire = wire
        self._record = record
        self._client = client_id
        self._balances = balances
        self._newest = newest

    def run(self, free: FreeInvoiceProbe) -> None:
        """Clean up, part by part: trouble with one leaves the others to be done."""
        with self._record.step("-", "cleaning up: payment"):
            self._payment(free)
        with self._record.step("-", "cleaning up: invoices") as step:
            self._invoices(step)
        if step.stopped:
            words = f"invoices of the probe cannot be looked for: {step.stopped}"
            self._record.stays("invoice", None, words, harmless=False)
        if self._balances is not None:
            with self._record.step("-", "cleaning up: balances") as last:
                self._even_out(self._balances, frozenset(self._wire.issued), last)
            if last.stopped:
                words = f"balances of the probe cannot be evened out: {last.stopped}"
                self._record.stays("balance", None, words, harmless=False)

    def _payment(self, free: FreeInvoiceProbe) -> None:
        if free.paid is None:
            return
        why = free.take_back()
        if why:
            words = f"a payment that nobody made stays booked on this invoice; delete it in the panel ({why})"
            self._record.stays("payment", free.paid, words, harmless=False)
        if self._balances is None:
            words = (
                "a debt of 0.01 may be pending from this payment: look in the panel, for no route shows it"
            )
            self._record.stays("balance", None, words, harmless=False)

    def _invoices(self, step: Step) -> None:
        """Delete those invoices that the probe knows to be its own, and name them and any other new one."""
        for number, state in sorted(self._new().items()):
            if number not in self._wire.issued or normalise(state) in {CANCELLED, PAID}:
                continue
            try:
                self._wire.delete(number)
            except BridgeError as fault:
                step.seen.append(f"invoice {number}: {fault}")
        for number, state in sorted(self._new().items()):
            cancelled = normalise(state) == CANCELLED
            if cancelled:
                words = "cancelled"
            elif number in self._wire.issued:
                words = f"`{state}`: delete it in the panel, the customer may see it"
            else:
                words = f"`{state}`, new since the probe began: delete it unless somebody else issued it"
            self._record.stays("invoice", number, words, harmless=cancelled)

    def _new(self) -> dict[int, str]:
        shown = self._wire.bills(self._client)
        return {number: state for number, state in shown.items() if number > self._newest}

    def _even_out(self, balances: Balances, new: frozenset[int], step: Step) -> None:
        """Bring the probe's pending balances to nothing by an opposite one, and name every row."""
        waiting = _sum(balances.own(new))
        if waiting:
            step.seen.append(f"{waiting} of the probe is pending: {-waiting} is added")
            balances.add(-waiting)
        pending = [row for row in balances.own(new) if row.is_pending]
        together = _sum(pending)
        for row in pending:
            words = f"{row.amount} pending; all of the probe's together come to {together}"
            words += "" if together else ", so the next invoice is not changed; delete them in the panel"
            self._record.stays("balance", row.number, words, harmless=not together)


def _sum(rows: list[Balance]) -> Decimal:
    return sum((row.amount for row in rows if row.is_pending), Decimal(0))
