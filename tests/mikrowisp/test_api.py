"""The panel's commands, in every form their answers are known to take."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bridge.domain.records import Channel
from bridge.errors import AccessRefused, BrokenRecord, PanelUnusable, Refused
from bridge.mikrowisp.api import Found, NewTicket
from bridge.rulebook.commands import Commands
from tests.mikrowisp.panels import TOKEN, Panel, client, done, error, panel_api, ticket, tickets

MISSING = (404, "<html>Not Found</html>")


@pytest.mark.parametrize(
    "answer",
    [
        error("No existen tickets para el cliente."),
        error("Sin tickets"),
        error("NO HAY TICKETS"),
        error("No se encontró ningún registro"),
        done(data={"tickets": []}),
        done(data={"tickets": None}),
        done(data={"abiertos": 0}),
        done(data=[]),
        done(data=None),
        done(),
    ],
)
def test_customer_without_tickets_in_any_form(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"ListTicket": answer})

    assert panel_api().tickets(77) == Found()


def test_error_about_the_token_is_not_no_tickets(panel: Panel) -> None:
    panel.plays({"ListTicket": error("No existe el token")})

    with pytest.raises(AccessRefused):
        panel_api().tickets(77)


@pytest.mark.parametrize("answer", [error("Base de datos ocupada"), error(""), done(data={"tickets": "x"})])
def test_any_other_error_is_a_broken_customer(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"ListTicket": answer})

    with pytest.raises(BrokenRecord, match="client 77: ") as raised:
        panel_api().tickets(77)

    assert raised.value.client_id == 77


@pytest.mark.parametrize("answer", [MISSING, error("El comando no existe")])
def test_panel_without_the_command_is_unusable(panel: Panel, answer: Any) -> None:
    panel.plays(
        {
            "ListTicket": lambda _: answer,
            "GetClientsDetails": lambda _: answer,
            "GetInvoices": lambda _: answer,
        }
    )
    api = panel_api()

    for read in (lambda: api.tickets(77), lambda: api.client(77), lambda: api.invoices(77)):
        with pytest.raises(PanelUnusable, match="does not know this command"):
            read()


def test_words_for_no_tickets_come_from_the_dialect(panel: Panel) -> None:
    panel.plays({"ListTicket": error("Nada por aquí")})
    dialect = Commands.model_validate({"errors": {"no_tickets": ["nada por"]}})

    assert panel_api(dialect=dialect).tickets(77) == Found()


def test_one_broken_ticket_does_not_hide_the_others(panel: Panel) -> None:
    panel.plays({"ListTicket": tickets(ticket(1), ticket(2, fecha_soporte="ayer"), ticket(3))})

    found = panel_api().tickets(77)

    assert [record.ticket_id for record in found.records] == [1, 3]
    assert [broken.subject for broken in found.broken] == ["ticket 2"]


@pytest.mark.parametrize(
    "answer",
    [
        error("No existe el cliente con el filtro indicado."),
        done(datos=[]),
        done(datos=None),
        done(datos=[client(78)]),
    ],
)
def test_customer_nobody_knows(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetClientsDetails": answer})

    assert panel_api().client(77) is None


def test_customer_is_picked_from_several_records(panel: Panel) -> None:
    panel.plays({"GetClientsDetails": done(datos=[client(78), client("000077")])})

    shown = panel_api().client(77)

    assert shown is not None
    assert shown.client_id == 77


@pytest.mark.parametrize("answer", [error("No hay facturas"), done(facturas=[]), done(facturas=None)])
def test_customer_without_invoices(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetInvoices": answer})

    assert panel_api().invoices(77) == Found()


def test_invoices_come_newest_first_and_no_more_than_asked(panel: Panel) -> None:
    rows = [{"id": number, "idcliente": 77, "total": "25.00"} for number in (5, 9, 7)]
    panel.plays({"GetInvoices": done(facturas=rows)})

    found = panel_api().invoices(77, limit=2)

    assert [invoice.invoice_id for invoice in found.records] == [9, 7]
    assert panel.asked("GetInvoices") == [{"token": TOKEN, "idcliente": 77, "limit": 2}]


@pytest.mark.parametrize("answer", [done(items=[]), done(factura=None), error("No existe la factura")])
def test_invoice_nobody_knows(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetInvoice": answer})

    assert panel_api().invoice(5012) is None


def test_invoice_shows_the_texts_of_its_lines(panel: Panel) -> None:
    factura = {"id": 5012, "idcliente": 77, "total": "25.00"}
    panel.plays({"GetInvoice": done(factura=factura, items=[{"descrp": "Bono"}])})

    invoice = panel_api().invoice(5012)

    assert invoice is not None
    assert invoice.item_texts == ("Bono",)


@pytest.mark.parametrize("key", ["operadores", "datos", "data"])
def test_operators_under_any_key(panel: Panel, key: str) -> None:
    panel.plays({"GetOperadores": done(**{key: [{"id": 1, "nombre": "Ana"}, {"nombre": "sin id"}]})})

    found = panel_api().operators()

    assert found is not None
    assert ([one.name for one in found.records], len(found.broken)) == (["Ana"], 1)


@pytest.mark.parametrize("answer", [MISSING, error("Comando desconocido")])
def test_lists_a_panel_does_not_offer(panel: Panel, answer: Any) -> None:
    panel.plays({"GetOperadores": lambda _: answer, "GetDepartamentos": lambda _: answer})

    assert panel_api().operators() is None
    assert panel_api().departments() is None


@pytest.mark.parametrize("answer", [error("Falla"), done(otros=[])])
def test_list_in_no_known_form_is_unusable(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetDepartamentos": answer})

    with pytest.raises(PanelUnusable, match="GetDepartamentos"):
        panel_api().departments()


@pytest.mark.parametrize("answer", [error("No existe el cliente"), done(datos=[client(1)])])
def test_ping_proves_the_token_and_tells_the_panels_clock(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetClientsDetails": answer})

    assert panel_api().ping() == datetime(2026, 2, 3, 16, 0, 2, tzinfo=UTC)


def test_ping_with_a_bad_token(panel: Panel) -> None:
    panel.plays({"GetClientsDetails": error("Token inválido")})

    with pytest.raises(AccessRefused):
        panel_api().ping()


def test_ticket_is_opened_with_everything_the_contract_asks_for(panel: Panel) -> None:
    panel.plays({"NewTicket": done(idticket="0001201", mensaje="Ticket Registrado correctamente.")})

    number = panel_api().open_ticket(
        NewTicket(
            client_id=77,
            department_id=1,
            subject="x" * 200,
            text="No navega",
            visit_date=date(2026, 2, 4),
            channel=Channel.PHONE,
            half_day="mañana",
            technician_id=11,
            priority=3,
            requester="Ana",
        )
    )

    assert number == 1201
    assert panel.asked("NewTicket") == [
        {
            "token": TOKEN,
            "idcliente": 77,
            "dp": 1,
            "asunto": "x" * 150,
            "fechavisita": "2026-02-04",
            "turno": "MAÑANA",
            "agendado": "VIA TELEFONICA",
            "contenido": "No navega",
            "solicitante": "Ana",
            "idtecnico": 11,
            "propiedad": 3,
            "prioridad": 3,
        }
    ]


def test_opened_ticket_without_a_number_in_the_answer(panel: Panel) -> None:
    panel.plays({"NewTicket": {"code": "200"}})
    plain = NewTicket(client_id=77, department_id=1, subject="s", text="t", visit_date=date(2026, 2, 4))

    assert panel_api().open_ticket(plain) is None
    assert panel.asked("NewTicket")[0]["turno"] == "TARDE"


def test_close_and_sms(panel: Panel) -> None:
    panel.plays({"CloseTicket": done(), "NewSMS": error("Sin saldo de SMS")})
    api = panel_api()

    api.close_ticket(1201, "Resuelto [RC-1201/Z]")
    with pytest.raises(Refused, match="NewSMS: Sin saldo de SMS"):
        api.send_sms(77, "hola")

    assert panel.asked("CloseTicket") == [
        {"token": TOKEN, "idticket": 1201, "motivo_cierre": "Resuelto [RC-1201/Z]"}
    ]


@pytest.mark.parametrize(
    ("command", "answer", "why"),
    [
        ("GetClientsDetails", error("Falla"), "client 77: GetClientsDetails: Falla"),
        ("GetClientsDetails", done(datos="x"), "client 77: datos: no list"),
        ("GetInvoices", error("Falla"), "client 77: GetInvoices: Falla"),
        ("GetInvoices", done(facturas="x"), "client 77: facturas: no list"),
        ("GetInvoice", error("Falla"), "invoice 77: GetInvoice: Falla"),
        ("GetInvoice", done(factura={"id": 77, "idcliente": 7, "total": "mil"}), "invoice 77: total: "),
    ],
)
def test_record_that_cannot_be_read_is_broken(
    panel: Panel, command: str, answer: dict[str, Any], why: str
) -> None:
    panel.plays({command: answer})
    api = panel_api()
    reads = {"GetClientsDetails": api.client, "GetInvoices": api.invoices, "GetInvoice": api.invoice}

    with pytest.raises(BrokenRecord, match=why):
        reads[command](77)
