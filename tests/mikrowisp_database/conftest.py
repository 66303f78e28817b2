"""A small panel in SQLite and in a real MariaDB."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
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
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from bridge.clock import SetClock
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.reader import DatabaseReader
from bridge.mikrowisp.database.route import DatabaseRoute
from tests.mikrowisp_database.panel_tables import statements

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
    engine: Engine

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def run(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            if self.dialect == "mysql":
                connection.execute(text("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'"))
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
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

    def reader(self, **values: Any) -> DatabaseReader:
        return DatabaseReader(self.engine, zone=ZONE, **{"bridge_operator": BRIDGE} | values)

    def route(self, engine: Engine | None = None, **values: Any) -> DatabaseRoute:
        named = {"bridge_operator": BRIDGE, "clock": QuickClock(NOW)} | values
        return DatabaseRoute(engine or self.engine, zone=ZONE, **named)


@dataclass(frozen=True)
class Server:
    """A MariaDB server: the URL of its root user without a database."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = shutil.which("mariadbd") or shutil.which("mysqld")
    if program is None or shutil.which("mariadb-install-db") is None:
        pytest.skip("MariaDB is not installed")
    folder = tmp_path_factory.mktemp("mariadb")
    data, socket = folder / "data", folder / "s"
    common = ["--no-defaults", "--user=root", f"--datadir={data}"]
    subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    options = [f"--socket={socket}", "--skip-networking", "--innodb-flush-log-at-trx-commit=0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, *common, *options], stdout=log, stderr=log)
    try:
        for _ in range(300):
            if socket.exists():
                break
            time.sleep(0.1)  # noqa: TID251 - a server starts in real time
        yield Server(url=f"mysql+pymysql://root@localhost/?unix_socket={socket}", folder=folder)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def mariadb_panel(server: Server) -> Iterator[Panel]:
    yield from _mariadb_panel(server, "InnoDB")


@pytest.fixture
def myisam_panel(server: Server) -> Iterator[Panel]:
    yield from _mariadb_panel(server, "MyISAM")


def _mariadb_panel(server: Server, storage: str) -> Iterator[Panel]:
    name = f"panel_{uuid.uuid4().hex[:8]}"
    url = make_url(server.url)
    admin = open_engine(url.set(database="mysql").render_as_string(hide_password=False))
    with admin.begin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine = open_engine(url.set(database=name).render_as_string(hide_password=False))
    panel = Panel(url=engine.url.render_as_string(hide_password=False), engine=engine)
    _fill(panel, storage)
    yield panel
    engine.dispose()
    with admin.begin() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    admin.dispose()


@pytest.fixture
def sqlite_panel(tmp_path: Path) -> Iterator[Panel]:
    path = tmp_path / "panel.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    url = f"sqlite:///{path}"
    panel = Panel(url=url, engine=open_engine(url))
    _fill(panel, "")
    yield panel
    panel.engine.dispose()


@pytest.fixture(params=["sqlite_panel", pytest.param("mariadb_panel", marks=pytest.mark.mariadb)])
def panel(request: pytest.FixtureRequest) -> Panel:
    return request.getfixturevalue(request.param)


def _fill(panel: Panel, storage: str) -> None:
    for statement in statements(panel.dialect, storage=storage):
        panel.run(statement)
    panel.add("perfiles", id=3, plan="Plan 50M", costo="350.00", impuesto="16.00")
    panel.add("zonas", id=4, zona="Centro Histórico")
    panel.client(77)
    panel.service(91)
    panel.add("tblavisouser", cliente=77, zona=4)
    panel.ticket(1201)
    panel.message(1201, "&lt;p&gt;No navega&lt;/p&gt;")
