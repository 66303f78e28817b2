"""GetInvoices, GetInvoice, CreateInvoice, CreateInvoiceLibre, DeleteInvoice (contract, section 2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bridge.sandbox import invoices
from bridge.sandbox.call import Call, Command, window
from bridge.sandbox.envelope import Answer, PanelError, done, done_new_style
from bridge.sandbox.faults import BROKEN_INVOICE, spoil
from bridge.sandbox.schema_money import facturaitems, facturas
from bridge.sandbox.tickets import customer_exists
from bridge.sandbox.values import amount, number, require, text

_BY_NUMBER = {"0": ("pagado",), "1": ("no pagado", "vencido"), "2": ("anulado",)}


def get_invoices(call: Call) -> Answer:
    """List invoices, newest first; no items and no type, as on the panel."""
    query = sa.select(facturas).order_by(facturas.c.id.desc())
    states = _BY_NUMBER.get(text(call.body, "estado"))
    if states:
        query = query.where(sa.func.lower(facturas.c.estado).in_(states))
    if text(call.body, "idcliente"):
        query = query.where(facturas.c.idcliente == number(call.body, "idcliente"))
    if text(call.body, "fechapago"):
        query = query.where(facturas.c.pago == text(call.body, "fechapago"))
    if text(call.body, "formapago"):
        query = query.where(facturas.c.forma == text(call.body, "formapago"))
    rows = window(call)
    query = query.offset(rows.start).limit(rows.stop - rows.start)
    shown = [_summary(call, row) for row in call.connection.execute(query).mappings()]
    if not shown and call.switches.choice("empty_invoices") == "error":
        raise PanelError("No existen facturas con el filtro indicado.")
    broken = call.fault("broken_record")
    if broken:
        spoil(shown, BROKEN_INVOICE, broken.id)
    return done(facturas=shown)


def get_invoice(call: Call) -> Answer:
    """Show one invoice with its items; a missing one is a success without `factura`."""
    require(call.body, "idfactura")
    invoice = number(call.body, "idfactura")
    row = call.connection.execute(sa.select(facturas).where(facturas.c.id == invoice)).mappings().first()
    if row is None:
        return done(mensaje="")
    items = call.connection.execute(
        sa.select(facturaitems).where(facturaitems.c.idfactura == invoice).order_by(facturaitems.c.id)
    ).mappings()
    return done(
        factura={
            "id": call.id(row["id"], 8),
            "idcliente": call.id(row["idcliente"], 6),
            "total": f"{row['total']:.2f}",
            "estado": invoices.shown_state(call, row),
            "emitido": row["emitido"],
            "vencimiento": row["vencimiento"],
            "urlpdf": f"https://panel.example.com/facturas/{row['id']:08d}.pdf",
        },
        items=[_item(call, item) for item in items],
    )


def create_invoice(call: Call) -> Answer:
    """Issue a service invoice now; its amount is the panel's business."""
    require(call.body, "idcliente", "vencimiento")
    customer = number(call.body, "idcliente")
    customer_exists(call, customer)
    lines = invoices.service_lines(call, customer, call.now.date())
    if not lines:
        raise PanelError("El cliente no tiene servicios.")
    invoice = invoices.issue(
        call,
        customer,
        lines,
        issued=call.today,
        due=_day(call.body, "vencimiento"),
        with_saldos=call.switches.on("create_invoice_takes_saldos"),
    )
    words = f"Nueva factura de servicios creado vía API - Factura ID: {invoice}"
    return done(idfactura=call.id(invoice, 8), mensaje=words)


def create_free_invoice(call: Call) -> Answer:
    """Issue a free ("Libre") invoice from the caller's own items; it never takes up saldos."""
    require(call.body, "id_cliente", "fecha_vencimiento", "items")
    customer = number(call.body, "id_cliente")
    customer_exists(call, customer)
    wanted = call.body["items"]
    if not isinstance(wanted, list) or not all(isinstance(item, dict) for item in wanted):
        raise PanelError("El campo items no es válido.")
    lines = []
    for item in wanted:
        require(item, "descripcion", "precio")
        price = amount(item["precio"], "precio")
        if price < 0 and call.switches.choice("negative_free_items") == "refuse":
            raise PanelError("El precio no puede ser negativo.")
        lines.append(
            invoices.line(
                text(item, "descripcion"),
                price,
                amount(item.get("impuesto") or 0, "impuesto"),
                includes_tax=False,
                units=number(item, "cantidad", 1),
            )
        )
    if sum(line.base + line.tax for line in lines) < 0:
        raise PanelError("El total no puede ser negativo.")
    invoice = invoices.issue(
        call,
        customer,
        lines,
        issued=call.today,
        due=_day(call.body, "fecha_vencimiento"),
        kind=invoices.FREE,
        with_saldos=False,
    )
    return done_new_style(
        factura_id=call.id(invoice, 8), mensaje=f"Factura libre creada - Factura ID: {invoice}"
    )


def delete_invoice(call: Call) -> Answer:
    """Delete an unpaid invoice."""
    require(call.body, "idfactura")
    remove = call.switches.choice("delete_invoice") == "remove"
    invoices.cancel(call, number(call.body, "idfactura"), remove=remove)
    return done(mensaje="Factura eliminada correctamente.")


def _summary(call: Call, row: RowMapping) -> dict[str, Any]:
    return {
        "id": call.id(row["id"], 8),
        "legal": row["legal"],
        "idcliente": call.id(row["idcliente"], 6),
        "emitido": row["emitido"],
        "vencimiento": row["vencimiento"],
        "total": f"{row['total']:.2f}",
        "estado": invoices.shown_state(call, row),
        "cobrado": f"{row['cobrado']:.2f}",
        "impuesto": f"{row['iva_igv']:.2f}",
        "oxxo_referencia": row["oxxo_referencia"],
        "barcode_cobro_digital": row["barcode_cobro_digital"],
        "fechapago": row["pago"],
        "subtotal": f"{row['sub_total']:.2f}",
        "subtotal2": f"$ {row['sub_total']:,.2f}",
        "total2": f"$ {row['total']:,.2f}",
        "impuesto2": f"$ {row['iva_igv']:,.2f}",
        "formapago": row["forma"],
    }


def _item(call: Call, row: RowMapping) -> dict[str, Any]:
    shown = {"descrp": row["descripcion"]}
    if call.switches.on("item_extra_keys"):
        shown |= {
            "precio": f"{row['cantidad']:.2f}",
            "cantidad": row["unidades"],
            "impuesto": f"{row['impuesto']:.2f}",
        }
    return shown


def _day(body: Mapping[str, Any], name: str) -> str:
    try:
        return dt.date.fromisoformat(text(body, name)).isoformat()
    except ValueError:
        raise PanelError(f"El campo {name} no es válido.") from None


COMMANDS = (
    Command(name="GetInvoices", run=get_invoices),
    Command(name="GetInvoice", run=get_invoice),
    Command(name="CreateInvoice", run=create_invoice, writes=True),
    Command(name="CreateInvoiceLibre", run=create_free_invoice, writes=True),
    Command(name="DeleteInvoice", run=delete_invoice, writes=True),
)
