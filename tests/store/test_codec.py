"""What goes into the store comes out equal, whatever the panel and people wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.records import Author, Channel, Client, ClientStatus, Message, Service, Ticket, TicketState
from bridge.store import codec
from bridge.store.store import Store

from .samples import at, event, line
from .samples import ticket as sample_ticket

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)  # halves of surrogate pairs and NULs as well
INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6))]),
)
IDS = st.integers(min_value=0, max_value=2**31 - 1)
DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, places=None, min_value=-(10**9), max_value=10**9
)
MONEY = st.builds(Money, DECIMALS, st.sampled_from(["MXN", "USD"]))
SERVICES = st.builds(
    Service,
    service_id=IDS,
    plan=ANY_TEXT,
    price=MONEY,
    tax_percent=DECIMALS,
    node=st.none() | IDS,
)
CLIENTS = st.builds(
    Client,
    client_id=IDS,
    name=ANY_TEXT,
    status=st.sampled_from(ClientStatus),
    services=st.none() | st.lists(SERVICES, max_size=3).map(tuple),
    zone=st.none() | ANY_TEXT,
)
MESSAGES = st.builds(
    Message,
    message_id=st.none() | IDS,
    author=st.sampled_from(Author),
    operator_id=st.none() | IDS,
    text=ANY_TEXT,
    at=st.none() | INSTANTS,
    internal=st.booleans(),
)
TICKETS = st.builds(
    Ticket,
    ticket_id=IDS,
    client_id=IDS,
    subject=ANY_TEXT,
    state=st.sampled_from(TicketState),
    opened_at=INSTANTS,
    closed_at=st.none() | INSTANTS,
    last_activity_at=st.none() | INSTANTS,
    channel=st.sampled_from(Channel),
    visit_date=st.none() | st.dates(),
    visit_half_day=ANY_TEXT,
    department_id=st.none() | IDS,
    technician_id=st.none() | IDS,
    closing_reason=ANY_TEXT,
    messages=st.lists(MESSAGES, max_size=3).map(tuple),
    has_attachment=st.none() | st.booleans(),
)
PUSHES = st.builds(
    Push,
    key=ANY_TEXT,
    kind=st.sampled_from(PushKind),
    client_id=IDS,
    due_at=INSTANTS,
    ticket_id=st.none() | IDS,
    marker=ANY_TEXT,
    text=ANY_TEXT,
    internal=st.booleans(),
    department_id=st.none() | IDS,
    state=st.none() | ANY_TEXT,
    technician_id=st.none() | IDS,
    amount=st.none() | MONEY,
)


def through_text(data: Any) -> Any:
    return json.loads(json.dumps(data, sort_keys=True))


@given(TICKETS)
def test_tickets_come_back_equal(ticket: Ticket) -> None:
    assert codec.ticket_from_json(through_text(codec.ticket_to_json(ticket))) == ticket


def test_a_message_kept_before_its_author_was_has_none() -> None:
    encoded = codec.ticket_to_json(
        sample_ticket(messages=(Message(message_id=2, author=Author.STAFF, text="Voy", operator_id=21),))
    )
    encoded["messages"][0].pop()

    [message] = codec.ticket_from_json(encoded).messages

    assert (message.message_id, message.operator_id) == (2, None)


@given(CLIENTS)
def test_customers_come_back_equal(client: Client) -> None:
    assert codec.client_from_json(through_text(codec.client_to_json(client))) == client


@given(PUSHES)
def test_pushes_come_back_equal(push: Push) -> None:
    assert codec.push_from_json(through_text(codec.push_to_json(push))) == push


@given(st.lists(st.tuples(INSTANTS, st.none() | INSTANTS), max_size=4).map(tuple))
def test_spans_come_back_equal(spans: codec.Spans) -> None:
    assert codec.spans_from_json(through_text(codec.spans_to_json(spans))) == spans


@given(TICKETS, CLIENTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_tables_give_back_is_equal(store: Store, ticket: Ticket, client: Client) -> None:
    with store.rehearsal():
        store.snapshots.save_tickets([ticket], at(0))
        store.snapshots.save_clients([client], at(0))

        assert store.snapshots.tickets([ticket.ticket_id]) == {ticket.ticket_id: ticket}
        assert store.snapshots.clients([client.client_id]) == {client.client_id: client}


@given(DECIMALS.filter(lambda amount: amount >= 0))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_amounts_are_exact(store: Store, amount: Decimal) -> None:
    with store.rehearsal():
        store.ledger.record(line(amount=Money(amount), days=amount), at=at(0), actor="bridge")

        assert store.ledger.line("RC-1201/C1") == line(amount=Money(amount), days=amount)


@given(st.tuples(INSTANTS, INSTANTS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_instants_is_kept(store: Store, instants: tuple[datetime, datetime]) -> None:
    first, second = sorted(instants)
    with store.rehearsal():
        store.events.append([event("b", at=second, seen_at=second), event("a", at=first, seen_at=first)])

        assert [found.at for found in store.events.of_client(7)] == [first, second]


def test_an_instant_without_offset_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - that is the case

    with pytest.raises(StatementError, match="needs its offset"):
        store.events.append([event(at=naive)])


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_number_is_refused(store: Store, amount: str) -> None:
    with pytest.raises(StatementError, match="is no amount"):
        store.ledger.record(line(amount=Money(Decimal(amount))), at=at(0), actor="bridge")


def test_words_no_database_takes_are_replaced(store: Store) -> None:
    store.events.append([event(note="half \ud83d, nul \0, whole 😀, ñ")])

    assert store.events.of_client(7)[0].note == "half \ufffd, nul \ufffd, whole 😀, ñ"
