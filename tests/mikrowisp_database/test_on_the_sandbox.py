"""The same route on the sandbox's tables, which another hand wrote from the same contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.engine import make_url

import bridge.sandbox.schema_money as money
from bridge.domain.intents import Visibility
from bridge.domain.reading import Wanted
from bridge.mikrowisp.database.connect import open_engine, reading
from bridge.mikrowisp.database.permissions import AUDIT, OPTIONAL
from bridge.mikrowisp.database.schema import check, inspect
from bridge.sandbox import schema as people
from bridge.sandbox.schema import blank, metadata
from tests.mikrowisp_database.conftest import NOW, Panel
from tests.mikrowisp_database.test_writes import ASSIGN, CHARGE, CLOSE, CREDIT, NOTE, STATUS
from tests.servers import MariaDB


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Panel]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'sandbox.db'}"
    else:
        server: MariaDB = request.getfixturevalue("mariadb")
        url = server.create_database("sandbox_tables")
    staff = create_engine(url)
    metadata.create_all(staff)
    _fill(staff)
    panel = Panel(
        url=make_url(url).render_as_string(hide_password=False), staff=staff, engine=open_engine(url)
    )
    yield panel
    panel.engine.dispose()
    staff.dispose()


def _fill(staff: Engine) -> None:
    rows = (
        (people.usuarios, {"id": 77, "nombre": "CLIENTE 77"}),
        (money.perfiles, {"id": 3, "plan": "Plan 50M", "costo": "350.00"}),
        (money.tblservicios, {"idcliente": 77, "idperfil": 3, "costo": "300.00"}),
        (people.soporte, {"id": 1201, "idcliente": 77, "fecha_soporte": "2026-11-24 09:15:00"}),
        (people.ticket, {"idticket": 1201, "contenido": "&lt;p&gt;No navega&lt;/p&gt;"}),
    )
    with staff.begin() as connection:
        for table, values in rows:
            connection.execute(insert(table).values(blank(table, **values)))


def test_the_sandbox_has_all_that_the_bridge_needs(sandbox: Panel) -> None:
    assert check(sandbox.engine, for_writes=True) == []
    with reading(sandbox.engine) as connection:
        assert inspect(connection).problems((*OPTIONAL, AUDIT)) == []


def test_every_push_is_written_once_and_shown(sandbox: Panel) -> None:
    route = sandbox.route()
    pushes = [CREDIT, CHARGE, NOTE, STATUS, ASSIGN, CLOSE]

    for push in pushes * 2:
        route.send(push)

    sights = route.look_many(pushes)
    assert {(sight.visibility, sight.copies) for sight in sights.values()} == {(Visibility.SHOWN, 1)}
    assert str(sights[CREDIT.key].amount) == "34.90"
    assert len(sandbox.rows("SELECT id FROM logsistema")) == len(pushes)
    [ticket] = sandbox.reader().read(Wanted(now=NOW, known_open={1201: 77}, last_ticket_id=1201)).tickets
    assert (ticket.technician_id, ticket.department_id, ticket.closed_at) == (31, 5, NOW)
    assert [message.text for message in ticket.messages] == ["No navega", NOTE.text]
