"""The panel's HTTP records as domain records; what cannot be understood is a BrokenRecord of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bridge.domain.money import Money
from bridge.domain.records import (
    Author,
    Client,
    ClientStatus,
    Department,
    Invoice,
    Message,
    Operator,
    Service,
    Ticket,
    TicketState,
)
from bridge.domain.words import normalise
from bridge.errors import BrokenRecord
from bridge.mikrowisp import translate
from bridge.mikrowisp.wire import (
    WireClient,
    WireDepartment,
    WireInvoice,
    WireItem,
    WireOperator,
    WireTicket,
)
from bridge.rulebook.commands import Tickets

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What is needed to understand one panel: its words, its zone, its currency and its departments.

    `departments` maps normalised department names to ids.
    """

    words: Tickets
    zone: ZoneInfo
    currency: str = "MXN"
    departments: Mapping[str, int] = field(default_factory=dict)

    def client(self, raw: object, status: ClientStatus | None = None, *, detailed: bool) -> Client:
        """Return a customer. `status` holds where the record names none.

        A list row without services leaves them unknown; a detailed record without them means none.
        """
        return _guarded("client", raw, None, lambda: self._client(raw, status, detailed=detailed))

    def ticket(self, raw: object, client_id: int) -> Ticket:
        """Return a ticket of `client_id`; its messages have no author and no time (design section 3)."""
        return _guarded("ticket", raw, client_id, lambda: self._ticket(raw, client_id))

    def invoice(self, raw: object, client_id: int | None, items: object = ()) -> Invoice:
        """Return an invoice with the texts of its lines, CRLF and markup made plain."""
        return _guarded("invoice", raw, client_id, lambda: self._invoice(raw, client_id, items))

    def operator(self, raw: object) -> Operator:
        """Return an operator."""
        wire = _guarded("operator", raw, None, lambda: WireOperator.model_validate(raw))
        active = normalise(wire.estado) in {"1", "activo", "true", ""}
        return Operator(operator_id=wire.id, name=translate.one_line(wire.nombre), active=active)

    def department(self, raw: object) -> Department:
        """Return a department."""
        wire = _guarded("department", raw, None, lambda: WireDepartment.model_validate(raw))
        return Department(department_id=wire.id, name=translate.one_line(wire.dp))

    def _client(self, raw: object, status: ClientStatus | None, *, detailed: bool) -> Client:
        wire = WireClient.model_validate(raw)
        if wire.estado:
            status = translate.client_status_of(wire.estado)
        if status is None:
            raise ValueError("estado is missing")
        services = wire.servicios if wire.servicios is not None or not detailed else ()
        return Client(
            client_id=wire.id,
            name=translate.one_line(wire.nombre),
            status=status,
            services=None
            if services is None
            else tuple(
                Service(
                    service_id=service.id,
                    plan=translate.one_line(service.perfil),
                    price=Money(service.costo, self.currency),
                    node=service.nodo or None,
                )
                for service in services
            ),
            zone=translate.one_line(wire.zona) or None,
        )

    def _ticket(self, raw: object, client_id: int) -> Ticket:
        wire = WireTicket.model_validate(raw)
        state = translate.state_of(wire.estado, self.words)
        opened_at = self._instant("fecha_soporte", wire.fecha_soporte)
        if opened_at is None:
            raise ValueError("fecha_soporte is empty")
        messages = wire.mensajes or ()
        attachments = [message.adjunto for message in messages if message.adjunto is not None]
        return Ticket(
            ticket_id=wire.id,
            client_id=wire.idcliente or client_id,
            subject=translate.one_line(wire.asunto),
            state=state,
            opened_at=opened_at,
            # The panel keeps the date of an earlier closing when a ticket is opened again (contract 3.1).
            closed_at=self._instant("fecha_cerrado", wire.fecha_cerrado, opened_at)
            if state is TicketState.CLOSED
            else None,
            last_activity_at=self._instant("lastdate", wire.lastdate, opened_at),
            channel=translate.channel_of(wire.agendado, self.words),
            visit_date=_named("fechavisita", lambda: translate.visit_date_of(wire.fechavisita)),
            visit_half_day=translate.half_day_of(wire.turno, self.words),
            department_id=translate.department_of(wire.dp, self.departments),
            closing_reason=translate.plain_text(wire.motivo_cierre),
            messages=tuple(
                Message(message_id=None, author=Author.UNKNOWN, text=translate.plain_text(message.contenido))
                for message in messages
            ),
            has_attachment=any(attachment.strip() for attachment in attachments) if attachments else None,
        )

    def _invoice(self, raw: object, client_id: int | None, items: object) -> Invoice:
        wire = WireInvoice.model_validate(raw)
        owner = wire.idcliente or client_id
        if owner is None:
            raise ValueError("idcliente is missing")
        return Invoice(
            invoice_id=wire.id,
            client_id=owner,
            issued_on=_named("emitido", lambda: translate.visit_date_of(wire.emitido)),
            total=Money(wire.total, self.currency),
            state=normalise(wire.estado),
            item_texts=tuple(
                translate.plain_text(WireItem.model_validate(item).descrp) for item in as_list(items)
            ),
        )

    def _instant(self, name: str, text: str, not_before: datetime | None = None) -> datetime | None:
        return _named(name, lambda: translate.instant_of(text, self.zone, not_before=not_before))


def as_list(value: object) -> list[Any]:
    """Return a panel's list, which PHP may write as an object; ValueError where it is neither."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    raise ValueError("no list where the contract has one")


def id_of(raw: object) -> int | None:
    """Return the id of a record, None where even that cannot be read."""
    try:
        return translate.number_of(raw["id"]) if isinstance(raw, Mapping) else None
    except (KeyError, ValueError):
        return None


def _named(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _guarded(what: str, raw: object, client_id: int | None, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'record'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        )
        reason: Exception = error
    except ValueError as error:
        faults, reason = str(error), error
    number = id_of(raw)
    subject = f"{what} {number}" if number is not None else f"a {what} without a readable id"
    owner = number if what == "client" else client_id
    raise BrokenRecord(subject, owner, faults) from reason
