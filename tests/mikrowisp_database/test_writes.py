from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import event

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.reading import Wanted
from bridge.domain.records import Author
from bridge.errors import PanelUnusable, Refused
from tests.mikrowisp_database.conftest import BRIDGE, NOW, Panel

CREDIT = Push(
    key="1201/days/1",
    kind=PushKind.CREDIT,
    client_id=77,
    due_at=NOW,
    marker="[RC-1201/C1]",
    text="Bonificación 3 días RC-1201 [RC-1201/C1]",
    amount=Money(Decimal("34.90")),
)
CHARGE = replace(CREDIT, key="1201/charge/1", kind=PushKind.CHARGE, marker="[RC-1201/X1]", text="Cargo")
NOTE = Push(
    key="1201/note/1",
    kind=PushKind.NOTE,
    client_id=77,
    ticket_id=1201,
    due_at=NOW,
    marker="[RC-1201/N1]",
    text="Su número de reporte es RC-1201.\n¿Velocidad <5 Mbps? [RC-1201/N1]",
)
CLOSE = Push(
    key="1201/close",
    kind=PushKind.CLOSE,
    client_id=77,
    ticket_id=1201,
    due_at=NOW,
    marker="[RC-1201/E1]",
    text="Resuelto [RC-1201/E1]",
)
STATUS = Push(
    key="1201/level/2", kind=PushKind.SET_STATUS, client_id=77, ticket_id=1201, due_at=NOW, department_id=5
)
ASSIGN = Push(
    key="1201/tech", kind=PushKind.ASSIGN, client_id=77, ticket_id=1201, due_at=NOW, technician_id=31
)


def shown(amount: str, **values: object) -> Sight:
    return Sight(visibility=Visibility.SHOWN, amount=Money(Decimal(amount)), **values)


def test_a_credit_is_a_pending_negative_balance_and_is_written_once(panel: Panel) -> None:
    route = panel.route()

    route.send(CREDIT)
    route.send(CREDIT)

    [row] = panel.rows("SELECT * FROM saldos")
    assert {name: str(value) for name, value in row.items()} == {
        "id": "1",
        "iduser": "77",
        "idorigen": "0",
        "iddestino": "0",
        "estado": "no cobrado",
        "monto": "-34.9" if panel.dialect == "sqlite" else "-34.90",
        "fecha": "2026-11-25",
        "descripcion": "Bonificación 3 días RC-1201 [RC-1201/C1]",
        "codigopasarela": "",
        "moneda": "1",
    }
    assert route.look(CREDIT) == shown("34.90", pending=True)


def test_a_charge_is_a_positive_balance_and_gets_its_marker(panel: Panel) -> None:
    route = panel.route()

    route.send(CHARGE)
    route.send(CHARGE)

    [row] = panel.rows("SELECT monto, descripcion FROM saldos")
    assert (Decimal(str(row["monto"])), row["descripcion"]) == (Decimal("34.90"), "Cargo [RC-1201/X1]")
    assert route.look(CHARGE) == shown("34.90", pending=True)


def test_a_note_is_a_message_of_the_bridge_and_is_written_once(panel: Panel) -> None:
    route = panel.route()

    route.send(NOTE)
    route.send(NOTE)

    rows = panel.rows("SELECT idtecnico, nota, state, adjunto, contenido FROM ticket WHERE id > 1")
    assert rows == [
        {
            "idtecnico": BRIDGE,
            "nota": 0,
            "state": 0,
            "adjunto": "",
            "contenido": ("Su número de reporte es RC-1201.<br>¿Velocidad &lt;5 Mbps? [RC-1201/N1]"),
        }
    ]
    assert route.look(NOTE) == Sight(visibility=Visibility.SHOWN)
    [ticket] = panel.reader().read(Wanted(now=NOW)).tickets
    assert (ticket.messages[1].text, ticket.messages[1].author) == (NOTE.text, Author.BRIDGE)
    assert ticket.messages[1].at == NOW
    [untouched] = panel.rows("SELECT estado, CAST(lastdate AS CHAR) AS lastdate FROM soporte")
    assert untouched == {"estado": "abierto", "lastdate": "2026-11-24 09:15:00"}


def test_an_internal_note_is_marked_as_such(panel: Panel) -> None:
    panel.route().send(replace(NOTE, internal=True))

    assert panel.rows("SELECT nota FROM ticket WHERE id > 1") == [{"nota": 1}]


def test_a_ticket_is_closed_once_with_time_and_reason(panel: Panel) -> None:
    route = panel.route()

    route.send(CLOSE)
    panel.run("UPDATE soporte SET motivo_cierre = 'a mano'")
    route.send(CLOSE)

    [row] = panel.rows("SELECT estado, CAST(fecha_cerrado AS CHAR) AS at, motivo_cierre FROM soporte")
    assert row == {"estado": "cerrado", "at": "2026-11-25 12:30:00", "motivo_cierre": "a mano"}
    assert len(panel.rows("SELECT id FROM logsistema")) == 1
    assert route.look(CLOSE) == SHOWN


def test_status_and_technician_are_set(panel: Panel) -> None:
    route = panel.route()
    status = replace(STATUS, state="respondido")

    before = route.look_many([status, ASSIGN])
    for push in (status, ASSIGN, status, ASSIGN):
        route.send(push)

    assert before == {status.key: ABSENT, ASSIGN.key: ABSENT}
    [row] = panel.rows("SELECT dp, idsoporte, estado FROM soporte")
    assert row == {"dp": 5, "idsoporte": 31, "estado": "respondido"}
    assert route.look_many([status, ASSIGN]) == {status.key: SHOWN, ASSIGN.key: SHOWN}
    assert len(panel.rows("SELECT id FROM logsistema")) == 2


def test_a_closed_ticket_is_not_opened_again_by_a_status(panel: Panel) -> None:
    panel.run("UPDATE soporte SET estado = 'cerrado'")

    with pytest.raises(Refused, match="closed"):
        panel.route().send(replace(STATUS, state="respondido"))
    panel.route().send(STATUS)

    assert panel.rows("SELECT estado, dp FROM soporte") == [{"estado": "cerrado", "dp": 5}]


def test_the_panels_log_names_the_bridge(panel: Panel) -> None:
    panel.route().send(CREDIT)

    [row] = panel.rows("SELECT log, CAST(fechalog AS CHAR) AS at, operador, idcliente FROM logsistema")
    assert row == {
        "log": "Reds Comm bridge: saldo a favor [RC-1201/C1]",
        "at": "2026-11-25 12:30:00",
        "operador": BRIDGE,
        "idcliente": 77,
    }


def test_a_panel_without_a_log_is_written_to_all_the_same(panel: Panel) -> None:
    panel.run("DROP TABLE logsistema")

    route = panel.route()
    route.send(CREDIT)

    assert route.look(CREDIT).visibility is Visibility.SHOWN


@pytest.mark.parametrize(
    ("push", "words"),
    [
        (replace(CREDIT, client_id=99), "no customer 99"),
        (replace(NOTE, ticket_id=9), "no ticket 9"),
        (replace(CLOSE, ticket_id=9), "no ticket 9"),
        (replace(ASSIGN, client_id=78), "belongs to customer 0*77"),
        (replace(CREDIT, marker=""), "marker"),
        (replace(NOTE, marker=""), "marker"),
        (replace(CREDIT, amount=None), "amount"),
        (replace(CREDIT, amount=Money(Decimal("0.004"))), "amount"),
        (replace(CREDIT, marker="[漢/C1]"), "cannot be written"),
    ],
)
def test_a_push_that_does_not_fit_is_refused_and_leaves_nothing(panel: Panel, push: Push, words: str) -> None:
    with pytest.raises(Refused, match=words):
        panel.route().send(push)

    assert panel.rows("SELECT id FROM saldos") == []
    assert panel.rows("SELECT id FROM ticket WHERE id > 1") == []
    assert panel.rows("SELECT id FROM logsistema") == []


@pytest.mark.parametrize("kind", [PushKind.OPEN, PushKind.SMS])
def test_kinds_that_no_table_serves_are_said_so(panel: Panel, kind: PushKind) -> None:
    route = panel.route()

    assert route.serves(kind) == f"the database route does not serve {kind}"
    assert kind is PushKind.OPEN or route.look(replace(NOTE, kind=kind)) == HIDDEN


def test_without_an_operator_of_its_own_the_bridge_writes_no_notes(panel: Panel) -> None:
    route = panel.route(bridge_operator=0)

    assert "bridge_operator" in (route.serves(PushKind.NOTE) or "")
    assert route.serves(PushKind.CREDIT) is None
    with pytest.raises(PanelUnusable):
        route.send(NOTE)


def test_a_marker_is_not_found_in_a_longer_one(panel: Panel) -> None:
    for bare in ("[RC-1201/C1]", "RC-1201/C1", "RC_1201%C1"):
        other = bare.replace("C1", "C10")
        panel.add_balance(f"Bonificación {other}")
        panel.add_balance(f"Bonificación {bare.replace('_', '-').replace('%', '/').lower()} en minúsculas")
        push = replace(CREDIT, marker=bare)

        assert panel.route().look(push) == ABSENT


def test_a_marker_on_another_customers_balance_is_not_ours(panel: Panel) -> None:
    panel.client(78)
    panel.add_balance(CREDIT.text, iduser=78)
    route = panel.route()

    assert route.look(CREDIT) == ABSENT
    route.send(CREDIT)
    assert len(panel.rows("SELECT id FROM saldos")) == 2


def test_a_credit_is_followed_to_its_invoices_and_copies_are_counted(panel: Panel) -> None:
    panel.add_invoice(5012)
    panel.add_invoice(5013)
    panel.add_balance(CREDIT.text, monto="-30.00", iddestino=5012, estado="cobrado")
    panel.add_balance(CREDIT.text, monto="-4.90", iddestino=5013, estado="cobrado")

    assert panel.route().look(CREDIT) == shown("34.90", invoice_ids=(5012, 5013), copies=2)


def test_a_remainder_that_repeats_the_text_is_no_second_copy(panel: Panel) -> None:
    panel.add_invoice(5012, total="0.00")
    panel.add_balance(CREDIT.text, monto="-34.90", iddestino=5012, estado="cobrado")
    panel.add_balance(CREDIT.text, monto="-4.90", idorigen=5012)

    assert panel.route().look(CREDIT) == shown("34.90", invoice_ids=(5012,), pending=True)


def test_the_customers_own_words_are_never_taken_for_a_note(panel: Panel) -> None:
    panel.message(1201, f"¿Qué es {NOTE.marker}?")
    route = panel.route()

    assert route.look(NOTE) == ABSENT
    route.send(NOTE)
    assert route.look(NOTE).copies == 1


def test_a_person_who_wrote_the_note_by_hand_is_believed(panel: Panel) -> None:
    panel.message(1201, f"Su reporte es RC-1201 {NOTE.marker}", idtecnico=5)
    route = panel.route()

    route.send(NOTE)

    assert len(panel.rows("SELECT id FROM ticket")) == 2


def test_many_looks_need_few_statements(panel: Panel) -> None:
    pushes = [
        replace(kind, key=f"{kind.key}/{number}", marker=f"[RC-{number}/C1]")
        for kind in (CREDIT, NOTE, CLOSE)
        for number in range(250)
    ]

    route = panel.route()
    route.serves(PushKind.CREDIT)
    statements: list[str] = []
    event.listen(panel.engine, "before_cursor_execute", lambda *one: statements.append(one[2]))

    sights = route.look_many(pushes)

    assert len(sights) == 750
    assert set(sights.values()) == {ABSENT}
    assert len([one for one in statements if one.startswith("SELECT")]) == 3 + 3 + 1


def test_text_that_latin1_lacks_is_replaced_and_long_text_keeps_its_marker(panel: Panel) -> None:
    route = panel.route()
    route.send(replace(CREDIT, text="Bonificacio\N{COMBINING ACUTE ACCENT}n 😀 €5 " + "x" * 400))
    route.send(replace(NOTE, text="漢" * 70000))

    [balance] = panel.rows("SELECT descripcion FROM saldos")
    [note] = panel.rows("SELECT contenido FROM ticket WHERE id > 1")
    assert balance["descripcion"].startswith("Bonificación ? €5 xxx")
    assert balance["descripcion"].endswith("xxx... [RC-1201/C1]")
    assert len(balance["descripcion"]) == 300
    assert note["contenido"].endswith("??... [RC-1201/N1]")
    assert route.look(CREDIT).copies == route.look(NOTE).copies == 1


@pytest.mark.parametrize(
    "column", ["saldos.monto", "saldos.descripcion", "ticket.contenido", "soporte.dp", "usuarios.id"]
)
def test_a_missing_column_is_refused_before_the_first_statement(panel: Panel, column: str) -> None:
    table, name = column.split(".")
    panel.run(f"ALTER TABLE {table} RENAME COLUMN {name} TO otro")
    route = panel.route()
    push = NOTE if table == "ticket" else STATUS if table == "soporte" else CREDIT

    words = route.serves(push.kind)

    assert words is not None
    assert table in words
    assert name in words
    with pytest.raises(PanelUnusable, match=name):
        route.send(push)
    if table != "saldos":
        with pytest.raises(PanelUnusable, match=name):
            panel.reader().read(Wanted(now=NOW))


@pytest.mark.mariadb
def test_columns_the_bridge_does_not_know_are_filled(strict_panel: Panel) -> None:
    for column in ("nuevo int", "otro varchar(9)", "dia date"):
        strict_panel.run(f"ALTER TABLE saldos ADD {column} NOT NULL")

    strict_panel.route().send(CREDIT)

    assert strict_panel.rows("SELECT nuevo, otro, CAST(dia AS CHAR) AS dia FROM saldos") == [
        {"nuevo": 0, "otro": "", "dia": "2026-11-25"}
    ]


def test_invoices_are_shown_with_their_items(panel: Panel) -> None:
    panel.add("facturas", id=5012, idcliente=77, emitido="2026-12-01", total="265.10")
    panel.add("facturas", id=5013, idcliente=77, emitido="0000-00-00", total="0.00")
    for words in ("Plan 50M\r\nPeriodo diciembre", "Bonificaci&oacute;n [RC-1201/C1]"):
        panel.add("facturaitems", idfactura=5012, descripcion=words, cantidad="1")

    first, second = panel.route().invoices([5013, 5012, 5012, 9])

    assert (first.invoice_id, first.client_id, str(first.total)) == (5012, 77, "265.10")
    assert (first.issued_on, first.state) == (datetime(2026, 12, 1).date(), "No pagado")  # noqa: DTZ001
    assert first.item_texts == ("Plan 50M\nPeriodo diciembre", "Bonificación [RC-1201/C1]")
    assert (second.issued_on, second.item_texts) == (None, ())


def test_operators_and_departments_are_listed(panel: Panel) -> None:
    row = {"password": "x", "token_api": "y"}
    panel.add("login", id=5, username="ana", nombre="Ana", estado=1, **row)
    panel.add("login", id=6, username="beto", nombre="", estado=0, **row)
    panel.add("departamentos", id=1, dp="Soporte técnico", asuntos="")
    route = panel.route()

    assert [(one.operator_id, one.name, one.active) for one in route.operators()] == [
        (5, "Ana", True),
        (6, "beto", False),
    ]
    assert [(one.department_id, one.name) for one in route.departments()] == [(1, "Soporte técnico")]
