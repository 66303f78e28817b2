"""The switches: what the contract marks as unknown about the panel, with the likeliest as default."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

Value = str | int | bool


class SwitchError(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One unknown of the contract: its default, the values it takes, and what it decides."""

    name: str
    default: Value
    decides: str
    choices: tuple[Value, ...] = ()

    def check(self, value: object) -> Value:
        """Return `value` if this switch can take it."""
        if isinstance(self.default, bool):
            fits = isinstance(value, bool)
        elif self.choices:
            fits = value in self.choices and not isinstance(value, bool)
        else:
            fits = isinstance(value, type(self.default)) and not isinstance(value, bool)
        if not fits or not isinstance(value, str | int | bool):
            allowed = (
                "true or false"
                if isinstance(self.default, bool)
                else " | ".join(str(choice) for choice in self.choices) or type(self.default).__name__
            )
            raise SwitchError(f"switch {self.name} takes {allowed}, not {value!r}")
        return value


def _switch(name: str, default: Value, decides: str, *choices: Value) -> Switch:
    return Switch(name=name, default=default, decides=decides, choices=choices)


CATALOGUE: tuple[Switch, ...] = (
    # Transport and envelope (contract, section 1).
    _switch("latency_ms", 0, "how long every API answer takes at least"),
    _switch("error_status", 200, "HTTP status of business errors", 200, 400),
    _switch("error_text_key", "mensaje", "key of the error text", "mensaje", "salida", "message"),
    _switch("token_error_status", 200, "HTTP status when the token is refused", 200, 401, 403),
    _switch("token_error_text", "El token no es válido.", "text when the token is refused"),
    _switch("v11", False, "whether /api/v11/ with a Bearer token is offered too"),
    _switch("extension", False, "whether the commands that are not part of the public API are offered"),
    _switch("extension_reply_answers", True, "whether a ReplyTicket makes the ticket respondido"),
    # Ids and lists.
    _switch("id_type", "number", "how ids look in answers", "number", "string", "padded"),
    _switch("idticket_type", "string", "how NewTicket gives the new id", "string", "number"),
    _switch("page_first", 1, "number of the first page", 0, 1),
    _switch("page_meaning", "page", "what pagina counts: pages or rows", "page", "offset"),
    _switch("get_all_clients", True, "whether GetAllClients exists"),
    _switch("clients_key", "clientes", "key of the list of GetAllClients", "clientes", "datos"),
    _switch("clients_record", "full", "record of GetAllClients, full or short", "full", "short"),
    _switch("empty_clients", "list", "GetAllClients with nothing to list", "list", "error"),
    _switch(
        "client_not_found",
        "error",
        "GetClientsDetails without a match",
        "error",
        "empty",
    ),
    _switch("no_services", "null", "servicios of a customer who has none", "null", "list"),
    _switch("total_nets_saldos", False, "whether facturacion.total_facturas counts pending saldos"),
    _switch("operators_shape", "operadores", "list key of GetOperadores", "operadores", "datos", "missing"),
    _switch(
        "departments_shape",
        "departamentos",
        "key of GetDepartamentos",
        "departamentos",
        "datos",
        "missing",
    ),
    # Tickets.
    _switch("no_tickets", "error", "ListTicket without tickets", "error", "empty_list", "no_list"),
    _switch("dp_as", "name", "dp in ListTicket: the department's name or id", "name", "id"),
    _switch("turno_brackets", False, "whether ListTicket shows turno in brackets"),
    _switch("message_escape", "special", "escaping of contenido", "special", "entities", "none"),
    _switch("message_extra_keys", False, "whether mensajes carry autor and fecha"),
    _switch("messages_replies", True, "whether mensajes show what staff replied"),
    _switch("messages_notes", False, "whether mensajes show internal notes"),
    _switch("priority_key", "ignored", "propiedad and prioridad in NewTicket", "ignored", "refused"),
    _switch("strict_lengths", False, "whether too long agendado, turno, asunto are refused instead of cut"),
    _switch("new_ticket_assigns", True, "whether NewTicket idtecnico sets soporte.idsoporte"),
    _switch("new_ticket_author", "customer", "author of NewTicket's message", "customer", "operator"),
    _switch("customer_replied_state", "respuesta_cliente", "state after the customer wrote"),
    _switch(
        "close_closed",
        "ok",
        "closing a closed ticket: nothing, date and reason again, error",
        "ok",
        "again",
        "error",
    ),
    _switch("lastdate_on_close", False, "whether closing moves lastdate"),
    _switch("lastdate_on_assign", False, "whether assigning or moving departments moves lastdate"),
    _switch("lastdate_on_note", False, "whether an internal note moves lastdate"),
    _switch("lastdate_on_reopen", True, "whether re-opening moves lastdate"),
    _switch("reopen_clears_closed_date", False, "whether re-opening resets fecha_cerrado and motivo_cierre"),
    # Invoices and balances.
    _switch("empty_invoices", "error", "GetInvoices with nothing to list", "error", "list"),
    _switch(
        "overdue",
        "derived",
        "vencido: worked out when shown, or stored",
        "derived",
        "stored",
    ),
    _switch("item_extra_keys", False, "whether items of GetInvoice carry precio, cantidad and impuesto"),
    _switch("underpayment", "refuse", "PaidInvoice below the total", "refuse", "remainder"),
    _switch("overpayment", "saldo", "what PaidInvoice makes of an excess", "saldo", "ignore"),
    _switch("paid_date_key", "both", "date key of PaidInvoice", "both", "fecha", "fechalimite"),
    _switch("delete_invoice", "cancel", "DeleteInvoice: anulado, or the row is gone", "cancel", "remove"),
    _switch("cancel_releases_saldos", True, "whether a cancelled invoice gives its saldos back"),
    _switch("negative_free_items", "refuse", "CreateInvoiceLibre with a negative price", "refuse", "accept"),
    _switch("invoice_due_days", 9, "days from issue to due date of automatic invoices"),
    _switch("price_includes_tax", True, "whether a service's costo holds its tax"),
    _switch("bill_suspended", True, "whether suspended customers get invoices"),
    _switch("create_invoice_takes_saldos", True, "whether CreateInvoice takes up pending saldos"),
    _switch(
        "saldo_form",
        "item",
        "how an invoice shows a saldo: item line, facturas.saldo, total alone",
        "item",
        "column",
        "total",
    ),
    _switch(
        "saldo_tax",
        "after",
        "saldo off the total after tax, or off the base before",
        "after",
        "before",
    ),
    _switch(
        "remainder",
        "row",
        "credit above the invoice: a row for the rest, lost, or it waits whole",
        "row",
        "lost",
        "wait",
    ),
    _switch("remainder_text", "default", "text of the row for the rest", "default", "original"),
    _switch("saldo_date_delays", False, "whether a saldo dated later than the invoice waits"),
)

_BY_NAME = {switch.name: switch for switch in CATALOGUE}


class Switches:
    """The switches as they stand now; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, Value] = {}

    def change(self, changes: dict[str, object]) -> None:
        """Set several switches, all or none; null puts one back to its default."""
        checked: dict[str, Value] = {}
        for name, value in changes.items():
            if name not in _BY_NAME:
                raise SwitchError(f"there is no switch {name!r}; there are {', '.join(_BY_NAME)}")
            switch = _BY_NAME[name]
            checked[name] = switch.default if value is None else switch.check(value)
        with self._lock:
            self._set |= checked

    def reset(self) -> None:
        """Put every switch back to its default."""
        with self._lock:
            self._set = {}

    def all(self) -> dict[str, Value]:
        """Return every switch and its present value."""
        with self._lock:
            return {switch.name: self._set.get(switch.name, switch.default) for switch in CATALOGUE}

    def _value(self, name: str) -> Value:
        with self._lock:
            return self._set.get(name, _BY_NAME[name].default)

    def on(self, name: str) -> bool:
        """Whether a true/false switch is on."""
        return bool(self._value(name))

    def number(self, name: str) -> int:
        """Return the value of a switch that holds a number."""
        return int(self._value(name))

    def choice(self, name: str) -> str:
        """Return the value of a switch that holds a word."""
        return str(self._value(name))


def describe() -> list[dict[str, Any]]:
    """Return the catalogue as plain data: name, default, choices, what it decides."""
    return [
        {"name": item.name, "default": item.default, "choices": list(item.choices), "decides": item.decides}
        for item in CATALOGUE
    ]
