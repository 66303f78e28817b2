"""Rows of the panel's tables to domain records (contract sections 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.money import Money
from bridge.domain.records import Author, Client, Invoice, Message, Service, Ticket, TicketState
from bridge.errors import BrokenRecord
from bridge.mikrowisp.translate import (
    channel_of,
    client_status_of,
    half_day_of,
    instant_of,
    money_of,
    number_of,
    one_line,
    plain_text,
    state_of,
    visit_date_of,
)
from bridge.rulebook.commands import Tickets

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How this panel's rows are read: its words, zone and currency, and the bridge's own operator id."""

    words: Tickets
    zone: ZoneInfo
    currency: str
    bridge_operator: int

    @property
    def closed_words(self) -> tuple[str, ...]:
        """The words of `soporte.estado` that mean closed; the first is the one to write."""
        return self.words.states.get(TicketState.CLOSED) or ("cerrado",)

    def ticket(self, row: Row, messages: Iterable[Row]) -> Ticket:
        """Return a `soporte` row with its `ticket` rows (oldest first); raises BrokenRecord.

        The opening message is the customer's voice whoever typed it (design section 3).
        """
        ticket_id = number_of(row["id"])
        kept = tuple(messages)
        try:
            return self._ticket(ticket_id, row, kept)
        except ValueError as error:
            raise BrokenRecord(f"ticket {ticket_id}", _client_id(row), str(error)) from error

    def client(self, row: Row, services: Iterable[Row]) -> Client:
        """Return a `usuarios` row with its services; raises BrokenRecord."""
        client_id = number_of(row["id"])
        try:
            return Client(
                client_id=client_id,
                name=one_line(row["nombre"] or ""),
                status=client_status_of(row["estado"] or ""),
                services=tuple(self._service(service) for service in services),
                zone=one_line(row["zona"] or "") or None,
            )
        except ValueError as error:
            raise BrokenRecord(f"client {client_id}", client_id, str(error)) from error

    def invoice(self, row: Row, item_texts: Iterable[str | None]) -> Invoice:
        """Return a `facturas` row with the texts of its items; raises BrokenRecord."""
        invoice_id = number_of(row["id"])
        try:
            return Invoice(
                invoice_id=invoice_id,
                client_id=number_of(row["idcliente"]),
                issued_on=visit_date_of(row["emitido"] or ""),
                total=money_of(row["total"], self.currency),
                state=row["estado"] or "",
                item_texts=tuple(plain_text(text or "") for text in item_texts),
            )
        except ValueError as error:
            raise BrokenRecord(f"invoice {invoice_id}", _client_id(row), str(error)) from error

    def _ticket(self, ticket_id: int, row: Row, messages: tuple[Row, ...]) -> Ticket:
        opened_at = instant_of(row["fecha_soporte"] or "", self.zone)
        if opened_at is None:
            raise ValueError("fecha_soporte, its opening time, is empty")
        state = state_of(row["estado"] or "", self.words)
        closed = state is TicketState.CLOSED
        return Ticket(
            ticket_id=ticket_id,
            client_id=number_of(row["idcliente"]),
            subject=one_line(row["asunto"] or ""),
            state=state,
            opened_at=opened_at,
            closed_at=(
                instant_of(row["fecha_cerrado"] or "", self.zone, not_before=opened_at) if closed else None
            ),
            last_activity_at=instant_of(row["lastdate"] or "", self.zone, not_before=opened_at),
            channel=channel_of(row["agendado"] or "", self.words),
            visit_date=visit_date_of(row["fechavisita"] or ""),
            visit_half_day=half_day_of(row["turno"] or "", self.words),
            department_id=number_of(row["dp"] or 0),
            technician_id=number_of(row["idsoporte"] or 0),
            closing_reason=plain_text(row["motivo_cierre"] or ""),
            messages=tuple(
                self._message(message, opened_at, first=not place) for place, message in enumerate(messages)
            ),
            has_attachment=any((message["adjunto"] or "").strip() for message in messages),
        )

    def _message(self, row: Row, opened_at: datetime, *, first: bool) -> Message:
        author = Author.CUSTOMER if first else self._author(row["idtecnico"])
        return Message(
            message_id=number_of(row["id"]),
            author=author,
            text=plain_text(row["contenido"] or ""),
            at=instant_of(row["fecha_hora"] or "", self.zone, not_before=opened_at),
            internal=row["nota"] is not None and number_of(row["nota"]) == 1,
            operator_id=number_of(row["idtecnico"]) if author is Author.STAFF else None,
        )

    def _author(self, operator: int | str | None) -> Author:
        if operator is None:
            return Author.UNKNOWN
        match number_of(operator):
            case 0:
                return Author.CUSTOMER
            case self.bridge_operator:
                return Author.BRIDGE
            case _:
                return Author.STAFF

    def _service(self, row: Row) -> Service:
        price = row["costo"] if row["costo"] is not None else row["plan_costo"]
        if price is None:
            raise ValueError(f"service {number_of(row['id'])} has no price, nor has its plan")
        return Service(
            service_id=number_of(row["id"]),
            plan=one_line(row["plan"] or ""),
            price=money_of(price, self.currency),
            tax_percent=Decimal(row["impuesto"] or 0),
            node=None if row["nodo"] is None else number_of(row["nodo"]),
        )


def balance_of(row: Row, currency: str) -> Money:
    """Return a `saldos` row's amount in the panel's own sign: negative is the customer's (contract 4.2)."""
    return money_of(row["monto"], currency).rounded()


def local_text(local: datetime) -> str:
    """Return an instant, already in the panel's zone, as the panel writes it."""
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _client_id(row: Row) -> int | None:
    try:
        return number_of(row["idcliente"])
    except ValueError:
        return None
