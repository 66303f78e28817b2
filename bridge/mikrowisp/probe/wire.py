"""The probe's questions and orders to one panel, command by command (contract section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.errors import PanelUnusable
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.probe.said import (
    Row,
    amount_in,
    mappings_in,
    numbered,
    rows_under,
    ticket_rows,
)
from bridge.mikrowisp.records import id_of
from bridge.mikrowisp.translate import plain_text

NOBODY = (999_983, 999_979, 999_961)  # customer numbers that a panel of this size does not reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice as the panel shows it: amounts in the panel's currency, `lines` its texts."""

    number: int
    total: Decimal
    net: Decimal | None
    tax: Decimal | None
    state: str
    lines: tuple[str, ...]
    line_keys: frozenset[str]


class Wire:
    """Asks and tells one panel; reads and writes raise what `PanelApi` raises."""

    def __init__(self, api: PanelApi) -> None:
        self.api = api
        self.issued: set[int] = set()

    # Lists.
    def customers_page(self, page: int, limit: int, state: int = 0) -> Reply:
        """One page of active customers, as it comes."""
        return self.api.ask("GetAllClients", {"estado": state, "limit": limit, "pagina": page})

    def invoices_page(self, page: int, limit: int) -> Reply:
        """One page of everybody's invoices, as it comes."""
        return self.api.ask("GetInvoices", {"limit": limit, "pagina": page})

    # Errors.
    def customer(self, client_id: int) -> Reply:
        """A customer's details, as they come: they hold passwords, so they are not shown."""
        return self.api.ask("GetClientsDetails", {"idcliente": client_id})

    def tickets(self, client_id: int | None) -> Reply:
        """A customer's tickets, or what a list without a customer answers."""
        return self.api.ask("ListTicket", {} if client_id is None else {"idcliente": client_id})

    def invoices(self, client_id: int, limit: int = 25) -> Reply:
        """A customer's invoices, as they come."""
        return self.api.ask("GetInvoices", {"idcliente": client_id, "limit": limit})

    def no_such_command(self, name: str) -> Reply:
        """What a command answers that no panel has."""
        return self.api.ask(name, {})

    # Tickets.
    def open_ticket(self, fields: Mapping[str, Any]) -> Reply:
        """Open a ticket."""
        return self.api.tell("NewTicket", fields)

    def close_ticket(self, ticket_id: int, reason: str) -> None:
        """Close a ticket."""
        self.api.close_ticket(ticket_id, reason)

    def ticket(self, client_id: int, ticket_id: int) -> Row:
        """A ticket's row as the list shows it. Raises PanelUnusable where it is not there."""
        for row in ticket_rows(self.tickets(client_id)):
            if id_of(row) == ticket_id:
                return row
        raise PanelUnusable(f"ListTicket does not show ticket {ticket_id}")

    # Money.
    def owed(self, client_id: int) -> Decimal | None:
        """What the panel says a customer owes in all; None where it does not say."""
        rows = mappings_in(self.customer(client_id).body.get("datos"))
        told = next((row.get("facturacion") for row in rows if id_of(row) == client_id), None)
        return amount_in(told.get("total_facturas")) if isinstance(told, Mapping) else None

    def prices(self, client_id: int) -> Decimal:
        """The sum of a customer's services as they are priced."""
        client = self.api.client(client_id)
        services = (client.services if client else None) or ()
        return sum((service.price.amount for service in services), Decimal(0))

    def issue(self, client_id: int, due: date) -> int:
        """Issue a service invoice and return its number."""
        fields = {"idcliente": client_id, "vencimiento": due.isoformat()}
        return self._noted(numbered("CreateInvoice", self.api.tell("CreateInvoice", fields), "idfactura"))

    def issue_free(self, client_id: int, due: date, prices: Mapping[str, int]) -> int:
        """Issue an invoice of free lines, by text and whole price before tax, and return its number."""
        items = [
            {"descripcion": words, "cantidad": 1, "precio": price, "impuesto": 0}
            for words, price in prices.items()
        ]
        fields = {"id_cliente": client_id, "fecha_vencimiento": due.isoformat(), "items": items}
        reply = self.api.tell("CreateInvoiceLibre", fields)
        return self._noted(numbered("CreateInvoiceLibre", reply, "factura_id"))

    def _noted(self, invoice_id: int) -> int:
        self.issued.add(invoice_id)
        return invoice_id

    def pay(self, invoice_id: int, amount: Decimal, words: str) -> Reply:
        """Book a payment."""
        fields = {"idfactura": invoice_id, "pasarela": words, "cantidad": str(amount)}
        return self.api.tell("PaidInvoice", fields)

    def take_payment_back(self, invoice_id: int) -> None:
        """Take the payment of an invoice back; the key is the panel's own oddity (contract 2.2)."""
        self.api.tell("DeleteTransaccion", {"factura": invoice_id})

    def delete(self, invoice_id: int) -> None:
        """Delete an unpaid invoice."""
        self.api.tell("DeleteInvoice", {"idfactura": invoice_id})

    def bill(self, client_id: int, invoice_id: int) -> Bill | None:
        """An invoice with its lines; None where the panel shows none."""
        reply = self.api.ask("GetInvoice", {"idfactura": invoice_id})
        raw = reply.body.get("factura")
        if not reply.success or not isinstance(raw, Mapping):
            return None
        listed = next(
            (row for row in rows_under(self.invoices(client_id), "facturas") if id_of(row) == invoice_id), {}
        )
        total = amount_in(raw.get("total"))
        if total is None:
            raise PanelUnusable(f"GetInvoice: invoice {invoice_id} shows no total")
        items = mappings_in(reply.body.get("items"))
        return Bill(
            number=invoice_id,
            total=total,
            net=amount_in(listed.get("subtotal")),
            tax=amount_in(listed.get("impuesto")),
            state=str(raw.get("estado", "")),
            lines=tuple(plain_text(str(item.get("descrp", item.get("descripcion", "")))) for item in items),
            line_keys=frozenset(key for item in items for key in item),
        )

    def bills(self, client_id: int) -> dict[int, str]:
        """A customer's newest invoices: their states by number."""
        rows = rows_under(self.invoices(client_id), "facturas")
        return {number: str(row.get("estado", "")) for row in rows if (number := id_of(row)) is not None}
