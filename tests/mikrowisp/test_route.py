"""Pushes over HTTP: which kinds, what is sent, and what a look can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from ruamel.yaml import YAML

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Route, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.records import Channel
from bridge.errors import AccessRefused, NotApplied, OutcomeUnknown, PanelUnreachable, PanelUnusable, Refused
from bridge.mikrowisp.route import ApiRoute
from bridge.rulebook.commands import Commands
from tests.mikrowisp.panels import (
    MEXICO,
    NOW,
    TOKEN,
    Panel,
    StepClock,
    done,
    error,
    panel_api,
    ticket,
    tickets,
)

EXAMPLE = Path(__file__).parents[2] / "docs" / "commands-extension.example.yaml"
MARKER = "[RC-1201/C1]"
PLAIN = {PushKind.CLOSE, PushKind.OPEN, PushKind.SMS}

CLOSE = Push(
    key="a", kind=PushKind.CLOSE, client_id=77, due_at=NOW, ticket_id=1201, text="Resuelto", marker=MARKER
)
CREDIT = Push(
    key="b",
    kind=PushKind.CREDIT,
    client_id=77,
    due_at=NOW,
    marker=MARKER,
    text=f"Bono {MARKER}",
    amount=Money(Decimal("34.90")),
)
NOTE = replace(CLOSE, kind=PushKind.NOTE, text=f"Reporte {MARKER}", internal=True)
STATUS = replace(CLOSE, kind=PushKind.SET_STATUS, department_id=4)
ASSIGN = replace(CLOSE, kind=PushKind.ASSIGN, technician_id=21)
OPEN = replace(
    CLOSE,
    kind=PushKind.OPEN,
    ticket_id=None,
    department_id=1,
    technician_id=11,
    subject="Sin red",
    channel=Channel.PHONE,
    due_at=datetime(2026, 2, 3, 15, 20, tzinfo=UTC),  # five minutes after the ticket, by our clock
    text=f"No navega\n{MARKER}",
)
SMS = replace(CLOSE, kind=PushKind.SMS)


def extended() -> Commands:
    return Commands.model_validate(YAML(typ="safe").load(EXAMPLE))


def route(dialect: Commands | None = None) -> ApiRoute:
    api = panel_api(dialect=dialect, departments={"soporte tecnico": 1})
    return ApiRoute(api, clock=StepClock(), zone=MEXICO)


def saldo(monto: str, destino: int = 0, text: str = f"Bono {MARKER}", origen: int = 0) -> dict[str, Any]:
    return {
        "id": 1,
        "idcliente": "000077",
        "monto": monto,
        "iddestino": destino,
        "idorigen": origen,
        "descripcion": text,
    }


def test_public_api_serves_three_kinds_and_says_why_not_the_others() -> None:
    served = {kind: route().serves(kind) for kind in PushKind}

    assert {kind for kind, why in served.items() if why is None} == PLAIN
    assert served[PushKind.CREDIT] == (
        "the public API has no command to add a credit to a customer: use the database or the worklist, "
        "or name the panel's own command under extensions.credit in commands.yaml"
    )
    assert route().route is Route.API


def test_extension_serves_every_kind() -> None:
    assert [route(extended()).serves(kind) for kind in PushKind] == [None] * len(PushKind)


@pytest.mark.parametrize("push", [CREDIT, NOTE, STATUS, ASSIGN])
def test_kind_without_a_command_is_not_sent(push: Push) -> None:
    with pytest.raises(NotApplied, match="no command to"):
        route().send(push)


def test_closing_sends_reason_once(panel: Panel) -> None:
    panel.plays({"ListTicket": tickets(ticket()), "CloseTicket": done()})

    route().send(CLOSE)

    assert panel.asked("CloseTicket") == [{"token": TOKEN, "idticket": 1201, "motivo_cierre": "Resuelto"}]


def test_closing_what_is_closed_sends_nothing(panel: Panel) -> None:
    panel.plays({"ListTicket": tickets(ticket(estado="cerrado")), "CloseTicket": done()})

    route().send(CLOSE)

    assert panel.asked("CloseTicket") == []


def test_closing_that_somebody_did_in_between_counts_as_done(panel: Panel) -> None:
    states = iter(["abierto", "cerrado"])
    panel.plays(
        {
            "ListTicket": lambda _: tickets(ticket(estado=next(states))),
            "CloseTicket": error("El ticket ya se encuentra cerrado."),
        }
    )

    route().send(CLOSE)


@pytest.mark.parametrize("after", [tickets(ticket()), (500, "x")])
def test_closing_that_is_refused_and_did_not_happen(panel: Panel, after: Any) -> None:
    answers = iter([tickets(ticket()), after, after, after])
    panel.plays({"ListTicket": lambda _: next(answers), "CloseTicket": error("No permitido")})

    with pytest.raises(Refused, match="No permitido"):
        route().send(CLOSE)


def test_closing_on_a_panel_that_cannot_be_read_is_not_applied(panel: Panel) -> None:
    panel.plays({"ListTicket": (500, "x"), "CloseTicket": done()})

    with pytest.raises(NotApplied):
        route().send(CLOSE)

    assert panel.asked("CloseTicket") == []


def test_lost_answer_of_a_closing_is_in_doubt(panel: Panel) -> None:
    panel.plays({"ListTicket": tickets(ticket()), "CloseTicket": requests.ReadTimeout("x")})

    with pytest.raises(OutcomeUnknown):
        route().send(CLOSE)


def test_closing_without_a_ticket_is_not_applied() -> None:
    with pytest.raises(NotApplied, match="no ticket is named"):
        route().send(replace(CLOSE, ticket_id=None))


def test_a_ticket_is_opened_with_its_subject_and_channel(panel: Panel) -> None:
    panel.plays({"NewTicket": done(idticket="1300")})

    route().send(OPEN)

    (sent,) = panel.asked("NewTicket")
    assert (sent["asunto"], sent["contenido"], sent["dp"], sent["idtecnico"], sent["agendado"]) == (
        "Sin red",
        f"No navega<br>{MARKER}",
        1,
        11,
        "VIA TELEFONICA",
    )
    assert sent["fechavisita"] == "2026-02-03"


@pytest.mark.parametrize(
    ("answer", "sight"),
    [
        (tickets(ticket(mensajes=[{"contenido": f"<p>x</p>{MARKER}"}])), replace(SHOWN, ticket_id=1201)),
        (tickets(ticket(asunto=f"x {MARKER}", mensajes=[])), replace(SHOWN, ticket_id=1201)),
        (tickets(ticket(2, asunto=MARKER), ticket(1, asunto=MARKER)), replace(SHOWN, copies=2, ticket_id=1)),
        (tickets(ticket(fecha_soporte="2026-02-03 09:09:59", asunto=MARKER)), ABSENT),
        (tickets(ticket(fecha_soporte="2026-02-03 09:09:59", mensajes=[])), ABSENT),
        (tickets(ticket()), ABSENT),
        (error("No existen tickets"), ABSENT),
        (tickets(ticket(mensajes=[])), HIDDEN),
        (tickets(ticket(), ticket(2, fecha_soporte="ayer")), HIDDEN),
        (error("Registro dañado"), HIDDEN),
    ],
)
def test_opened_ticket_is_found_by_its_marker(panel: Panel, answer: dict[str, Any], sight: Sight) -> None:
    panel.plays({"ListTicket": answer})

    assert route().look(OPEN, None) == sight


def test_sms_goes_out_and_is_never_seen(panel: Panel) -> None:
    panel.plays({"NewSMS": done()})

    route().send(SMS)

    assert panel.asked("NewSMS") == [{"token": TOKEN, "idcliente": 77, "mensaje": "Resuelto"}]
    assert route().look(SMS, None) == HIDDEN


def seen(**changes: Any) -> dict[str, Any]:
    return tickets(ticket(**changes), ticket(1202, estado="cerrado"))


@pytest.mark.parametrize(
    ("push", "answer", "sight"),
    [
        (CLOSE, seen(), ABSENT),
        (CLOSE, seen(estado="CERRADO"), SHOWN),
        (CLOSE, error("No existen tickets"), ABSENT),
        (STATUS, seen(dp="4"), SHOWN),
        (STATUS, seen(dp="Soporte Técnico"), ABSENT),
        (STATUS, seen(dp="Otro"), HIDDEN),
        (replace(STATUS, department_id=None, state="respondido"), seen(estado="Respondido"), SHOWN),
        (replace(STATUS, department_id=None, state="respondido"), seen(), ABSENT),
        (ASSIGN, seen(), HIDDEN),
        (NOTE, seen(mensajes=[{"contenido": f"&lt;p&gt;{MARKER}&lt;/p&gt;"}]), SHOWN),
        (NOTE, seen(), HIDDEN),
        (replace(NOTE, marker=""), seen(), HIDDEN),
    ],
)
def test_look_at_a_ticket(panel: Panel, push: Push, answer: dict[str, Any], sight: Sight) -> None:
    panel.plays({"ListTicket": answer})

    assert route().look(push, None) == sight


def test_look_takes_the_ticket_that_was_read_already(panel: Panel) -> None:
    panel.plays({"ListTicket": seen(estado="cerrado")})
    (closed, *_) = panel_api().tickets(77).records
    panel.requests.clear()

    assert route().look(CLOSE, closed) == SHOWN
    assert route().look(ASSIGN, replace(closed, technician_id=21)) == SHOWN
    assert route().look(ASSIGN, replace(closed, technician_id=0)) == ABSENT
    assert panel.requests == []


def invoices(panel: Panel, lines: dict[int, list[str]], states: dict[int, str] | None = None) -> None:
    def head(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "idcliente": 77,
            "total": "25.00",
            "estado": (states or {}).get(number, "No pagado"),
        }

    panel.plays(
        {
            "GetInvoices": done(facturas=[head(number) for number in lines]),
            "GetInvoice": lambda body: done(
                factura=head(body["idfactura"]),
                items=[{"descrp": text} for text in lines[body["idfactura"]]],
            ),
        }
    )


def test_credit_is_found_on_invoices_and_each_is_read_once_a_look(panel: Panel) -> None:
    invoices(panel, {1: ["Plan", f"Bono\r\n{MARKER}"], 2: ["Plan"], 3: [f"Bono {MARKER}"]})
    by_api = route()
    other = replace(CREDIT, key="c", marker="[RC-9/C1]")

    sights = by_api.look_many([CREDIT, other], {})

    assert sights == {"b": Sight(visibility=Visibility.SHOWN, invoice_ids=(1, 3), copies=1), "c": HIDDEN}
    assert (len(panel.asked("GetInvoices")), len(panel.asked("GetInvoice"))) == (1, 3)

    by_api.look(CREDIT, None)

    assert len(panel.asked("GetInvoice")) == 6


def test_cancelled_invoice_shows_no_credit(panel: Panel) -> None:
    invoices(panel, {1: [MARKER]}, {1: "Anulado"})

    assert route().look(CREDIT, None) == HIDDEN


def test_credit_without_invoices_is_hidden(panel: Panel) -> None:
    panel.plays({"GetInvoices": error("No existen facturas")})

    assert route().look(CREDIT, None) == HIDDEN
    assert route().look(replace(CREDIT, marker=""), None) == HIDDEN


def test_panel_that_cannot_be_read_is_said_so(panel: Panel) -> None:
    panel.plays({"GetInvoices": (500, "x"), "ListTicket": error("token")})

    with pytest.raises(PanelUnreachable):
        route().look(CREDIT, None)
    with pytest.raises(AccessRefused):
        route().look(CLOSE, None)


@pytest.mark.parametrize(
    ("push", "command", "fields"),
    [
        (STATUS, "UpdateTicket", {"idticket": 1201, "dp": 4}),
        (
            replace(STATUS, state="respondido"),
            "UpdateTicket",
            {"idticket": 1201, "dp": 4, "estado": "respondido"},
        ),
        (ASSIGN, "UpdateTicket", {"idticket": 1201, "idtecnico": 21}),
        (NOTE, "ReplyTicket", {"idticket": 1201, "contenido": f"Reporte {MARKER}", "nota": 1}),
        (
            replace(NOTE, internal=False, text="{text}"),
            "ReplyTicket",
            {"idticket": 1201, "contenido": "{text}", "nota": 0},
        ),
        (CREDIT, "NewBalance", {"idcliente": 77, "monto": "-34.90", "descripcion": f"Bono {MARKER}"}),
        (
            replace(CREDIT, kind=PushKind.CHARGE),
            "NewBalance",
            {"idcliente": 77, "monto": "34.90", "descripcion": f"Bono {MARKER}"},
        ),
    ],
)
def test_extension_fills_its_fields(panel: Panel, push: Push, command: str, fields: dict[str, Any]) -> None:
    panel.plays({command: done()})

    route(extended()).send(push)

    assert panel.asked(command) == [{"token": TOKEN, **fields}]


def custom(**changes: Any) -> Commands:
    fields = {
        "command": "NewBalance",
        "fields": {"id": 5, "texto": "{marker}: {text}", "x": "{technician_id}!"},
    }
    return Commands.model_validate({"extensions": {"credit": {**fields, **changes}}})


def test_template_with_a_missing_value_is_left_out(panel: Panel) -> None:
    panel.plays({"NewBalance": done()})

    route(custom()).send(CREDIT)

    assert panel.asked("NewBalance") == [{"token": TOKEN, "id": 5, "texto": f"{MARKER}: Bono {MARKER}"}]


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (done(mensaje="Saldo REGISTRADO"), None),
        (done(mensaje="Pendiente de aprobar"), OutcomeUnknown),
        (done(), OutcomeUnknown),
        (error("El saldo ya existía"), None),
        (error("Sin permiso"), Refused),
    ],
)
def test_extension_knows_success_and_a_repeated_call(
    panel: Panel, answer: dict[str, Any], raised: type[Exception] | None
) -> None:
    panel.plays({"NewBalance": answer})
    by_api = route(custom(success=["registrado"], repeated=["ya existia"]))

    if raised is None:
        by_api.send(CREDIT)
    else:
        with pytest.raises(raised):
            by_api.send(CREDIT)


def shown(amount: str, *invoice_ids: int, pending: bool = False, copies: int = 1) -> Sight:
    return Sight(
        visibility=Visibility.SHOWN,
        amount=Money(Decimal(amount)),
        invoice_ids=invoice_ids,
        pending=pending,
        copies=copies,
    )


@pytest.mark.parametrize(
    ("rows", "sight"),
    [
        ([], ABSENT),
        ([saldo("-34.90", text="Otro")], ABSENT),
        ([saldo("-34.90") | {"idcliente": 78}], ABSENT),
        ([saldo("-34.90")], shown("34.90", pending=True)),
        ([saldo("-34.90", 501)], shown("34.90", 501)),
        ([saldo("-34.90"), saldo("-34.90", 501)], shown("69.80", 501, pending=True, copies=2)),
        # A credit larger than the invoice: the rest is a row of its own, with the text or without it.
        ([saldo("-300.00", 501), saldo("-50.00", 0, origen=501)], shown("300.00", 501, pending=True)),
        ([saldo("-300.00", 501), saldo("-50.00", 502, "Saldo", 501)], shown("300.00", 501, 502)),
        (
            [saldo("-900.00", 501), saldo("-600.00", 502, "", 501), saldo("-300.00", 0, "", 502)],
            shown("900.00", 501, 502, pending=True),
        ),
    ],
)
def test_balances_are_read_back(panel: Panel, rows: list[dict[str, Any]], sight: Sight) -> None:
    panel.plays({"ListBalances": done(saldos=rows)})

    assert route(extended()).look(CREDIT, None) == sight


def test_charge_is_read_back_with_its_own_sign(panel: Panel) -> None:
    panel.plays({"ListBalances": done(saldos=[saldo("34.90")])})

    assert route(extended()).look(replace(CREDIT, kind=PushKind.CHARGE), None) == shown("34.90", pending=True)


def listed(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    row = {"id": "0001201", "idtecnico": "0", "dp": 1, "estado": "abierto", "mensajes": [], **changes}
    return lambda body: done(tickets=[row, row | {"id": 1202}] if body["desde_id"] == 1201 else [])


@pytest.mark.parametrize(
    ("push", "changes", "sight"),
    [
        (ASSIGN, {"idtecnico": 21}, SHOWN),
        (ASSIGN, {}, ABSENT),
        (STATUS, {"dp": "4"}, SHOWN),
        (STATUS, {}, ABSENT),
        (replace(STATUS, department_id=None, state="Respondido"), {"estado": "respondido"}, SHOWN),
        (NOTE, {"mensajes": [{"contenido": f"&lt;b&gt;{MARKER}"}, {"contenido": "x"}]}, SHOWN),
        (NOTE, {"mensajes": [{"contenido": MARKER}] * 2}, replace(SHOWN, copies=2)),
        (NOTE, {}, ABSENT),
        (ASSIGN, {"id": 1300}, ABSENT),
        (ASSIGN, {"idtecnico": "nadie"}, HIDDEN),
    ],
)
def test_tickets_are_read_back(panel: Panel, push: Push, changes: dict[str, Any], sight: Sight) -> None:
    panel.plays({"ListTickets": listed(**changes)})

    assert route(extended()).look(push, None) == sight


@pytest.mark.parametrize("answer", [error("No existe el cliente"), done(), done(saldos=None)])
def test_nothing_to_read_back_is_absent(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"ListBalances": answer})

    assert route(extended()).look(CREDIT, None) == ABSENT


@pytest.mark.parametrize("answer", [error("Falla"), done(saldos="x"), (404, "<html>")])
def test_read_back_in_no_known_form_is_unusable(panel: Panel, answer: Any) -> None:
    panel.plays({"ListBalances": lambda _: answer})

    with pytest.raises(PanelUnusable):
        route(extended()).look(CREDIT, None)


@pytest.mark.parametrize("push", [CREDIT, NOTE, ASSIGN, STATUS])
def test_read_back_that_names_no_field_hides_the_push(panel: Panel, push: Push) -> None:
    panel.plays({"Show": done(rows=[{"x": 1}])})
    shape = {"command": "X", "fields": {}, "read_back": {"command": "Show", "rows": "rows"}}

    assert route(Commands.model_validate({"extensions": {push.kind: shape}})).look(push, None) == HIDDEN


def test_extension_without_read_back_is_looked_for_where_the_public_api_shows_it(panel: Panel) -> None:
    panel.plays({"ListTicket": seen(dp="4")})
    shape = {"command": "X", "fields": {}}

    assert route(Commands.model_validate({"extensions": {"set_status": shape}})).look(STATUS, None) == SHOWN


def test_many_are_looked_at_with_the_tickets_read_already(panel: Panel) -> None:
    panel.plays({"ListTicket": seen(estado="cerrado"), "GetInvoices": error("No existen facturas")})
    (closed, *_) = panel_api().tickets(77).records
    panel.requests.clear()

    sights = route().look_many([CLOSE, CREDIT, replace(SMS, key="c")], {1201: closed})

    assert sights == {"a": SHOWN, "b": HIDDEN, "c": HIDDEN}
    assert panel.asked("ListTicket") == []


def test_many_looks_at_one_customer_cost_one_call(panel: Panel) -> None:
    panel.plays({"ListTicket": seen(), "ListBalances": done(saldos=[saldo("-34.90")])})
    pushes = [CLOSE, replace(STATUS, key="d"), replace(OPEN, key="e")]
    given = [replace(CREDIT, key=key) for key in ("f", "g")]

    route().look_many(pushes, {})
    route(extended()).look_many(given, {})

    assert (len(panel.asked("ListTicket")), len(panel.asked("ListBalances"))) == (1, 1)
