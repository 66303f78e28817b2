"""Domain records as JSON values and back, exactly: what goes into the store comes out equal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.records import (
    Author,
    Channel,
    Client,
    ClientStatus,
    Message,
    Service,
    Ticket,
    TicketState,
)

Encoded = dict[str, Any]
Spans = tuple[tuple[datetime, datetime | None], ...]


def ticket_to_json(ticket: Ticket) -> Encoded:
    """Return a ticket as JSON; absent instants and ids are null."""
    return {
        "ticket_id": ticket.ticket_id,
        "client_id": ticket.client_id,
        "subject": ticket.subject,
        "state": ticket.state.value,
        "opened_at": ticket.opened_at.isoformat(),
        "closed_at": instant_to_json(ticket.closed_at),
        "last_activity_at": instant_to_json(ticket.last_activity_at),
        "channel": ticket.channel.value,
        "visit_date": None if ticket.visit_date is None else ticket.visit_date.isoformat(),
        "visit_half_day": ticket.visit_half_day,
        "department_id": ticket.department_id,
        "technician_id": ticket.technician_id,
        "closing_reason": ticket.closing_reason,
        "messages": [_message_to_json(message) for message in ticket.messages],
        "has_attachment": ticket.has_attachment,
    }


def _message_to_json(message: Message) -> list[Any]:
    return [
        message.message_id,
        message.author.value,
        message.text,
        instant_to_json(message.at),
        message.internal,
        message.operator_id,
    ]


def ticket_from_json(data: Encoded) -> Ticket:
    """Return the ticket that `ticket_to_json` wrote."""
    visit_date = data["visit_date"]
    return Ticket(
        ticket_id=data["ticket_id"],
        client_id=data["client_id"],
        subject=data["subject"],
        state=TicketState(data["state"]),
        opened_at=datetime.fromisoformat(data["opened_at"]),
        closed_at=instant_from_json(data["closed_at"]),
        last_activity_at=instant_from_json(data["last_activity_at"]),
        channel=Channel(data["channel"]),
        visit_date=None if visit_date is None else date.fromisoformat(visit_date),
        visit_half_day=data["visit_half_day"],
        department_id=data["department_id"],
        technician_id=data["technician_id"],
        closing_reason=data["closing_reason"],
        messages=tuple(_message_from_json(*message) for message in data["messages"]),
        has_attachment=data["has_attachment"],
    )


def _message_from_json(  # noqa: PLR0913, PLR0917 - one item of the list for each field
    message_id: int | None,
    author: str,
    text: str,
    at: str | None,
    internal: bool,
    operator_id: int | None = None,  # not there in what an earlier version wrote
) -> Message:
    return Message(
        message_id=message_id,
        author=Author(author),
        text=text,
        at=instant_from_json(at),
        internal=internal,
        operator_id=operator_id,
    )


def client_to_json(client: Client) -> Encoded:
    """Return a customer as JSON."""
    services = client.services
    return {
        "client_id": client.client_id,
        "name": client.name,
        "status": client.status.value,
        "services": None if services is None else [_service_to_json(service) for service in services],
        "zone": client.zone,
    }


def _service_to_json(service: Service) -> Encoded:
    return {
        "service_id": service.service_id,
        "plan": service.plan,
        "price": _money_to_json(service.price),
        "tax_percent": str(service.tax_percent),
        "node": service.node,
    }


def client_from_json(data: Encoded) -> Client:
    """Return the customer that `client_to_json` wrote."""
    services = data["services"]
    return Client(
        client_id=data["client_id"],
        name=data["name"],
        status=ClientStatus(data["status"]),
        services=None if services is None else tuple(_service_from_json(service) for service in services),
        zone=data["zone"],
    )


def _service_from_json(data: Encoded) -> Service:
    return Service(
        service_id=data["service_id"],
        plan=data["plan"],
        price=_money_from_json(data["price"]),
        tax_percent=Decimal(data["tax_percent"]),
        node=data["node"],
    )


def push_to_json(push: Push) -> Encoded:
    """Return a push as JSON."""
    return {
        "key": push.key,
        "kind": push.kind.value,
        "client_id": push.client_id,
        "due_at": push.due_at.isoformat(),
        "ticket_id": push.ticket_id,
        "marker": push.marker,
        "text": push.text,
        "internal": push.internal,
        "department_id": push.department_id,
        "state": push.state,
        "technician_id": push.technician_id,
        "amount": None if push.amount is None else _money_to_json(push.amount),
        "subject": push.subject,
        "channel": push.channel.value,
    }


def push_from_json(data: Encoded) -> Push:
    """Return the push that `push_to_json` wrote."""
    amount = data["amount"]
    return Push(
        key=data["key"],
        kind=PushKind(data["kind"]),
        client_id=data["client_id"],
        due_at=datetime.fromisoformat(data["due_at"]),
        ticket_id=data["ticket_id"],
        marker=data["marker"],
        text=data["text"],
        internal=data["internal"],
        department_id=data["department_id"],
        state=data["state"],
        technician_id=data["technician_id"],
        amount=None if amount is None else _money_from_json(amount),
        subject=data["subject"],
        channel=Channel(data["channel"]),
    )


def spans_to_json(spans: Spans) -> list[list[str | None]]:
    """Return spans of time as pairs of instants; an open end is null."""
    return [[start.isoformat(), instant_to_json(end)] for start, end in spans]


def spans_from_json(data: list[list[str]]) -> Spans:
    """Return the spans that `spans_to_json` wrote."""
    return tuple((datetime.fromisoformat(start), instant_from_json(end)) for start, end in data)


def instant_to_json(at: datetime | None) -> str | None:
    """Return an instant as ISO text."""
    return None if at is None else at.isoformat()


def instant_from_json(text: str | None) -> datetime | None:
    """Return the instant that `instant_to_json` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def _money_to_json(money: Money) -> list[str]:
    return [str(money.amount), money.currency]


def _money_from_json(data: list[str]) -> Money:
    amount, currency = data
    return Money(Decimal(amount), currency)
