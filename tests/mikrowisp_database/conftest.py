"""A small panel in SQLite and in a real MariaDB."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from bridge.clock import SetClock
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.reader import DatabaseReader
from bridge.mikrowisp.database.route import DatabaseRoute
from tests.mikrowisp_database.panel_tables import statements
from tests.servers import MariaDB

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)  # 12:30 on the panel
BRIDGE = 9
ZERO = "0000-00-00 00:00:00"


class QuickClock(SetClock):
    """A set clock that does not wait."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.01))  # noqa: TID251 - threads need a chance


@dataclass
class Panel:
    """One panel's database, written to as the panel and its staff would."""

    url: str
    staff: Engine
    engine: Engine

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def run(self, sql: str, **values: Any) -> None:
        with self.staff.begin() as connection:
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self.staff.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    def add(self, table: str, **values: Any) -> None:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", **values)  # noqa: S608 - test's own words

    def client(self, number: int, **values: Any) -> None:
        row = {"nombre": f"CLIENTE {number}", "estado": "ACTIVO", "correo": "", "codigo": "clave"}
        self.add("usuarios", id=number, **row | values)

    def ticket(self, number: int, client: int = 77, **values: Any) -> None:
        row = {
            "idsoporte": 0,
            "asunto": "Sin internet",
            "fecha_soporte": "2026-11-24 09:15:00",
            "estado": "abierto",
            "operador": "api",
            "fecha_cerrado": ZERO,
            "procede": "",
            "solicitante": "TITULAR",
            "fechavisita": "0000-00-00",
            "turno": "",
            "agendado": "PAGINA WEB",
            "lastdate": "2026-11-24 09:15:00",
            "dp": 1,
            "cun": "",
            "motivo_cierre": "",
        }
        self.add("soporte", id=number, idcliente=client, **row | values)

    def message(self, ticket: int, content: str, **values: Any) -> None:
        row = {"adjunto": "", "fecha_hora": "2026-11-24 09:15:00", "idtecnico": 0, "state": 0, "nota": 0}
        self.add("ticket", idticket=ticket, contenido=content, **row | values)

    def service(self, number: int, client: int = 77, **values: Any) -> None:
        row = {"idperfil": 3, "nodo": 1, "costo": "300.00", "ppppass": "clave"}
        self.add("tblservicios", id=number, idcliente=client, **row | values)

    def add_balance(self, words: str, **values: Any) -> None:
        row = {
            "iduser": 77,
            "idorigen": 0,
            "iddestino": 0,
            "monto": "-34.90",
            "fecha": "2026-11-25",
            "codigopasarela": "",
        }
        self.add("saldos", descripcion=words, **row | values)

    def add_invoice(self, number: int, *, charges: str | None = None, **values: Any) -> None:
        row = {"idcliente": 77, "emitido": "2026-12-01", "total": "265.10"}
        self.add("facturas", id=number, **row | values)
        if charges is not None:
            self.add("facturaitems", idfactura=number, descripcion="Plan 50M", cantidad=charges)

    def reader(self, engine: Engine | None = None, **values: Any) -> DatabaseReader:
        return DatabaseReader(engine or self.engine, zone=ZONE, **{"bridge_operator": BRIDGE} | values)

    def route(self, engine: Engine | None = None, **values: Any) -> DatabaseRoute:
        named = {"bridge_operator": BRIDGE, "clock": QuickClock(NOW)} | values
        return DatabaseRoute(engine or self.engine, zone=ZONE, **named)


@pytest.fixture
def mariadb_panel(mariadb: MariaDB) -> Iterator[Panel]:
    """The modes of MariaDB 10.1, which the panel was made for."""
    yield from _mariadb_panel(mariadb, "InnoDB", "NO_ENGINE_SUBSTITUTION")


@pytest.fixture
def strict_panel(mariadb: MariaDB) -> Iterator[Panel]:
    """The strictest modes a server can be set to."""
    modes = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ANSI,NO_BACKSLASH_ESCAPES"
    yield from _mariadb_panel(mariadb, "InnoDB", modes)


@pytest.fixture
def myisam_panel(mariadb: MariaDB) -> Iterator[Panel]:
    """Tables without transactions."""
    yield from _mariadb_panel(mariadb, "MyISAM", "NO_ENGINE_SUBSTITUTION")


def _mariadb_panel(server: MariaDB, storage: str, modes: str) -> Iterator[Panel]:
    name = f"panel_{uuid.uuid4().hex[:8]}"
    url = make_url(server.create_database(name))
    moded = url.update_query_dict({"init_command": f"SET SESSION sql_mode = '{modes}'"})
    panel = Panel(
        url=moded.render_as_string(hide_password=False),
        staff=create_engine(url, pool_size=1),
        engine=open_engine(moded.render_as_string(hide_password=False)),
    )
    _fill(panel, storage)
    yield panel
    panel.engine.dispose()
    panel.staff.dispose()
    server.drop_database(name)


@pytest.fixture
def sqlite_panel(tmp_path: Path) -> Iterator[Panel]:
    path = tmp_path / "panel.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    url = f"sqlite:///{path}"
    panel = Panel(url=url, staff=open_engine(url), engine=open_engine(url))
    _fill(panel, "")
    yield panel
    panel.engine.dispose()


@pytest.fixture(
    params=[
        "sqlite_panel",
        pytest.param("mariadb_panel", marks=pytest.mark.mariadb),
        pytest.param("strict_panel", marks=pytest.mark.mariadb),
    ]
)
def panel(request: pytest.FixtureRequest) -> Panel:
    return request.getfixturevalue(request.param)


def _fill(panel: Panel, storage: str) -> None:
    with panel.staff.begin() as connection:
        for statement in statements(panel.dialect, storage=storage):
            connection.exec_driver_sql(statement)
    panel.add("perfiles", id=3, plan="Plan 50M", costo="350.00", impuesto="16.00")
    panel.add("zonas", id=4, zona="Centro Histórico")
    panel.client(77)
    panel.service(91)
    panel.add("tblavisouser", cliente=77, zona=4)
    panel.ticket(1201)
    panel.message(1201, "&lt;p&gt;No navega&lt;/p&gt;")
