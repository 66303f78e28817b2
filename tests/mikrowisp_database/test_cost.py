"""Reading costs the same whatever the number of closed tickets: 200,000 of them, with two messages each."""
# ruff: noqa: S608 - the SQL is made of this file's own words

from typing import Any

import pytest
from sqlalchemy import event

from bridge.domain.reading import Wanted
from tests.mikrowisp_database.conftest import NOW, Panel

CLOSED = 200_000
KNOWN_OPEN = {1201: 77, 2500: 77, **dict.fromkeys(range(5000, 5300), 77)}


@pytest.fixture(params=["sqlite_panel", pytest.param("mariadb_panel", marks=pytest.mark.mariadb)])
def old_panel(request: pytest.FixtureRequest) -> Panel:
    panel: Panel = request.getfixturevalue(request.param)
    if panel.dialect == "sqlite":
        more = f"SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {CLOSED}"
        numbers = f"(WITH RECURSIVE n(seq) AS ({more}) SELECT seq FROM n)"
    else:
        numbers = f"seq_1_to_{CLOSED}"
    panel.run(
        "INSERT INTO soporte (id, idcliente, idsoporte, asunto, fecha_soporte, estado, operador, "
        "fecha_cerrado, procede, solicitante, fechavisita, turno, agendado, lastdate, dp, cun, "
        "motivo_cierre) "
        "SELECT 2000 + seq, 77, 5, 'Lento', '2020-01-01 10:00:00', 'cerrado', 'api', '2020-01-02 10:00:00', "
        "'', '', '2020-01-01', 'TARDE', 'cliente', '2020-01-02 10:00:00', 1, '', 'Listo' "
        f"FROM {numbers} n"
    )
    for words in ("No navega", "Listo"):
        panel.run(
            "INSERT INTO ticket (idticket, contenido, adjunto, fecha_hora, idtecnico, state, nota) "
            f"SELECT 2000 + seq, '{words}', '', '2020-01-01 10:00:00', 0, 0, 0 FROM {numbers} n"
        )
    panel.run("ANALYZE" if panel.dialect == "sqlite" else "ANALYZE TABLE soporte, ticket")
    return panel


def wanted(panel: Panel) -> Wanted:
    [last] = panel.rows("SELECT MAX(id) AS message, (SELECT MAX(id) FROM soporte) AS ticket FROM ticket")
    return Wanted(
        now=NOW, last_ticket_id=last["ticket"], last_message_id=last["message"], known_open=KNOWN_OPEN
    )


def plan_of(panel: Panel, statement: str, values: Any) -> list[tuple[Any, ...]]:
    explain = "EXPLAIN QUERY PLAN " if panel.dialect == "sqlite" else "EXPLAIN "
    with panel.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(explain + statement, values)]


def whole_scans(panel: Panel, plan: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the steps that walk all of `soporte` or `ticket`."""
    if panel.dialect == "sqlite":
        return [row for row in plan if str(row[3]).startswith(("SCAN soporte", "SCAN ticket"))]
    return [row for row in plan if row[2] in {"soporte", "ticket"} and row[3] in {"ALL", "index"}]


def test_every_query_of_a_later_read_uses_an_index(old_panel: Panel) -> None:
    seen: list[tuple[str, Any]] = []
    event.listen(old_panel.engine, "before_cursor_execute", lambda *one: seen.append((one[2], one[3])))
    reading = old_panel.reader().read(wanted(old_panel))
    selects = [
        one for one in seen if one[0].startswith(("SELECT soporte", "SELECT ticket", "SELECT DISTINCT"))
    ]

    assert len(selects) >= 5
    for statement, values in selects:
        assert whole_scans(old_panel, plan_of(old_panel, statement, values)) == [], statement
    assert len(reading.tickets) == 302


@pytest.mark.mariadb
@pytest.mark.parametrize("old_panel", ["mariadb_panel"], indirect=True)
def test_the_server_reads_few_rows_for_a_later_read(old_panel: Panel) -> None:
    asked = wanted(old_panel)
    before = rows_read(old_panel)

    reading = old_panel.reader().read(asked)

    # A row for each ticket and message, its index entry, and the ends of ranges.
    assert len(reading.tickets) == 302
    assert rows_read(old_panel) - before < 5_000


def rows_read(panel: Panel) -> int:
    return sum(int(row["Value"]) for row in panel.rows("SHOW GLOBAL STATUS LIKE 'Handler_read%'"))
