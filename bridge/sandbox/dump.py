"""The panel's state as plain JSON, by table columns, for tests to look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bridge.sandbox.schema import (
    departamentos,
    login,
    logsistema,
    sms,
    soporte,
    tblavisouser,
    ticket,
    usuarios,
)
from bridge.sandbox.schema_money import facturaitems, facturas, operaciones, saldos, tblservicios
from bridge.sandbox.shapes import ControlError

SECTIONS = (
    "tickets",
    "saldos",
    "invoices",
    "sms",
    "customers",
    "payments",
    "departments",
    "operators",
    "log",
)
DEFAULT_SECTIONS = ("tickets", "saldos", "invoices", "sms")


def dump(
    connection: Connection, sections: list[str], customer: int | None
) -> dict[str, list[dict[str, Any]]]:
    """Return the sections asked for, each a list of rows by id, of one customer or of all."""
    unknown = sorted(set(sections) - set(SECTIONS))
    if unknown:
        raise ControlError(f"dump: there is no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return {name: _section(connection, name, customer) for name in sections}


def _section(connection: Connection, name: str, customer: int | None) -> list[dict[str, Any]]:
    if name == "tickets":
        rows = _rows(connection, soporte, soporte.c.idcliente, customer)
        return _with(connection, rows, "mensajes", ticket, ticket.c.idticket)
    if name == "invoices":
        rows = _rows(connection, facturas, facturas.c.idcliente, customer)
        return _with(connection, rows, "items", facturaitems, facturaitems.c.idfactura)
    if name == "customers":
        rows = _rows(connection, usuarios, usuarios.c.id, customer)
        rows = _with(connection, rows, "servicios", tblservicios, tblservicios.c.idcliente)
        return _with(connection, rows, "avisos", tblavisouser, tblavisouser.c.cliente)
    plain: dict[str, tuple[sa.Table, sa.Column[Any] | None]] = {
        "saldos": (saldos, saldos.c.iduser),
        "sms": (sms, sms.c.idcliente),
        "payments": (operaciones, operaciones.c.idcliente),
        "log": (logsistema, logsistema.c.idcliente),
        "departments": (departamentos, None),
        "operators": (login, None),
    }
    table, owner = plain[name]
    return _rows(connection, table, owner, customer)


def _rows(
    connection: Connection, table: sa.Table, owner: sa.Column[Any] | None, customer: int | None
) -> list[dict[str, Any]]:
    query = sa.select(table).order_by(table.c.id)
    if customer is not None and owner is not None:
        query = query.where(owner == customer)
    return [_plain(row) for row in connection.execute(query).mappings()]


def _with(
    connection: Connection, rows: list[dict[str, Any]], key: str, table: sa.Table, owner: sa.Column[Any]
) -> list[dict[str, Any]]:
    by_id: dict[int, dict[str, Any]] = {row["id"]: row for row in rows}
    for row in rows:
        row[key] = []
    for child in connection.execute(sa.select(table).order_by(table.c.id)).mappings():
        parent = by_id.get(child[owner.name])
        if parent is not None:
            parent[key].append(_plain(child))
    return rows


def _plain(row: RowMapping) -> dict[str, Any]:
    return {key: f"{value:.2f}" if isinstance(value, Decimal) else value for key, value in row.items()}
