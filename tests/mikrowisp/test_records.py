"""Panel records become domain records, or a broken record that names its field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.money import Money
from bridge.domain.records import (
    Author,
    Channel,
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
from bridge.errors import BrokenRecord
from bridge.mikrowisp.records import Tongue
from bridge.rulebook.commands import Tickets
from tests.mikrowisp.panels import MEXICO, client, ticket

TONGUE = Tongue(words=Tickets(), zone=MEXICO, departments={"soporte tecnico": 1})
OPENED = datetime(2026, 2, 3, 15, 15, tzinfo=UTC)


def test_ticket_of_the_contract_is_translated_whole() -> None:
    assert TONGUE.ticket(ticket(), 77) == Ticket(
        ticket_id=1201,
        client_id=77,
        subject="Sin internet",
        state=TicketState.OPEN,
        opened_at=OPENED,
        closed_at=None,
        last_activity_at=OPENED,
        channel=Channel.PORTAL,
        visit_date=date(2026, 2, 4),
        visit_half_day="tarde",
        department_id=1,
        technician_id=None,
        messages=(Message(message_id=None, author=Author.UNKNOWN, text="No navega"),),
    )


def test_a_ticket_closed_in_the_hour_that_happens_twice_ends_after_it_was_opened() -> None:
    """The last night of summer time: opened at 1:40, closed at the second 1:30."""
    raw = ticket(
        estado="cerrado",
        fecha_soporte="2022-10-30 01:40:00",
        fecha_cerrado="2022-10-30 01:30:00",
        lastdate="2022-10-30 01:30:00",
    )

    shown = TONGUE.ticket(raw, 77)

    assert shown.opened_at == datetime(2022, 10, 30, 6, 40, tzinfo=UTC)
    assert shown.closed_at == shown.last_activity_at == datetime(2022, 10, 30, 7, 30, tzinfo=UTC)


def test_closed_ticket_with_padded_ids_and_a_reason() -> None:
    raw = ticket(
        id="0001201",
        idcliente="000077",
        estado="CERRADO",
        fecha_cerrado="2026-02-03 20:00:00",
        motivo_cierre="&lt;b&gt;#resuelto&lt;/b&gt;",
        dp="4",
    )

    shown = TONGUE.ticket(raw, 77)

    assert (shown.ticket_id, shown.client_id, shown.state) == (1201, 77, TicketState.CLOSED)
    assert shown.closed_at == datetime(2026, 2, 4, 2, 0, tzinfo=UTC)
    assert (shown.closing_reason, shown.department_id) == ("#resuelto", 4)


def test_reopened_ticket_keeps_no_closing_date() -> None:
    shown = TONGUE.ticket(ticket(estado="abierto", fecha_cerrado="2026-02-03 20:00:00"), 77)

    assert shown.closed_at is None


def test_ticket_with_hardly_any_keys() -> None:
    shown = TONGUE.ticket({"id": 1, "fecha_soporte": "2026-02-03 09:15:00"}, 77)

    assert shown == Ticket(ticket_id=1, client_id=77, subject="", state=TicketState.OPEN, opened_at=OPENED)


@pytest.mark.parametrize(
    ("messages", "texts", "attachment"),
    [
        (None, [], None),
        ([], [], None),
        ([{"contenido": "a", "autor": "STAFF", "fecha": "2026-01-01"}], ["a"], None),
        ({"0": {"contenido": "a"}, "2": {"contenido": "b"}}, ["a", "b"], None),
        ([{"contenido": None, "adjunto": ""}], [""], False),
        ([{"contenido": "a", "adjunto": "x.png"}], ["a"], True),
    ],
)
def test_messages_in_any_form(messages: object, texts: list[str], attachment: bool | None) -> None:
    shown = TONGUE.ticket(ticket(mensajes=messages), 77)

    assert [message.text for message in shown.messages] == texts
    assert {message.author for message in shown.messages} <= {Author.UNKNOWN}
    assert shown.has_attachment is attachment


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fecha_soporte": "ayer"}, "ticket 1201: fecha_soporte: "),
        ({"fecha_soporte": "0000-00-00 00:00:00"}, "ticket 1201: fecha_soporte is empty"),
        ({"estado": ["abierto"]}, "ticket 1201: estado: "),
        ({"mensajes": "ninguno"}, "ticket 1201: mensajes: "),
        ({"fechavisita": "2026-02-30"}, "ticket 1201: fechavisita: "),
        ({"dp": {"id": None}}, "ticket 1201: dp: "),
        ({"id": "x"}, "a ticket without a readable id: id: "),
    ],
)
def test_broken_ticket_names_its_field_and_its_customer(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(BrokenRecord) as raised:
        TONGUE.ticket(ticket(**changes), 77)

    assert str(raised.value).startswith(why)
    assert raised.value.client_id == 77


@pytest.mark.parametrize("raw", [None, 7, "x", [], {}])
def test_no_record_at_all_is_broken(raw: object) -> None:
    for read in (
        lambda: TONGUE.ticket(raw, 77),
        lambda: TONGUE.client(raw, detailed=True),
        lambda: TONGUE.invoice(raw, 77),
        lambda: TONGUE.operator(raw),
        lambda: TONGUE.department(raw),
    ):
        with pytest.raises(BrokenRecord):
            read()


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=3),
    st.data(),
)
def test_any_value_in_any_field_gives_a_ticket_or_a_broken_record(value: object, data: st.DataObject) -> None:
    raw = ticket()
    raw[data.draw(st.sampled_from(sorted(raw)))] = value

    try:
        TONGUE.ticket(raw, 77)
    except BrokenRecord as error:
        assert error.client_id == 77  # noqa: PT017 - both outcomes are right


def test_client_of_the_contract_is_translated_whole() -> None:
    assert TONGUE.client(client(), detailed=True) == Client(
        client_id=77,
        name="CLIENTE DE PRUEBA",
        status=ClientStatus.ACTIVE,
        services=(Service(service_id=91, plan="Plan 50M", price=Money(Decimal("343.75")), node=1),),
    )


@pytest.mark.parametrize(("detailed", "services"), [(True, ()), (False, None)])
@pytest.mark.parametrize("given", [{"servicios": None}, {}])
def test_services_not_shown_are_unknown_in_a_list_and_none_in_a_detail(
    detailed: bool, services: tuple[Service, ...] | None, given: dict[str, Any]
) -> None:
    raw = {"id": "000077", "nombre": "X", "estado": "SUSPENDIDO", **given}

    shown = TONGUE.client(raw, detailed=detailed)

    assert (shown.client_id, shown.status, shown.services) == (77, ClientStatus.SUSPENDED, services)


def test_status_of_the_list_holds_where_the_row_has_none() -> None:
    shown = TONGUE.client({"id": 1}, ClientStatus.RETIRED, detailed=False)

    assert shown.status is ClientStatus.RETIRED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nombre": {"0": None}}, "client 77: nombre: "),
        ({"estado": 7}, "client 77: estado '7'"),
        ({"estado": ""}, "client 77: estado is missing"),
        ({"servicios": "ninguno"}, "client 77: servicios: "),
        ({"servicios": [{"id": 91, "costo": "mil"}]}, "client 77: servicios.0.costo: "),
        ({"servicios": [{"id": 91}]}, "client 77: servicios.0.costo: "),
    ],
)
def test_broken_client_names_its_field(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(BrokenRecord) as raised:
        TONGUE.client(client(**changes), detailed=True)

    assert str(raised.value).startswith(why)
    assert raised.value.client_id == 77


def test_invoice_with_its_lines() -> None:
    raw = {
        "id": "00005012",
        "idcliente": 77,
        "total": "1,025.00",
        "estado": "No Pagado",
        "emitido": "2026-02-01",
    }
    items = [{"descrp": "Plan 50M\r\nPeriodo febrero"}, {"descripcion": "Bono [RC-1201/C1]"}]

    assert TONGUE.invoice(raw, None, items) == Invoice(
        invoice_id=5012,
        client_id=77,
        issued_on=date(2026, 2, 1),
        total=Money(Decimal("1025.00")),
        state="no pagado",
        item_texts=("Plan 50M\nPeriodo febrero", "Bono [RC-1201/C1]"),
    )


@pytest.mark.parametrize(
    ("changes", "items", "why"),
    [
        ({"total": "mil"}, (), "total: "),
        ({"emitido": "hoy"}, (), "emitido: "),
        ({"estado": {}}, (), "estado: "),
        ({"idcliente": None}, (), "idcliente is missing"),
        ({}, "nada", "no list"),
    ],
)
def test_broken_invoice_names_its_field(changes: dict[str, Any], items: object, why: str) -> None:
    raw = {"id": 5012, "idcliente": 77, "total": "25.00", **changes}

    with pytest.raises(BrokenRecord, match=f"invoice 5012: {why}"):
        TONGUE.invoice(raw, None, items)


@pytest.mark.parametrize(
    ("raw", "operator"),
    [
        (
            {"id": "011", "nombre": "Ana P&eacute;rez", "estado": "1"},
            Operator(operator_id=11, name="Ana Pérez"),
        ),
        ({"idoperador": 12, "operador": "Luis"}, Operator(operator_id=12, name="Luis")),
        ({"id": 13, "username": "x", "estado": "0"}, Operator(operator_id=13, name="x", active=False)),
    ],
)
def test_operator_in_each_shape(raw: dict[str, Any], operator: Operator) -> None:
    assert TONGUE.operator(raw) == operator


@pytest.mark.parametrize("raw", [{"id": "2", "dp": "Ventas"}, {"iddepartamento": 2, "nombre": "Ventas"}])
def test_department_in_each_shape(raw: dict[str, Any]) -> None:
    assert TONGUE.department(raw) == Department(department_id=2, name="Ventas")
