"""Writing an invoice: lines, tax, and the saldos it takes up (contract, sections 4.3, 5.3 and 5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bridge.sandbox.call import Call
from bridge.sandbox.envelope import PanelError
from bridge.sandbox.saldos import choose, release, settle
from bridge.sandbox.schema import blank
from bridge.sandbox.schema_money import facturaitems, facturas, perfiles, tblservicios
from bridge.sandbox.values import cents

SERVICES = 1
FREE = 2
UNPAID = "No pagado"
PAID = "pagado"
OVERDUE = "vencido"
CANCELLED = "anulado"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: its text, its amount as `facturaitems.cantidad` holds it, and its parts before and of tax."""

    words: str
    amount: Decimal
    base: Decimal
    tax: Decimal
    percent: Decimal
    units: int = 1


def line(words: str, price: Decimal, percent: Decimal, *, includes_tax: bool, units: int = 1) -> Line:
    """Split a price into base and tax, which stands inside it or comes on top of it."""
    amount = cents(price * units)
    if includes_tax:
        base = cents(amount * _HUNDRED / (_HUNDRED + percent))
        tax = amount - base
    else:
        base, tax = amount, cents(amount * percent / _HUNDRED)
    return Line(words=words, amount=amount, base=base, tax=tax, percent=percent, units=units)


def service_lines(call: Call, customer: int, issued: dt.date) -> list[Line]:
    """Return a line for each service of a customer, at its own price and its plan's tax."""
    rows = call.connection.execute(
        sa.select(tblservicios.c.costo, perfiles.c.plan, perfiles.c.impuesto)
        .select_from(tblservicios.outerjoin(perfiles, perfiles.c.id == tblservicios.c.idperfil))
        .where(tblservicios.c.idcliente == customer)
        .order_by(tblservicios.c.id)
    )
    until = _a_month_later(issued) - dt.timedelta(days=1)
    period = f"Periodo del {issued:%d/%m/%Y} al {until:%d/%m/%Y}"
    return [
        line(
            f"{row.plan or 'Servicio'}\r\n{period}",
            row.costo,
            row.impuesto or Decimal(0),
            includes_tax=call.switches.on("price_includes_tax"),
        )
        for row in rows
    ]


def issue(  # noqa: PLR0913  an invoice has these facts, and every caller knows all of them
    call: Call,
    customer: int,
    lines: Sequence[Line],
    *,
    issued: str,
    due: str,
    kind: int = SERVICES,
    with_saldos: bool = True,
) -> int:
    """Write an invoice with its items and return its id; its total never falls below 0."""
    base = sum((item.base for item in lines), Decimal(0))
    tax = sum((item.tax for item in lines), Decimal(0))
    before = call.switches.choice("saldo_tax") == "before"
    taken = choose(call, customer, issued, base if before else base + tax) if with_saldos else []
    change = sum((item.used for item in taken), Decimal(0))
    sub_total, iva = _with_saldos(base, tax, change, before=before)
    form = call.switches.choice("saldo_form")
    row = blank(
        facturas,
        idcliente=customer,
        emitido=issued,
        vencimiento=due,
        total=sub_total + iva,
        sub_total=sub_total,
        iva_igv=iva,
        saldo=change if form == "column" else Decimal(0),
        tipo=kind,
        estado=UNPAID,
    )
    result = call.connection.execute(facturas.insert().values(row))
    invoice = int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has one key
    items = [_item(invoice, item.words, item.amount, item.percent, units=item.units) for item in lines]
    if form == "item":
        items += [_item(invoice, item.row["descripcion"], item.used, Decimal(0), block=0) for item in taken]
    if items:
        call.connection.execute(facturaitems.insert(), items)
    settle(call, invoice, taken)
    call.audit("factura", f"Factura {invoice} generada", customer)
    return invoice


def find(call: Call, invoice: int) -> RowMapping:
    """Return the invoice's row, or refuse."""
    row = call.connection.execute(sa.select(facturas).where(facturas.c.id == invoice)).mappings().first()
    if row is None:
        raise PanelError("La factura no existe.")
    return row


def cancel(call: Call, invoice: int, *, remove: bool = False) -> None:
    """Cancel an unpaid invoice, or take it away altogether."""
    row = find(call, invoice)
    if str(row["estado"]).lower() == PAID:
        raise PanelError("No se puede eliminar una factura pagada.")
    if str(row["estado"]).lower() == CANCELLED:
        raise PanelError("La factura ya se encuentra anulada.")
    if call.switches.on("cancel_releases_saldos"):
        release(call, invoice)
    if remove:
        call.connection.execute(facturaitems.delete().where(facturaitems.c.idfactura == invoice))
        call.connection.execute(facturas.delete().where(facturas.c.id == invoice))
    else:
        call.connection.execute(facturas.update().where(facturas.c.id == invoice).values(estado=CANCELLED))
    call.audit("factura", f"Factura {invoice} anulada", int(row["idcliente"]))


def shown_state(call: Call, row: RowMapping) -> str:
    """Return the state as answers show it: overdue is worked out from the date unless a job stores it."""
    state = str(row["estado"])
    derived = call.switches.choice("overdue") == "derived"
    if derived and state == UNPAID and row["vencimiento"] < call.today:
        return OVERDUE
    return state


def _with_saldos(base: Decimal, tax: Decimal, change: Decimal, *, before: bool) -> tuple[Decimal, Decimal]:
    """Return sub_total and tax after the saldos; their sum is the total, to the cent."""
    if before:
        sub_total = base + change
        return sub_total, cents(tax * sub_total / base) if base else Decimal(0)
    gross = base + tax
    total = gross + change
    iva = cents(tax * total / gross) if gross else Decimal(0)
    return total - iva, iva


def _item(  # noqa: PLR0913  a row of that many columns
    invoice: int, words: str, amount: Decimal, percent: Decimal, *, units: int = 1, block: int = 1
) -> dict[str, Any]:
    return blank(
        facturaitems,
        idfactura=invoice,
        descripcion=words,
        cantidad=amount,
        unidades=units,
        impuesto=percent,
        block=block,
    )


def _a_month_later(day: dt.date) -> dt.date:
    first_of_next = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    last_of_next = (first_of_next + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return min(first_of_next + dt.timedelta(days=day.day - 1), last_of_next)
