"""The panel's tables for tickets and people, by the names and types of contract section 5 (revision 63)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql

from bridge.sandbox.columns import (
    PanelDate,
    PanelDateTime,
    PanelMoney,
    day,
    latin,
    moment,
    money,
    padded,
    small,
)

metadata = MetaData()

LATIN1: dict[str, Any] = {"mysql_charset": "latin1", "mysql_engine": "InnoDB", "sqlite_autoincrement": True}
UTF8: dict[str, Any] = {"mysql_charset": "utf8", "mysql_engine": "InnoDB", "sqlite_autoincrement": True}
UTF8MB4: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_engine": "InnoDB", "sqlite_autoincrement": True}

soporte = Table(
    "soporte",
    metadata,
    padded("id", 7, primary_key=True, autoincrement=True),
    padded("idcliente", 6, index=True),
    small("idsoporte", 3, index=True),
    latin("asunto", 150),
    moment("fecha_soporte"),
    latin("estado", 20, server_default="abierto", index=True),
    latin("operador", 20),
    moment("fecha_cerrado"),
    latin("procede", 15),
    latin("solicitante", 250),
    day("fechavisita"),
    latin("turno", 10),
    latin("agendado", 10),
    moment("lastdate"),
    small("dp", 2),
    latin("cun"),
    latin("motivo_cierre"),
    small("oculto", 1, nullable=True),
    **LATIN1,
)

ticket = Table(
    "ticket",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("idticket", 7, index=True),
    latin("contenido"),
    latin("adjunto"),
    moment("fecha_hora"),
    small("idtecnico", 3),
    small("state", 1),
    small("nota", 1),
    **LATIN1,
)

usuarios = Table(
    "usuarios",
    metadata,
    padded("id", 6, primary_key=True, autoincrement=True),
    Column("nombre", String(400), nullable=True),
    Column("estado", String(300), nullable=False, server_default="ACTIVO"),
    Column("correo", Text, nullable=False),
    Column("telefono", String(50), nullable=False),
    Column("movil", Text, nullable=False),
    Column("cedula", String(100), nullable=False),
    Column("pasarela", String(160), nullable=False),
    Column("codigo", String(15), nullable=False),
    Column("direccion_principal", Text, nullable=False),
    mysql_collate="utf8_spanish_ci",
    **UTF8,
)

tblavisouser = Table(
    "tblavisouser",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("cliente", 6, index=True),
    small("zona", server_default="0"),
    small("diapago", server_default="1"),
    small("diafactura", server_default="1"),
    small("tipopago", server_default="1"),
    small("meses", server_default="0"),
    day("fecha_factura"),
    latin("impuesto", 5, server_default="NO"),
    small("corteautomatico", server_default="0"),
    money("mora", server_default="0"),
    money("reconexion", server_default="0"),
    day("fecha_corte_fija"),
    moment("fecha_suspendido"),
    latin("otros_impuestos"),
    small("id_moneda", server_default="1"),
    **LATIN1,
)

login = Table(
    "login",
    metadata,
    small("id", 3, primary_key=True, autoincrement=True),
    latin("username", 60),
    latin("password", 100),
    latin("privilege", 60),
    latin("nombre", 300),
    latin("nodo"),
    latin("correo", 100),
    latin("acceso"),
    small("estado", 1, server_default="1"),
    small("api", 1, server_default="0"),
    latin("token_api", 200),
    latin("dia_acceso", 100),
    latin("inicio_acceso", 10),
    latin("fin_acceso", 10),
    money("comision_cobro", server_default="0"),
    latin("new_password"),
    latin("twofactor", 60),
    **LATIN1,
)

departamentos = Table(
    "departamentos",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    Column("dp", Text, nullable=False),
    Column("dsp", Text, nullable=False),
    Column("maildp", Text, nullable=False),
    Column("color", String(20), nullable=False),
    Column("portal", Integer, nullable=False, server_default="1"),
    Column("asuntos", Text, nullable=False),
    **UTF8MB4,
)

zonas = Table(
    "zonas",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    Column("zona", Text, nullable=False),
    **UTF8,
)

tareas = Table(
    "tareas",
    metadata,
    Column(
        "id",
        Integer().with_variant(mysql.BIGINT(display_width=20), "mysql"),
        primary_key=True,
        autoincrement=True,
    ),
    latin("titulo", 255),
    small("estado", 1),
    moment("fecha_inicio"),
    small("horas", 2),
    padded("cliente", 6),
    small("operador", 3),
    small("minutos", 2),
    latin("direccion"),
    latin("gps", 255),
    latin("tareas"),
    small("idproyecto", server_default="1"),
    latin("descripcion"),
    moment("fecha_fin", nullable=True),
    **LATIN1,
)

logsistema = Table(
    "logsistema",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    latin("log"),
    moment("fechalog"),
    latin("operador", 60),
    padded("idcliente", 6),
    latin("tipolog", 60),
    latin("data_cambios"),
    **LATIN1,
)

tblconfiguration = Table(
    "tblconfiguration",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    latin("cron_factura", 10, server_default="03:30"),
    latin("zona_horaria", 60),
    **LATIN1,
)

marker = Table(
    "_sandbox",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
    **UTF8MB4,
)

sms = Table(
    "_sandbox_sms",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("idcliente", 6),
    Column("mensaje", Text, nullable=False),
    moment("fecha"),
    **UTF8MB4,
)


def blank(table: Table, **values: Any) -> dict[str, Any]:
    """Return a full row: `values`, and for every other column what the panel's forms leave when nobody types.

    The panel's columns are NOT NULL and mostly without a default, so an INSERT has to name them all.
    """
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.primary_key or column.nullable or column.server_default is not None:
            continue
        kind = column.type
        if isinstance(kind, PanelDate | PanelDateTime):
            row[column.name] = kind.blank
        elif isinstance(kind, Integer | PanelMoney):
            row[column.name] = 0
        else:
            row[column.name] = ""
    unknown = set(values) - set(table.columns.keys())
    if unknown:
        raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    return row | values
