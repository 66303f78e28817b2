"""What became of invoices, over HTTP: where only the API can look, no balance tells of a cancelled one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bridge.errors import BrokenRecord
from bridge.mikrowisp.api import CommandUnknown, PanelApi

_CANCELLED = "anulado"


class ApiInvoices:
    """Looks invoices up: a call a customer, and one more for each invoice that is not among the newest."""

    def __init__(self, api: PanelApi) -> None:
        self._api = api

    def dead(self, wanted: Mapping[int, Iterable[int]]) -> Mapping[int, bool] | None:
        """Return whether customers' invoices were cancelled or deleted; one that cannot be read is missing.

        `wanted` are invoices by their customer. None where the panel has no command to show them. Raises
        PanelUnreachable, AccessRefused or PanelUnusable.
        """
        found: dict[int, bool] = {}
        try:
            for client_id in sorted(wanted):
                found |= self._of(client_id, wanted[client_id])
        except CommandUnknown:
            return None
        return found

    def _of(self, client_id: int, numbers: Iterable[int]) -> Mapping[int, bool]:
        try:
            newest = self._api.invoices(client_id, self._api.dialect.invoices_looked_at).records
            states = {invoice.invoice_id: invoice.state for invoice in newest}
            for number in sorted(set(numbers) - states.keys()):
                invoice = self._api.invoice(number)
                states[number] = invoice.state if invoice is not None else _CANCELLED
        except BrokenRecord:
            return {}
        return {number: states[number] == _CANCELLED for number in numbers}
