"""The sandbox as a process: how it starts, what it refuses, and that others can use its database."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import sqlalchemy as sa

from bridge.sandbox.schema import blank, soporte
from bridge.sandbox.schema_money import saldos
from tests.sandbox.test_api_tickets import NEW
from tests.servers import ROOT, start_mariadb, start_sandbox


def _run(*options):
    return subprocess.run(
        [sys.executable, "-m", "bridge.sandbox", "--port", "0", "--quiet", *options],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_database_is_used_again_unless_fresh(tmp_path):
    """A second start finds the first one's tickets; `--fresh` empties."""
    where = tmp_path / "panel.db"
    seen = []
    for options in ((), (), ("--fresh",)):
        with start_sandbox(where, customers=1, options=options) as sandbox:
            seen.append(len(sandbox.control("dump")["tickets"]))
            sandbox.control("tickets", {"customer": 1})

    assert seen == [0, 1, 0]


def test_only_loopback_addresses_are_listened_on():
    """Any other host is refused before anything opens."""
    outcome = _run("--host", "0.0.0.0")  # noqa: S104  to be refused

    assert outcome.returncode == 1
    assert "loopback" in outcome.stderr


def test_a_foreign_sqlite_file_is_left_alone(tmp_path):
    """Tables that no sandbox made are not touched, even with `--fresh`."""
    where = tmp_path / "panel.db"
    engine = sa.create_engine(f"sqlite:///{where}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE soporte (id INTEGER)")
    engine.dispose()
    before = where.read_bytes()

    outcome = _run("--database", str(where), "--fresh")

    assert outcome.returncode == 1
    assert "no sandbox made" in outcome.stderr
    assert where.read_bytes() == before


@pytest.mark.mariadb
def test_a_foreign_mariadb_is_left_alone(mariadb):
    """A real panel's database with data is refused, even with `--fresh`."""
    url = mariadb.create_database("real_panel")
    mariadb.execute("CREATE TABLE real_panel.soporte (id INT)", "INSERT INTO real_panel.soporte VALUES (7)")

    outcome = _run("--database", url, "--fresh")

    engine = sa.create_engine(url)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT id FROM soporte").scalars().all()
        tables = sa.inspect(connection).get_table_names()
    engine.dispose()
    assert outcome.returncode == 1
    assert "no sandbox made" in outcome.stderr
    assert (kept, tables) == ([7], ["soporte"])


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_told(told, tmp_path):
    """Exit code 0, nothing on stderr, and the port is closed."""
    with subprocess.Popen(
        [sys.executable, "-m", "bridge.sandbox", "--port", "0", "--quiet",
            "--database", str(tmp_path / "p.db")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        process.stdout.readline()
        process.send_signal(told)
        _, said = process.communicate(timeout=20)

    assert (process.returncode, said) == (0, "")


def test_two_processes_write_the_same_database(running, panel, ticket):
    """Another program adds a credit and moves a ticket while the panel serves; both see all rows."""
    engine = sa.create_engine(panel.database_url)
    with engine.begin() as connection:
        connection.execute(
            saldos.insert().values(
                iduser=77,
                idorigen=0,
                iddestino=0,
                estado="no cobrado",
                monto="-34.90",
                fecha="2026-02-03",
                descripcion="BONIF [RC-1201/C1]",
                codigopasarela="",
                moneda=1,
            )
        )
        connection.execute(soporte.update().where(soporte.c.id == ticket).values(dp=4))
    panel.control("billing", {"day": "2026-02-10"})
    with engine.connect() as connection:
        taken = connection.execute(sa.select(saldos.c.iddestino, saldos.c.estado)).one()
    engine.dispose()

    assert tuple(taken) == (1, "cobrado")
    assert panel.api("ListTicket", idcliente=77)["data"]["tickets"][0]["dp"] == "Soporte nivel 2"
    assert panel.api("GetInvoices", idcliente=77)["facturas"][0]["total"] == "265.10"


@pytest.mark.mariadb
def test_mariadb_columns_have_the_panels_types(mariadb):
    """Zero-filled ids, cut strings, date columns with zero dates and latin1 tables, as in the schema."""
    with start_sandbox(mariadb.create_database("types"), customers=1) as sandbox:
        engine = sa.create_engine(sandbox.database_url)
        with engine.connect() as connection:
            made = connection.exec_driver_sql("SHOW CREATE TABLE soporte").one()[1]
            money = connection.exec_driver_sql("SHOW CREATE TABLE saldos").one()[1]
        engine.dispose()

    assert "`id` int(7) unsigned zerofill NOT NULL AUTO_INCREMENT" in made
    assert "`agendado` varchar(10)" in made
    assert "`fechavisita` date NOT NULL" in made
    assert "CHARSET=latin1" in made
    assert "`monto` decimal(12,2) NOT NULL" in money
    assert "KEY `iduser_estado` (`iduser`,`estado`)" in money


def test_many_writers_lose_nothing(running, panel):
    """Eight callers of the API and another process's writes at the same time: every row is there once."""
    engine = sa.create_engine(panel.database_url)

    def beside(number):
        with engine.begin() as connection:
            connection.execute(tickets_row(number))

    def tickets_row(number):
        return soporte.insert().values(blank(soporte, idcliente=77, asunto=f"beside {number}"))

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(panel.api, "NewTicket", **NEW) for _ in range(80)]
        others = [pool.submit(beside, number) for number in range(20)]
        ids = {item.result()["idticket"] for item in answers}
        for item in others:
            item.result()
    engine.dispose()

    assert len(ids) == 80
    assert len(panel.control("dump")["tickets"]) == 100


def test_it_stops_when_its_parent_is_gone():
    """A test run that is killed leaves no sandbox behind."""
    starter = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'bridge.sandbox', '--port', '0',"
        " '--quiet', '--exit-with-parent'], stdout=subprocess.PIPE, text=True); print(p.stdout.readline())"
    )
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", starter], cwd=ROOT, capture_output=True, text=True, check=True
    )
    url = json.loads(said.stdout)["url"]

    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/_sandbox/health", timeout=5)
        except requests.ConnectionError:
            return
        time.sleep(0.2)  # noqa: TID251  waiting for a process to end happens in real time
    pytest.fail("the sandbox outlived its parent")


def test_a_missing_server_skips_or_fails_as_asked(monkeypatch, tmp_path):
    """Without MariaDB the tests that need it skip; where services are required they fail."""
    monkeypatch.setattr("tests.servers._program", lambda *_: None)
    for value, outcome in (("0", pytest.skip.Exception), ("1", pytest.fail.Exception)):
        monkeypatch.setenv("BRIDGE_REQUIRE_SERVICES", value)
        with pytest.raises(outcome, match="no mariadbd"), start_mariadb(tmp_path):
            pass
