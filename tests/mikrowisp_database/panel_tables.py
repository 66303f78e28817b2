"""The panel's tables as these tests read contract section 5: an opinion independent of the sandbox's."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PanelTable:
    name: str
    charset: str
    columns: str
    keys: tuple[str, ...] = ()


TABLES = (
    PanelTable(
        "soporte",
        "latin1",
        """id int(7) unsigned zerofill NOT NULL AUTO_INCREMENT
        idcliente int(6) unsigned zerofill NOT NULL
        idsoporte int(3) NOT NULL
        asunto varchar(150) NOT NULL
        fecha_soporte datetime NOT NULL
        estado varchar(20) NOT NULL DEFAULT 'abierto'
        operador varchar(20) NOT NULL
        fecha_cerrado datetime NOT NULL
        procede varchar(15) NOT NULL
        solicitante varchar(250) NOT NULL
        fechavisita date NOT NULL
        turno varchar(10) NOT NULL
        agendado varchar(10) NOT NULL
        lastdate datetime NOT NULL
        dp int(2) NOT NULL
        cun text NOT NULL
        motivo_cierre text NOT NULL
        oculto int(1)""",
        ("idcliente", "estado", "idsoporte"),
    ),
    PanelTable(
        "ticket",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        idticket int(7) unsigned zerofill NOT NULL
        contenido text NOT NULL
        adjunto text NOT NULL
        fecha_hora datetime NOT NULL
        idtecnico int(3) NOT NULL
        state int(1) NOT NULL
        nota int(1) NOT NULL""",
        ("idticket",),
    ),
    PanelTable(
        "usuarios",
        "utf8 COLLATE utf8_spanish_ci",
        """id int(6) unsigned zerofill NOT NULL AUTO_INCREMENT
        nombre varchar(400)
        estado varchar(300) NOT NULL DEFAULT 'ACTIVO'
        correo text NOT NULL
        codigo varchar(15) NOT NULL""",
    ),
    PanelTable(
        "login",
        "latin1",
        """id int(3) NOT NULL AUTO_INCREMENT
        username varchar(60) NOT NULL
        password varchar(100) NOT NULL
        nombre varchar(300) NOT NULL
        estado int(1) NOT NULL
        token_api text NOT NULL""",
    ),
    PanelTable(
        "departamentos",
        "utf8mb4",
        """id int(11) NOT NULL AUTO_INCREMENT
        dp text NOT NULL
        asuntos text NOT NULL""",
    ),
    PanelTable(
        "zonas",
        "utf8",
        """id int(11) NOT NULL AUTO_INCREMENT
        zona text NOT NULL""",
    ),
    PanelTable(
        "tblavisouser",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        cliente int(6) unsigned zerofill NOT NULL
        zona int(11) NOT NULL""",
        ("cliente",),
    ),
    PanelTable(
        "perfiles",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        plan varchar(200) NOT NULL
        costo decimal(12,2) NOT NULL
        impuesto decimal(4,2) NOT NULL""",
    ),
    PanelTable(
        "tblservicios",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        idcliente int(6) unsigned zerofill NOT NULL
        idperfil int(11) NOT NULL
        nodo int(11) NOT NULL
        costo decimal(12,2)
        ppppass varchar(100) NOT NULL""",
        ("idcliente",),
    ),
    PanelTable(
        "facturas",
        "latin1",
        """id int(8) unsigned zerofill NOT NULL AUTO_INCREMENT
        idcliente int(6) unsigned zerofill NOT NULL
        emitido date NOT NULL
        pago date
        total decimal(12,2) NOT NULL
        estado varchar(10) NOT NULL DEFAULT 'No pagado'""",
        ("idcliente",),
    ),
    PanelTable(
        "facturaitems",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        idfactura int(8) unsigned zerofill NOT NULL
        descripcion text NOT NULL
        cantidad decimal(12,2) NOT NULL
        impuesto decimal(4,2) NOT NULL DEFAULT 0""",
        ("idfactura",),
    ),
    PanelTable(
        "saldos",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        iduser int(6) unsigned zerofill NOT NULL
        idorigen int(8) unsigned zerofill NOT NULL
        iddestino int(8) unsigned zerofill NOT NULL
        estado varchar(11) NOT NULL DEFAULT 'no cobrado'
        monto decimal(12,2) NOT NULL
        fecha date NOT NULL
        descripcion varchar(300) NOT NULL DEFAULT 'Saldo generado Automático'
        codigopasarela text NOT NULL
        moneda int(11) NOT NULL DEFAULT 1""",
        ("iduser, estado",),
    ),
    PanelTable(
        "logsistema",
        "latin1",
        """id int(11) NOT NULL AUTO_INCREMENT
        log text NOT NULL
        fechalog datetime NOT NULL
        operador int(3) NOT NULL
        idcliente int(6) unsigned zerofill NOT NULL
        tipolog varchar(20) NOT NULL
        data_cambios text NOT NULL""",
    ),
)


def statements(dialect: str, *, storage: str = "InnoDB") -> list[str]:
    return [one for table in TABLES for one in _create(table, dialect, storage)]


def _create(table: PanelTable, dialect: str, storage: str) -> list[str]:
    columns = [line.strip() for line in table.columns.splitlines()]
    if dialect == "mysql":
        keys = [f"KEY `{key.replace(', ', '_')}` ({key})" for key in table.keys]
        body = ", ".join([*columns, "PRIMARY KEY (id)", *keys])
        return [f"CREATE TABLE {table.name} ({body}) ENGINE={storage} CHARSET={table.charset}"]
    body = ", ".join(
        "id integer PRIMARY KEY AUTOINCREMENT" if "AUTO_INCREMENT" in column else _plain(column)
        for column in columns
    )
    indexes = [
        f"CREATE INDEX {table.name}_{key.replace(', ', '_')} ON {table.name} ({key})" for key in table.keys
    ]
    return [f"CREATE TABLE {table.name} ({body})", *indexes]


def _plain(column: str) -> str:
    return re.sub(r"int\(\d+\)( unsigned zerofill)?", "integer", column)
