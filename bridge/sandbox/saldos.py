"""Pending balances (`saldos`): negative is a credit to the customer, positive a debt (contract, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bridge.sandbox.call import Call
from bridge.sandbox.envelope import PanelError
from bridge.sandbox.schema import blank
from bridge.sandbox.schema_money import saldos

PENDING = "no cobrado"
TAKEN = "cobrado"
DEFAULT_TEXT = "Saldo generado Automático"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A saldo that an invoice takes up: how much of it, and how much is left over (both signed)."""

    row: RowMapping
    used: Decimal
    rest: Decimal


def add_saldo(call: Call, customer: int, amount: Decimal, words: str, *, origin: int = 0) -> int:
    """Insert a pending saldo and return its id."""
    row = blank(
        saldos,
        iduser=customer,
        idorigen=origin,
        iddestino=0,
        estado=PENDING,
        monto=amount,
        fecha=call.today,
        descripcion=words or DEFAULT_TEXT,
    )
    result = call.connection.execute(saldos.insert().values(row))
    return int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has one key


def delete_saldo(call: Call, saldo: int) -> None:
    """Remove a pending saldo, as the panel's `eliminar-saldo` does; one on an invoice stays."""
    row = call.connection.execute(sa.select(saldos).where(saldos.c.id == saldo)).mappings().first()
    if row is None:
        raise PanelError("El saldo no existe.")
    if row["estado"] != PENDING:
        raise PanelError("El saldo ya fue cobrado.")
    call.connection.execute(saldos.delete().where(saldos.c.id == saldo))


def choose(call: Call, customer: int, issued: str, basis: Decimal) -> list[Taken]:
    """Choose what an invoice of `basis` takes up: debts first, then credits by id while anything is left.

    A credit above what is left is split, lost above it, or waits whole: the switch `remainder`. The rest
    of a split credit waits for the next invoice, and so do credits of which nothing could be used.
    """
    query = sa.select(saldos).where(
        saldos.c.iduser == customer, saldos.c.estado == PENDING, saldos.c.iddestino == 0
    )
    rows = call.connection.execute(query.order_by(saldos.c.id)).mappings().all()
    if call.switches.on("saldo_date_delays"):
        rows = [row for row in rows if row["fecha"] <= issued]
    taken = [Taken(row=row, used=row["monto"], rest=Decimal(0)) for row in rows if row["monto"] >= 0]
    left = basis + sum((item.used for item in taken), Decimal(0))
    for row in rows:
        credit = -row["monto"]
        if credit <= 0 or left <= 0:
            continue
        used = min(credit, left)
        if used < credit and call.switches.choice("remainder") == "wait":
            continue
        left -= used
        taken.append(Taken(row=row, used=-used, rest=used - credit))
    return taken


def settle(call: Call, invoice: int, taken: list[Taken]) -> None:
    """Mark saldos as taken up by `invoice`, and keep what is left over as the switch `remainder` says."""
    for item in taken:
        call.connection.execute(
            saldos.update().where(saldos.c.id == item.row["id"]).values(estado=TAKEN, iddestino=invoice)
        )
        if item.rest and call.switches.choice("remainder") == "row":
            keeps_text = call.switches.choice("remainder_text") == "original"
            words = item.row["descripcion"] if keeps_text else DEFAULT_TEXT
            add_saldo(call, int(item.row["iduser"]), item.rest, words, origin=invoice)


def release(call: Call, invoice: int) -> None:
    """Give the saldos of a cancelled invoice back; a rest that it had left is taken back with it."""
    call.connection.execute(saldos.delete().where(saldos.c.idorigen == invoice, saldos.c.estado == PENDING))
    call.connection.execute(
        saldos.update().where(saldos.c.iddestino == invoice).values(estado=PENDING, iddestino=0)
    )
