"""Invoices and payments answer as section 2.2 of the contract says."""

import pytest

from tests.sandbox.conftest import switch


@pytest.fixture
def invoice(panel):
    return panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")["idfactura"]


def _saldos(panel):
    return [(row["monto"], row["idorigen"], row["iddestino"]) for row in panel.control("dump")["saldos"]]


def test_create_invoice_uses_the_services_price(panel):
    """The amount is the panel's; the words are those of the contract."""
    answer = panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")

    assert answer == {
        "estado": "exito",
        "idfactura": 1,
        "mensaje": "Nueva factura de servicios creado vía API - Factura ID: 1",
    }
    assert panel.api("CreateInvoice", idcliente=79, vencimiento="2026-02-10")["estado"] == "error"
    assert panel.api("CreateInvoice", idcliente=77)["estado"] == "error"


def test_invoice_list_shows_exactly_the_known_keys(panel, invoice):
    """An invoice in the list has string money, no items and no type."""
    assert panel.api("GetInvoices", idcliente=77, estado=1) == {
        "estado": "exito",
        "facturas": [
            {
                "id": 1,
                "legal": 0,
                "idcliente": 77,
                "emitido": "2026-02-03",
                "vencimiento": "2026-02-10",
                "total": "300.00",
                "estado": "No pagado",
                "cobrado": "0.00",
                "impuesto": "41.38",
                "oxxo_referencia": "",
                "barcode_cobro_digital": "",
                "fechapago": "0000-00-00",
                "subtotal": "258.62",
                "subtotal2": "$ 258.62",
                "total2": "$ 300.00",
                "impuesto2": "$ 41.38",
                "formapago": "",
            }
        ],
    }


def test_invoices_come_newest_first_in_pages(panel):
    """The newest is first; limit and page apply."""
    for _ in range(3):
        panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")

    pages = [
        [item["id"] for item in panel.api("GetInvoices", limit=2, pagina=page)["facturas"]] for page in (1, 2)
    ]

    assert pages == [[3, 2], [1]]


def test_no_invoices_is_an_error_or_an_empty_list(panel):
    """Switch empty_invoices."""
    assert panel.api("GetInvoices", idcliente=77)["estado"] == "error"

    switch(panel, empty_invoices="list")

    assert panel.api("GetInvoices", idcliente=77) == {"estado": "exito", "facturas": []}


def test_one_invoice_lists_its_items(panel, invoice):
    """Items stand beside `factura` and show their text only; a missing invoice has no `factura`."""
    answer = panel.api("GetInvoice", idfactura=invoice)

    assert set(answer["factura"]) == {
        "id",
        "idcliente",
        "total",
        "estado",
        "emitido",
        "vencimiento",
        "urlpdf",
    }
    assert answer["items"] == [{"descrp": "Plan 25M\r\nPeriodo del 03/02/2026 al 02/03/2026"}]
    assert "factura" not in panel.api("GetInvoice", idfactura=99)


def test_items_show_prices_where_switched(panel, invoice):
    """Switch item_extra_keys."""
    switch(panel, item_extra_keys=True)

    item = panel.api("GetInvoice", idfactura=invoice)["items"][0]

    assert (item["precio"], item["cantidad"], item["impuesto"]) == ("300.00", 1, "16.00")


def test_free_invoice_answers_in_the_newer_dialect(panel):
    """CreateInvoiceLibre has `code` and no `estado`; tax is a percentage on top; saldos stay pending."""
    panel.control("staff", {"action": "add_saldo", "customer": 77, "amount": "-5", "text": "x"})

    answer = panel.api(
        "CreateInvoiceLibre",
        id_cliente=77,
        fecha_vencimiento="2026-02-10",
        items=[{"descripcion": "Cargo", "cantidad": 2, "precio": 25, "impuesto": 18}],
    )

    row = panel.control("dump")["invoices"][0]
    assert (answer["code"], answer["factura_id"], "estado" in answer) == ("200", 1, False)
    assert (row["tipo"], row["sub_total"], row["iva_igv"], row["total"]) == (2, "50.00", "9.00", "59.00")
    assert (row["items"][0]["cantidad"], row["items"][0]["unidades"]) == ("50.00", 2)
    assert _saldos(panel) == [("-5.00", 0, 0)]


def test_negative_free_item_is_refused_or_taken(panel):
    """Switch negative_free_items; the total never falls below 0."""
    items = [{"descripcion": "Cargo", "precio": 25}, {"descripcion": "Menos", "precio": -10}]
    body = {"id_cliente": 77, "fecha_vencimiento": "2026-02-10"}
    refused = panel.api("CreateInvoiceLibre", **body, items=items)
    switch(panel, negative_free_items="accept")

    taken = panel.api("CreateInvoiceLibre", **body, items=items)
    below = panel.api("CreateInvoiceLibre", **body, items=items[1:])

    assert (refused["estado"], taken["code"], below["estado"]) == ("error", "200", "error")
    assert panel.control("dump")["invoices"][0]["total"] == "15.00"


def test_payment_of_the_whole_activates_a_suspended_customer(panel):
    """The amount may be left out; the customer gets the service back."""
    invoice = panel.api("CreateInvoice", idcliente=78, vencimiento="2026-02-10")["idfactura"]

    answer = panel.api("PaidInvoice", idfactura=invoice, pasarela="EFECTIVO")

    row = panel.control("dump")["invoices"][0]
    assert answer == {"estado": "exito", "mensaje": "Pago registrado correctamente."}
    assert (row["estado"], row["pago"], row["forma"], row["cobrado"]) == (
        "pagado",
        "2026-02-03",
        "EFECTIVO",
        "349.00",
    )
    assert panel.api("GetClientsDetails", idcliente=78)["datos"][0]["estado"] == "ACTIVO"
    assert panel.api("PaidInvoice", idfactura=invoice, pasarela="EFECTIVO")["estado"] == "error"


def test_underpayment_is_refused_or_leaves_a_debt(panel, invoice):
    """Switch underpayment; an unknown invoice is refused in the words that clients look for."""
    body = {"idfactura": invoice, "pasarela": "X", "cantidad": "299.99"}
    refused = panel.api("PaidInvoice", **body)
    switch(panel, underpayment="remainder")

    assert "menor al total" in refused["mensaje"]
    assert "no existe" in panel.api("PaidInvoice", idfactura=99, pasarela="X")["mensaje"]
    assert panel.api("PaidInvoice", **body)["estado"] == "exito"
    assert _saldos(panel) == [("0.01", 1, 0)]


@pytest.mark.parametrize(("form", "saldos"), [("saldo", [("-50.00", 1, 0)]), ("ignore", [])])
def test_overpayment(panel, invoice, form, saldos):
    """Switch overpayment."""
    switch(panel, overpayment=form)

    panel.api("PaidInvoice", idfactura=invoice, pasarela="X", cantidad=350)

    assert _saldos(panel) == saldos


@pytest.mark.parametrize(
    ("form", "day"), [("both", "2026-01-31"), ("fechalimite", "2026-01-31"), ("fecha", "2026-02-03")]
)
def test_payment_date_key(panel, invoice, form, day):
    """Switch paid_date_key."""
    switch(panel, paid_date_key=form)

    panel.api("PaidInvoice", idfactura=invoice, pasarela="X", fechalimite="2026-01-31 08:00:00")

    assert panel.control("dump")["invoices"][0]["pago"] == day


def test_only_unpaid_invoices_can_be_deleted(panel, invoice):
    """Deleting cancels by default; a paid invoice stays."""
    paid = panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")["idfactura"]
    panel.api("PaidInvoice", idfactura=paid, pasarela="X")

    assert panel.api("DeleteInvoice", idfactura=invoice)["estado"] == "exito"
    assert panel.api("DeleteInvoice", idfactura=paid)["estado"] == "error"
    assert [item["id"] for item in panel.api("GetInvoices", estado=2)["facturas"]] == [invoice]
    assert [item["id"] for item in panel.api("GetInvoices", estado=0)["facturas"]] == [paid]


def test_deleted_invoices_can_be_gone(panel, invoice):
    """Switch delete_invoice."""
    switch(panel, delete_invoice="remove")

    panel.api("DeleteInvoice", idfactura=invoice)

    assert panel.control("dump")["invoices"] == []


@pytest.mark.parametrize(("releases", "destination"), [(True, 0), (False, 1)])
def test_cancelled_invoice_gives_saldos_back(panel, releases, destination):
    """Switch cancel_releases_saldos."""
    switch(panel, cancel_releases_saldos=releases)
    panel.control("staff", {"action": "add_saldo", "customer": 77, "amount": "-40", "text": "x"})
    invoice = panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")["idfactura"]

    panel.control("staff", {"action": "cancel_invoice", "invoice": invoice})

    assert _saldos(panel) == [("-40.00", 0, destination)]


def test_overdue_is_derived_or_stored(panel, invoice):
    """Switch overdue."""
    panel.control("clock", {"set": "2026-02-11T10:00:00", "billing": False})
    derived = panel.api("GetInvoice", idfactura=invoice)["factura"]["estado"]
    switch(panel, overdue="stored")
    before = panel.api("GetInvoice", idfactura=invoice)["factura"]["estado"]
    panel.control("clock", {"advance": 86400})

    assert (derived, before) == ("vencido", "No pagado")
    assert panel.api("GetInvoice", idfactura=invoice)["factura"]["estado"] == "vencido"
    assert [item["id"] for item in panel.api("GetInvoices", estado=1)["facturas"]] == [invoice]
