"""What became of credits on the panel: their invoices, what people did to them, and where they stand."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.domain.intents import Posting
from tests.mikrowisp_database.conftest import Panel
from tests.mikrowisp_database.test_writes import CREDIT, shown


def test_an_invoice_that_was_cancelled_carries_nothing(panel: Panel) -> None:
    panel.add_invoice(5012, estado="Anulado")
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")

    assert panel.route().look(CREDIT) == shown("34.90", dead_invoices=(5012,))


def test_an_invoice_that_was_deleted_carries_nothing(panel: Panel) -> None:
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")

    assert panel.route().look(CREDIT) == shown("34.90", dead_invoices=(5012,))


def test_the_rest_on_an_invoice_that_was_cancelled_is_gone_with_it(panel: Panel) -> None:
    panel.add_invoice(5012, total="0.00")
    panel.add_invoice(5013, estado="anulado")
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")
    panel.add_balance("Saldo generado Automático", monto="-4.90", idorigen=5012, iddestino=5013)

    assert panel.route().look(CREDIT) == shown("34.90", invoice_ids=(5012,), dead_invoices=(5013,))


def test_the_rest_that_a_deleted_invoice_left_still_counts(panel: Panel) -> None:
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")
    panel.add_balance("Saldo generado Automático", monto="-4.90", idorigen=5012)

    assert panel.route().look(CREDIT) == shown("34.90", pending=True, dead_invoices=(5012,))


@pytest.mark.parametrize(
    ("paid_on", "state", "found"),
    [
        ("2026-11-24", "pagado", (5012,)),
        ("2026-11-25", "pagado", ()),  # the day it was written: nobody can tell which came first
        ("2026-12-05", "pagado", ()),
        ("2026-11-24", "No pagado", ()),
        (None, "pagado", ()),
    ],
)
def test_an_invoice_paid_before_the_credit_reached_it(
    panel: Panel, paid_on: str | None, state: str, found: tuple[int, ...]
) -> None:
    panel.add_invoice(5012, estado=state, pago=paid_on)
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")  # written on 2026-11-25

    assert panel.route().look(CREDIT) == shown("34.90", invoice_ids=(5012,), paid_before=found)


@pytest.mark.parametrize(
    ("charges", "total", "lost"),
    [
        ("30.00", "0.00", "4.90"),
        ("34.89", "0.00", "0.01"),
        ("34.90", "0.00", None),
        ("40.00", "5.10", None),
        ("30.00", "0.10", None),  # something is left to pay, so nothing was lost
    ],
)
def test_what_an_invoice_too_small_dropped(panel: Panel, charges: str, total: str, lost: str | None) -> None:
    panel.add_invoice(5012, total=total, charges=charges)
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")

    sight = panel.route().look(CREDIT)

    assert (sight.lost and str(sight.lost)) == lost


def test_a_rest_that_the_panel_kept_is_not_lost(panel: Panel) -> None:
    panel.add_invoice(5012, total="0.00", charges="30.00")
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")
    panel.add_balance("Saldo generado Automático", monto="-4.90", idorigen=5012)

    assert panel.route().look(CREDIT).lost is None


def test_of_several_credits_the_last_one_is_cut(panel: Panel) -> None:
    panel.add_invoice(5012, total="0.00", charges="30.00")
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")
    panel.add_balance("Otro saldo", monto="-10.00", iddestino=5012, estado="cobrado")

    assert panel.route().look(CREDIT).lost is None


def test_taxes_and_debts_are_charged_too(panel: Panel) -> None:
    panel.add_invoice(5012, total="0.00")
    panel.add("facturaitems", idfactura=5012, descripcion="Plan", cantidad="20.00", impuesto="16")
    panel.add_balance("Adeudo", monto="10.00", iddestino=5012, estado="cobrado")
    panel.add_balance(CREDIT.text, iddestino=5012, estado="cobrado")

    assert str(panel.route().look(CREDIT).lost) == "1.70"


def test_every_balance_with_a_marker_is_found_wherever_it_stands(panel: Panel) -> None:
    panel.add_balance(CREDIT.text)
    panel.add_balance(f"Copia {CREDIT.marker}", iduser=88, iddestino=5012, estado="cobrado")
    panel.add_balance(CREDIT.text.replace("RC-", "rc-"))
    panel.add_balance("[RC-1201] sin marca de saldo")
    panel.add_balance("Nota del taller [OT/C1] y [orden 7/C2]")
    panel.add_balance("Viejo [RC-9/C1]", fecha="2026-11-24")
    panel.add_balance("Con el prefijo de otro año [BAJA7-9-2/R1]")
    panel.add_balance("Sin nada")

    found = panel.route().marked(date(2026, 11, 25))

    assert found == (
        Posting(client_id=77, marker=CREDIT.marker, pending=True, written_on=date(2026, 11, 25)),
        Posting(client_id=88, marker=CREDIT.marker, pending=False, written_on=date(2026, 11, 25)),
        Posting(client_id=77, marker="[BAJA7-9-2/R1]", pending=True, written_on=date(2026, 11, 25)),
    )


@pytest.mark.parametrize(("state", "nowhere"), [("cobrado", True), ("no cobrado", False)])
def test_a_balance_called_charged_without_an_invoice_is_neither_pending_nor_invoiced(
    panel: Panel, state: str, *, nowhere: bool
) -> None:
    panel.add_balance(CREDIT.text, iddestino=0, estado=state)

    assert panel.route().look(CREDIT) == shown("34.90", pending=not nowhere, taken_off=nowhere)
