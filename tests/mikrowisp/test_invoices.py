"""What became of invoices over the API, in as few calls as can be."""

from __future__ import annotations

from typing import Any

from bridge.mikrowisp.invoices import ApiInvoices
from tests.mikrowisp.panels import Panel, done, error, panel_api


def head(number: int, state: str = "No pagado") -> dict[str, Any]:
    return {"id": number, "idcliente": 77, "total": "0.00", "estado": state, "emitido": "2026-02-01"}


def test_the_newest_invoices_of_a_customer_are_one_call(panel: Panel) -> None:
    panel.plays({"GetInvoices": done(facturas=[head(3), head(2, "Anulado"), head(1, "pagado")])})

    assert ApiInvoices(panel_api()).dead({77: {1, 2, 3}}) == {1: False, 2: True, 3: False}
    assert len(panel.requests) == 1


def test_others_are_asked_for_by_their_number(panel: Panel) -> None:
    """Older than the newest, or deleted."""
    older = {1: done(factura=head(1)), 2: error("No existe la factura")}
    panel.plays(
        {"GetInvoices": done(facturas=[head(9)]), "GetInvoice": lambda body: older[body["idfactura"]]}
    )

    assert ApiInvoices(panel_api()).dead({77: {1, 2, 9}}) == {1: False, 2: True, 9: False}
    assert len(panel.requests) == 3


def test_a_customer_whose_invoices_cannot_be_read_tells_nothing(panel: Panel) -> None:
    panel.plays(
        {
            "GetInvoices": lambda body: (
                error("Falla") if body["idcliente"] == 77 else done(facturas=[head(5, "anulado")])
            )
        }
    )

    assert ApiInvoices(panel_api()).dead({77: {1}, 78: {5}}) == {5: True}


def test_a_panel_without_the_command_does_not_tell(panel: Panel) -> None:
    panel.plays({"GetInvoices": error("Comando no encontrado")})

    assert ApiInvoices(panel_api()).dead({77: {1}}) is None
