"""The panel's commands as the bridge needs them: reads that are tried again, writes that go out once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from bridge.clock import Clock
from bridge.domain.intents import Attachment
from bridge.domain.records import Channel, Client, Department, Invoice, Operator, Ticket
from bridge.errors import BrokenRecord, PanelUnusable
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.plaintext import as_markup
from bridge.mikrowisp.records import Tongue, as_list, id_of
from bridge.mikrowisp.retry import ReadRetry
from bridge.mikrowisp.translate import contains_any, number_of
from bridge.mikrowisp.transport import Meter, Transport
from bridge.rulebook.commands import Commands

T = TypeVar("T")

_SUBJECT = 150  # the panel cuts longer subjects (contract 2.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """Records that could be read, beside those that are set aside."""

    records: tuple[T, ...] = ()
    broken: tuple[BrokenRecord, ...] = ()


class ErrorAnswer(BrokenRecord):
    """The panel answered about one record with an error text that none of the dialect's words explains."""


class CommandUnknown(PanelUnusable):
    """The panel does not offer the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What a ticket is opened with (contract 2.1); `priority` 0 none to 3 high."""

    client_id: int
    department_id: int
    subject: str
    text: str
    visit_date: date
    channel: Channel = Channel.OTHER
    half_day: str = ""
    technician_id: int | None = None
    priority: int | None = None
    requester: str = ""
    attachment: Attachment | None = None


class PanelApi:
    """One panel over HTTP. Reads raise PanelUnreachable, AccessRefused or PanelUnusable.

    Writes raise NotApplied, Refused, OutcomeUnknown or AccessRefused, and are sent exactly once.
    """

    def __init__(  # noqa: PLR0913 - the parts are wired in one place, by name
        self,
        transport: Transport,
        *,
        dialect: Commands,
        zone: ZoneInfo,
        clock: Clock,
        currency: str = "MXN",
        departments: Mapping[str, int] | None = None,
        retry: ReadRetry | None = None,
    ) -> None:
        self.dialect = dialect
        self.tongue = Tongue(
            words=dialect.tickets, zone=zone, currency=currency, departments=departments or {}
        )
        self._transport = transport
        self._clock = clock
        self._retry = retry or ReadRetry(clock)

    def metered(self) -> Meter:
        """Start counting calls anew and return the count."""
        return self._transport.metered()

    def ask(self, command: str, fields: Mapping[str, Any] | None = None) -> Reply:
        """Read with retries; a business error is a Reply without success."""
        return self._retry(lambda: self._transport.read(command, fields))

    def tell(self, command: str, fields: Mapping[str, Any]) -> Reply:
        """Write once."""
        return self._transport.write(command, fields)

    def ping(self) -> datetime | None:
        """Prove that the panel answers and takes the token; returns the panel's own clock if it shows one."""
        meter = self.metered()
        self.client_record(self.dialect.customers.first_id)
        return meter.panel_time

    def client(self, client_id: int) -> Client | None:
        """Return a customer with services and prices; None where the panel knows no such customer.

        Raises BrokenRecord where the record cannot be understood.
        """
        raw = self.client_record(client_id)
        return None if raw is None else self.tongue.client(raw, detailed=True)

    def tickets(self, client_id: int) -> Found[Ticket]:
        """Return a customer's tickets, all states. None at all is an empty result, in any of its forms.

        Raises BrokenRecord for an error text that is none of the dialect's words for "no tickets".
        """
        reply = self.ask("ListTicket", {"idcliente": client_id})
        if not reply.success:
            self._known("ListTicket", reply)
            if contains_any(reply.message, self.dialect.errors.no_tickets):
                return Found()
            raise ErrorAnswer(f"client {client_id}", client_id, f"ListTicket: {_said(reply)}")
        data = reply.body.get("data")
        try:
            rows = as_list(data["tickets"]) if isinstance(data, Mapping) and "tickets" in data else []
        except ValueError as error:
            raise BrokenRecord(f"client {client_id}", client_id, f"data.tickets: {error}") from error
        return sorted_out(rows, lambda raw: self.tongue.ticket(raw, client_id))

    def invoices(self, client_id: int, limit: int = 25) -> Found[Invoice]:
        """Return a customer's newest invoices, newest first, without their lines (contract 2.2)."""
        reply = self.ask("GetInvoices", {"idcliente": client_id, "limit": limit})
        if not reply.success:
            self._known("GetInvoices", reply)
            if contains_any(reply.message, self.dialect.errors.no_invoices):
                return Found()
            raise ErrorAnswer(f"client {client_id}", client_id, f"GetInvoices: {_said(reply)}")
        try:
            rows = as_list(reply.body.get("facturas"))
        except ValueError as error:
            raise BrokenRecord(f"client {client_id}", client_id, f"facturas: {error}") from error
        found = sorted_out(rows, lambda raw: self.tongue.invoice(raw, client_id))
        newest = sorted(found.records, key=lambda invoice: invoice.invoice_id, reverse=True)
        return Found(records=tuple(newest[:limit]), broken=found.broken)

    def invoice(self, invoice_id: int) -> Invoice | None:
        """Return an invoice with the texts of its lines; None where the panel knows no such invoice."""
        reply = self.ask("GetInvoice", {"idfactura": invoice_id})
        if not reply.success:
            self._known("GetInvoice", reply)
            if contains_any(reply.message, self.dialect.errors.no_invoices):
                return None
            raise ErrorAnswer(f"invoice {invoice_id}", None, f"GetInvoice: {_said(reply)}")
        raw = reply.body.get("factura")
        return self.tongue.invoice(raw, None, reply.body.get("items")) if raw else None

    def operators(self) -> Found[Operator] | None:
        """Return the people who can log in; None where the panel does not offer the list (contract 2.4)."""
        return self._listed("GetOperadores", ("operadores", "datos", "data"), self.tongue.operator)

    def departments(self) -> Found[Department] | None:
        """Return the ticket departments; None where the panel does not offer the list (contract 2.4)."""
        return self._listed("GetDepartamentos", ("departamentos", "datos", "data"), self.tongue.department)

    def open_ticket(self, ticket: NewTicket) -> int | None:
        """Open a ticket and return its id (None where the answer hides it); not idempotent (contract 2.1)."""
        words = self.dialect.tickets.opening
        half_days = self.dialect.tickets.half_days
        half_day = next((known[0] for name, known in half_days.items() if name == ticket.half_day), "")
        fields: dict[str, Any] = {
            "idcliente": ticket.client_id,
            "dp": ticket.department_id,
            "asunto": ticket.subject[:_SUBJECT],
            "fechavisita": ticket.visit_date.isoformat(),
            "turno": half_day or words.half_day,
            "agendado": words.channels.get(ticket.channel, words.channels[Channel.OTHER]),
            "contenido": as_markup(ticket.text),
        }
        if ticket.requester:
            fields["solicitante"] = ticket.requester
        if ticket.technician_id is not None:
            fields["idtecnico"] = ticket.technician_id
        if ticket.priority is not None:
            fields |= dict.fromkeys(words.priority_keys, ticket.priority)
        if ticket.attachment is not None:
            encoded = b64encode(ticket.attachment.content).decode("ascii")
            fields["adjunto"] = {"nombre": ticket.attachment.name, "file": encoded}
        reply = self.tell("NewTicket", fields)
        try:
            return number_of(reply.body.get("idticket"))
        except ValueError:
            return None

    def close_ticket(self, ticket_id: int, reason: str) -> None:
        """Close a ticket; what closing a closed one answers differs (contract 2.1)."""
        self.tell("CloseTicket", {"idticket": ticket_id, "motivo_cierre": reason})

    def send_sms(self, client_id: int, text: str) -> None:
        """Queue a text message to a customer (contract 2.3)."""
        self.tell("NewSMS", {"idcliente": client_id, "mensaje": text})

    def client_record(self, client_id: int) -> object | None:
        """Return a customer's record as it came, passwords and all: never log or keep it (contract 2.3)."""
        reply = self.ask("GetClientsDetails", {"idcliente": client_id})
        if not reply.success:
            self._known("GetClientsDetails", reply)
            if contains_any(reply.message, self.dialect.errors.not_found):
                return None
            raise ErrorAnswer(f"client {client_id}", client_id, f"GetClientsDetails: {_said(reply)}")
        try:
            rows = as_list(reply.body.get("datos"))
        except ValueError as error:
            raise BrokenRecord(f"client {client_id}", client_id, f"datos: {error}") from error
        return next((row for row in rows if id_of(row) == client_id), None)

    def _listed(self, command: str, keys: tuple[str, ...], read: Callable[[object], T]) -> Found[T] | None:
        reply = self.ask(command)
        if not reply.success:
            if self.is_unknown(reply):
                return None
            raise PanelUnusable(f"{command}: {_said(reply)}")
        for key in keys:
            value = reply.body.get(key)
            if isinstance(value, list | Mapping):
                return sorted_out(as_list(value), read)
        raise PanelUnusable(f"{command}: the answer has none of the lists {', '.join(keys)}")

    def is_unknown(self, reply: Reply) -> bool:
        """Whether the panel does not know the command it was asked."""
        return reply.status in {404, 405} or contains_any(reply.message, self.dialect.errors.unknown_command)

    def _known(self, command: str, reply: Reply) -> None:
        if self.is_unknown(reply):
            raise CommandUnknown(f"{command}: the panel does not know this command ({_said(reply)})")


def sorted_out(rows: list[Any], read: Callable[[object], T]) -> Found[T]:
    """Read every row, setting the broken ones aside."""
    records: list[T] = []
    broken: list[BrokenRecord] = []
    for row in rows:
        try:
            records.append(read(row))
        except BrokenRecord as error:
            broken.append(error)
    return Found(records=tuple(records), broken=tuple(broken))


def _said(reply: Reply) -> str:
    return reply.message or f"an error without a text (HTTP {reply.status})"
