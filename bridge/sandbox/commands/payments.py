"""PaidInvoice: a payment taken, all of the invoice or it is refused (contract, section 2.2)."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from bridge.sandbox import invoices
from bridge.sandbox.call import Call, Command
from bridge.sandbox.commands.customers import set_state
from bridge.sandbox.envelope import Answer, PanelError, done
from bridge.sandbox.saldos import DEFAULT_TEXT, add_saldo
from bridge.sandbox.schema import blank, usuarios
from bridge.sandbox.schema_money import facturas, operaciones
from bridge.sandbox.values import amount, number, require, text


def paid_invoice(call: Call) -> Answer:
    """Book a payment, and give a suspended customer the service back."""
    require(call.body, "idfactura", "pasarela")
    invoice = number(call.body, "idfactura")
    row = invoices.find(call, invoice)
    state = str(row["estado"]).lower()
    if state == invoices.PAID:
        raise PanelError("La factura ya se encuentra pagada.")
    if state == invoices.CANCELLED:
        raise PanelError("La factura se encuentra anulada.")
    total: Decimal = row["total"]
    given = call.body.get("cantidad")
    paid = total if given in (None, "") else amount(given, "cantidad")
    if paid < total and call.switches.choice("underpayment") == "refuse":
        raise PanelError("El monto es menor al total de la factura.")
    moment = _moment(call)
    customer = int(row["idcliente"])
    call.connection.execute(
        facturas.update()
        .where(facturas.c.id == invoice)
        .values(estado=invoices.PAID, pago=moment[:10], cobrado=paid, forma=text(call.body, "pasarela"))
    )
    call.connection.execute(
        operaciones.insert().values(
            blank(
                operaciones,
                nfactura=invoice,
                idcliente=customer,
                fecha_pago=moment,
                operador=call.operator,
                transaccion=text(call.body, "idtransaccion"),
                forma_pago=text(call.body, "pasarela"),
                descripcion=text(call.body, "nota"),
                cobrado=paid,
                comision=amount(call.body.get("comision") or 0, "comision"),
            )
        )
    )
    if paid != total and (paid < total or call.switches.choice("overpayment") == "saldo"):
        add_saldo(call, customer, total - paid, DEFAULT_TEXT, origin=invoice)
    if call.connection.scalar(sa.select(usuarios.c.estado).where(usuarios.c.id == customer)) == "SUSPENDIDO":
        set_state(call, customer, "ACTIVO")
    call.audit("pago", f"Factura {invoice} pagada", customer)
    return done(mensaje="Pago registrado correctamente.")


def _moment(call: Call) -> str:
    wanted = call.switches.choice("paid_date_key")
    names = ("fecha", "fechalimite") if wanted == "both" else (wanted,)
    given = next((text(call.body, name) for name in names if text(call.body, name)), call.local)
    return given if len(given) > len("2026-02-01") else f"{given} 00:00:00"


COMMANDS = (Command(name="PaidInvoice", run=paid_invoice, writes=True),)
