"""Small records for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bridge.domain.decisions import Because, CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.records import Author, Client, ClientStatus, Message, Service, Ticket, TicketState
from bridge.store.calls import Call
from bridge.store.decisions import Judgement
from bridge.store.incidents import IncidentRow

T0 = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def service(price: str = "300.00") -> Service:
    return Service(
        service_id=9, plan="Hogar 50", price=Money(Decimal(price)), tax_percent=Decimal(16), node=3
    )


def client(client_id: int = 7, **changes: Any) -> Client:
    fields: dict[str, Any] = {
        "client_id": client_id,
        "name": "Ana Núñez",
        "status": ClientStatus.ACTIVE,
        "services": (service(),),
        "zone": "Norte",
    }
    return Client(**fields | changes)


def ticket(ticket_id: int = 1201, client_id: int = 7, **changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "ticket_id": ticket_id,
        "client_id": client_id,
        "subject": "Sin internet",
        "state": TicketState.OPEN,
        "opened_at": T0,
        "messages": (Message(message_id=1, author=Author.CUSTOMER, text="No hay señal", at=T0),),
    }
    return Ticket(**fields | changes)


def event(key: str = "opened", **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "key": key,
        "kind": EventKind.OPENED,
        "client_id": 7,
        "ticket_id": 1201,
        "at": T0,
        "seen_at": at(1),
        "source": "panel",
        "data": {"channel": "portal"},
    }
    return Event(**fields | changes)


def decision(subject: str = "level_1", incident_id: str = "RC-1201", **changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "incident_id": incident_id,
        "subject": subject,
        "rule": "L-1",
        "because": Because.OPENED,
        "at": T0,
        "decided_at": at(1),
        "policy": "2019-01-01",
        "events": ("opened",),
        "facts": {"level": "1"},
    }
    return Decision(**fields | changes)


def judgement(**changes: Any) -> Judgement:
    fields: dict[str, Any] = {
        "client_id": 7,
        "at": at(1),
        "digest": "d1",
        "last_event_id": 1,
        "last_entry_id": 0,
    }
    return Judgement(**fields | changes)


def incident(incident_id: str = "RC-1201", **changes: Any) -> IncidentRow:
    fields: dict[str, Any] = {
        "incident_id": incident_id,
        "client_id": 7,
        "service_id": 9,
        "kind": "no_access",
        "is_fault": True,
        "channel": "portal",
        "level": 1,
        "severe": False,
        "attribution": "unknown",
        "report_number": None,
        "opened_at": T0,
        "ended_at": None,
        "spans": ((T0, None),),
        "technician_id": 41,
        "next_deadline_rule": "L-2",
        "next_deadline_at": at(2),
        "next_due_at": at(2),
        "breaches": (),
        "ticket_ids": (1201,),
    }
    return IncidentRow(**fields | changes)


def line(credit_id: str = "RC-1201/C1", **changes: Any) -> Line:
    fields: dict[str, Any] = {
        "credit_id": credit_id,
        "incident_id": "RC-1201",
        "client_id": 7,
        "ticket_ids": (1201,),
        "type": CreditType.DAYS,
        "status": CreditStatus.ACCRUING,
        "reason": Reason.DAYS,
        "amount": Money(Decimal("40.00")),
        "days": Decimal(4),
        "service_id": 9,
        "begun_month": "2026-11",
        "facts": {"outage": "80:00:00"},
    }
    return Line(**fields | changes)


def push(key: str = "redscomm/RC-1201/note/1", **changes: Any) -> Push:
    fields: dict[str, Any] = {
        "key": key,
        "kind": PushKind.NOTE,
        "client_id": 7,
        "due_at": at(2),
        "ticket_id": 1201,
        "marker": "[RC-1201/N1]",
        "text": "Su número de reporte es RC-1201 [RC-1201/N1]",
    }
    return Push(**fields | changes)


def credit_push(key: str = "redscomm/RC-1201/days/1", **changes: Any) -> Push:
    money = {"kind": PushKind.CREDIT, "marker": "[RC-1201/C1]", "amount": Money(Decimal("40.00"))}
    return push(key, **money | changes)


def call(push_key: str = "redscomm/RC-1201/days/1", **changes: Any) -> Call:
    fields: dict[str, Any] = {
        "push_key": push_key,
        "client_id": 7,
        "began_at": at(0),
        "taken_by": "Irma",
        "kind": "no_access",
        "service_id": None,
        "words": "No navega",
        "solved_at": None,
    }
    return Call(**fields | changes)
