"""What the demo leaves is what the rules say, ticket by ticket and peso by peso."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bridge.demo.script import read_script
from bridge.domain.intents import PushKind
from bridge.store.push_states import PushState
from tests.domain.tables import as_rows, read_table

HERE = Path(__file__).parent
TICKETS = read_table(HERE / "tickets.md")
MONEY = read_table(HERE / "money.md")


def _expected(row):
    return {name: cell for name, cell in row.cells.items() if name != "by hand"}


def test_every_ticket_of_the_script_is_in_the_table():
    assert [row.case for row in TICKETS] == sorted(str(one.ticket) for one in read_script().tickets)


@pytest.mark.parametrize("row", TICKETS, ids=lambda row: row.id)
def test_a_ticket_ends_where_the_rules_put_it(row, store):
    incident = store.incidents.by_ticket(int(row.case))
    actual = {
        "case": row.case,
        "report": incident.report_number or "-",
        "kind": incident.kind,
        "status": "closed" if incident.ended_at else "open",
        "level": str(incident.level or "-"),
        "severe": "yes" if incident.severe else "no",
        "breaches": " ".join(incident.breaches) or "-",
    }

    assert actual == _expected(row), as_rows(_expected(row), actual)


def test_every_line_of_the_ledger_is_in_the_table(store):
    assert sorted(line.credit_id for line in store.ledger.lines()) == [row.case for row in MONEY]


@pytest.mark.parametrize("row", MONEY, ids=lambda row: row.id)
def test_a_line_of_the_ledger_is_what_the_rules_say(row, store, demo):
    line = store.ledger.line(row.case)
    invoice = line.invoice_ids[-1] if line.invoice_ids else 0
    total = demo.panel("SELECT total FROM facturas WHERE id = ?", invoice)
    services = demo.panel("SELECT SUM(cantidad) FROM facturaitems WHERE idfactura = ? AND block = 1", invoice)
    actual = {
        "case": row.case,
        "type": str(line.type),
        "days": str(line.days) if line.days is not None else "-",
        "amount": str(line.amount),
        "status": str(line.status),
        "reason": str(line.reason),
        "before": f"{Decimal(str(services[0][0])):.2f}" if invoice else "-",
        "total": f"{Decimal(str(total[0][0])):.2f}" if invoice else "-",
    }

    assert actual == _expected(row), as_rows(_expected(row), actual)


def test_the_ledger_and_the_panel_hold_the_same_money(store, demo):
    sent = [line for line in store.ledger.lines() if line.status in {"posted", "invoiced"}]
    on_panel = [Decimal(str(amount)) for (amount,) in demo.panel("SELECT monto FROM saldos")]

    assert sum(line.amount.amount for line in sent) == -sum(on_panel) == Decimal("1230.29")


def test_every_credit_stands_once_on_the_panel_and_once_on_its_invoice(store, demo):
    texts = [text for (text,) in demo.panel("SELECT descripcion FROM saldos")]
    on_invoices = [text for (text,) in demo.panel("SELECT descripcion FROM facturaitems")]

    for line in store.ledger.lines():
        sent, invoiced = line.status in {"posted", "invoiced"}, line.status == "invoiced"
        assert sum(line.marker in text for text in texts) == sent
        assert sum(line.marker in text for text in on_invoices) == invoiced


def test_every_open_fault_has_an_owner_on_the_panel(store, demo):
    owners = dict(demo.panel("SELECT id, idsoporte FROM soporte WHERE estado <> 'cerrado'"))

    assert owners == {
        ticket: incident.technician_id
        for incident in store.incidents.open()
        for ticket in incident.ticket_ids
    }
    assert all(owners.values())


def test_nothing_is_left_undelivered_or_in_doubt(store):
    assert set(store.outbox.counts()) <= {PushState.VERIFIED, PushState.DISCARDED}


def test_i6_a_ticket_that_staff_have_routed_leaves_reception(store):
    departments = [
        row.push.department_id
        for row in store.outbox.of_incident("RC-1217")
        if row.push.kind is PushKind.SET_STATUS
    ]

    assert departments == [7, 1, 4]  # reception, level 1, level 2


def test_the_customer_reads_the_bonus_in_spanish_on_the_invoice(demo):
    (text,) = demo.panel("SELECT descripcion FROM facturaitems WHERE descripcion LIKE '%RC-1218/C1%'")

    assert text == ("Bonificación por 3 días sin servicio, reporte RC-1218 [RC-1218/C1]",)
