"""The panel's tables for plans, services, invoices, balances and payments (contract, 4.2 and 5)."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text
from sqlalchemy.dialects import mysql

from bridge.sandbox.columns import day, latin, moment, money, padded, percent, small
from bridge.sandbox.schema import LATIN1, metadata

_long_text = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")

perfiles = Table(
    "perfiles",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    latin("plan", 200),
    money("costo"),
    percent("impuesto"),
    latin("descripcion"),
    **LATIN1,
)

tblservicios = Table(
    "tblservicios",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("idcliente", 6, index=True),
    small("idperfil"),
    small("nodo"),
    money("costo"),
    latin("ipap", 60),
    latin("mac", 60),
    latin("ip", 60),
    day("instalado"),
    latin("pppuser", 100),
    latin("ppppass", 100),
    latin("tiposervicio", 30),
    latin("status_user", 30),
    latin("coordenadas", 100),
    latin("direccion"),
    latin("snmp_comunidad", 60),
    **LATIN1,
)

facturas = Table(
    "facturas",
    metadata,
    padded("id", 8, primary_key=True, autoincrement=True),
    small("legal"),
    padded("idcliente", 6, index=True),
    day("emitido"),
    day("vencimiento"),
    day("pago"),
    money("total"),
    latin("forma", 50),
    latin("estado", 10, server_default="No pagado"),
    small("tipo", 1, server_default="1"),
    money("cobrado"),
    money("iva_igv"),
    money("sub_total"),
    latin("impuesto", 5, server_default="NO"),
    latin("mp_id", 80),
    latin("mp_estado", 50),
    latin("payu_id", 50),
    Column("payu_pdf", _long_text, nullable=False),
    latin("payu_tipo", 20),
    Column("payu_urlpdf", _long_text, nullable=False),
    latin("oxxo_id", 50),
    latin("oxxo_referencia", 20),
    money("total_khipu"),
    latin("id_khipu", 30),
    latin("url_khipu"),
    latin("barcode_cobro_digital", 100),
    latin("data_cobro_digital"),
    latin("otros_impuestos"),
    small("siro", 1),
    latin("hashsiro"),
    small("siroconcepto", 1),
    latin("barcode_siro", 60),
    money("percepcion_afip"),
    money("saldo"),
    small("moneda", server_default="1"),
    **LATIN1,
)

facturaitems = Table(
    "facturaitems",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("idfactura", 8, index=True),
    latin("descripcion"),
    money("cantidad"),
    small("idalmacen"),
    small("unidades", server_default="1"),
    percent("impuesto"),
    small("block", 1),
    money("impuesto911"),
    latin("clave_invoice", 30),
    small("tipoitem", 1),
    money("montodescuento"),
    **LATIN1,
)

saldos = Table(
    "saldos",
    metadata,
    small("id", primary_key=True, autoincrement=True),
    padded("iduser", 6),
    padded("idorigen", 8),
    padded("iddestino", 8),
    latin("estado", 11, server_default="no cobrado"),
    money("monto"),
    day("fecha"),
    latin("descripcion", 300, server_default="Saldo generado Automático"),
    latin("codigopasarela"),
    small("moneda", server_default="1"),
    **LATIN1,
)
Index("iduser_estado", saldos.c.iduser, saldos.c.estado)

operaciones = Table(
    "operaciones",
    metadata,
    padded("id", 8, primary_key=True, autoincrement=True),
    padded("nfactura", 8, index=True),
    padded("idcliente", 6),
    moment("fecha_pago"),
    small("operador", 3),
    Column("transaccion", String(60), nullable=True),
    small("meses", 2),
    latin("forma_pago"),
    latin("descripcion"),
    money("cobrado"),
    money("comision"),
    money("saldo"),
    latin("descripcion_pago"),
    small("estado_invoice", 1),
    small("idmoneda", server_default="1"),
    **LATIN1,
)
