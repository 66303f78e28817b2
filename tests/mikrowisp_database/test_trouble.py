"""Connections that fail before, during and after a write."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from bridge.domain.intents import ABSENT, Visibility
from bridge.domain.reading import Wanted
from bridge.errors import (
    NotApplied,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
    UsageFault,
)
from bridge.mikrowisp.database import connect
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.schema import check
from tests.mikrowisp_database.conftest import NOW, Panel
from tests.mikrowisp_database.test_writes import CREDIT, STATUS


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3cr3t@nowhere", "not a database URL"),
        ("postgresql://u:s3cr3t@h/d", "MariaDB, not postgresql"),
        ("mysql+pymysql://u:s3cr3t@h", "names no database"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str, words: str) -> None:
    with pytest.raises(UsageFault, match=words) as caught:
        open_engine(url)

    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_is_not_there_is_unreachable_and_a_write_not_applied(mariadb_panel: Panel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = make_url(mariadb_panel.url).set(port=port, password="s3cr3t")
    engine = open_engine(url.render_as_string(hide_password=False), connect_seconds=2)
    route = mariadb_panel.route(engine)

    with pytest.raises(PanelUnreachable) as caught:
        mariadb_panel.reader(engine=engine).read(Wanted(now=NOW))
    assert "s3cr3t" not in f"{caught.value} {caught.value.__cause__}"
    with pytest.raises(PanelUnreachable):
        route.serves(CREDIT.kind)
    with pytest.raises(NotApplied):
        route.send(CREDIT)


def test_a_server_that_says_nothing_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        engine = open_engine(f"mysql+pymysql://u:p@127.0.0.1:{port}/d", connect_seconds=1, answer_seconds=1)
        with pytest.raises(PanelUnreachable):
            check(engine, for_writes=False)
        engine.dispose()


def test_a_database_that_does_not_exist_is_unusable(mariadb_panel: Panel) -> None:
    engine = open_engine(
        make_url(mariadb_panel.url).set(database="nada").render_as_string(hide_password=False)
    )

    with pytest.raises(PanelUnusable, match="nada"):
        check(engine, for_writes=False)
    engine.dispose()


def test_a_sqlite_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "missing.db"

    with pytest.raises(PanelUnreachable):
        check(open_engine(f"sqlite:///{path}"), for_writes=False)

    assert not path.exists()


def test_a_file_that_is_no_database_is_unusable(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear customer, " * 100)

    with pytest.raises(PanelUnusable):
        check(open_engine(f"sqlite:///{path}"), for_writes=False)


def test_an_empty_database_is_told_every_table(panel: Panel) -> None:
    for table in ("soporte", "ticket", "usuarios", "tblservicios", "perfiles", "saldos"):
        panel.run(f"DROP TABLE {table}")

    problems = check(panel.engine, for_writes=True)

    for table in ("soporte", "ticket", "usuarios", "tblservicios", "perfiles", "saldos"):
        assert any(f"table {table}" in problem for problem in problems)


@contextmanager
def killed_at(panel: Panel, words: str) -> Iterator[None]:
    """Kill the connection just before it sends a statement that begins with `words`."""

    def kill(connection, cursor, statement, *_rest) -> None:
        if statement.startswith(words):
            panel.run(f"KILL {connection.connection.dbapi_connection.thread_id()}")

    event.listen(panel.engine, "before_cursor_execute", kill)
    try:
        yield
    finally:
        event.remove(panel.engine, "before_cursor_execute", kill)


@pytest.mark.mariadb
def test_a_connection_lost_before_the_commit_is_not_applied(mariadb_panel: Panel) -> None:
    route = mariadb_panel.route()
    for words in ("SELECT saldos", "INSERT INTO saldos", "INSERT INTO logsistema"):
        with killed_at(mariadb_panel, words), pytest.raises(NotApplied):
            route.send(CREDIT)

    assert route.look(CREDIT) == ABSENT
    route.send(CREDIT)
    assert len(mariadb_panel.rows("SELECT id FROM saldos")) == 1


@pytest.mark.mariadb
def test_a_lost_connection_leaves_the_outcome_open_where_tables_do_not_roll_back(myisam_panel: Panel) -> None:
    route = myisam_panel.route()

    with killed_at(myisam_panel, "INSERT INTO logsistema"), pytest.raises(OutcomeUnknown):
        route.send(CREDIT)

    assert route.look(CREDIT).visibility is Visibility.SHOWN
    route.send(CREDIT)
    assert len(myisam_panel.rows("SELECT id FROM saldos")) == 1


class DroppingProxy:
    """Passes all on to the server; once armed it drops the connection at a COMMIT, before or after it."""

    def __init__(self, port: int, *, deliver: bool) -> None:
        self._server = port
        self._deliver = deliver
        self.armed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            dropped = threading.Event()
            for source, target, watched in ((client, server, True), (server, client, False)):
                arguments = (source, target, dropped, watched)
                threading.Thread(target=self._pass, args=arguments, daemon=True).start()

    def _pass(
        self, source: socket.socket, target: socket.socket, dropped: threading.Event, watched: bool
    ) -> None:
        while data := _received(source):
            if watched and self.armed and data[5:] == b"COMMIT":
                dropped.set()
                if self._deliver:
                    target.sendall(data)
                    continue
                break
            if not watched and dropped.is_set():
                break
            target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


@pytest.mark.mariadb
@pytest.mark.parametrize("deliver", [True, False])
def test_a_connection_lost_during_commit_leaves_the_outcome_open(mariadb_panel: Panel, deliver: bool) -> None:
    url = make_url(mariadb_panel.url)
    proxy = DroppingProxy(url.port or 0, deliver=deliver)
    engine = open_engine(url.set(port=proxy.port).render_as_string(hide_password=False), answer_seconds=5)
    route = mariadb_panel.route(engine)
    assert route.serves(CREDIT.kind) is None
    proxy.armed = True

    with pytest.raises(OutcomeUnknown, match="COMMIT"):
        route.send(CREDIT)

    sight = mariadb_panel.route().look(CREDIT)
    assert sight.visibility is (Visibility.SHOWN if deliver else Visibility.ABSENT)
    mariadb_panel.route().send(CREDIT)
    assert len(mariadb_panel.rows("SELECT id FROM saldos")) == 1
    engine.dispose()
    proxy.close()


@pytest.mark.mariadb
def test_an_interrupt_during_commit_stays_one_and_leaves_no_lock(mariadb_panel: Panel) -> None:
    """SIGTERM is a KeyboardInterrupt, and must reach the command that ends by it."""
    engine = open_engine(mariadb_panel.url)
    committing = engine.dialect.do_commit

    def interrupt(_connection: object) -> None:
        raise KeyboardInterrupt

    route = mariadb_panel.route(engine)
    assert route.serves(CREDIT.kind) is None
    engine.dialect.do_commit = interrupt
    with pytest.raises(KeyboardInterrupt):
        route.send(CREDIT)
    engine.dialect.do_commit = committing

    mariadb_panel.route().send(CREDIT)
    assert len(mariadb_panel.rows("SELECT id FROM saldos")) == 1
    engine.dispose()


@pytest.mark.mariadb
def test_a_session_left_behind_is_soon_ended_by_the_server(
    mariadb_panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "IDLE_SECONDS", 1)
    engine = open_engine(mariadb_panel.url)
    with engine.connect() as dead:
        dead.exec_driver_sql("SELECT GET_LOCK('left behind', 0)")
        dead.exec_driver_sql("UPDATE soporte SET dp = 3")
        [row] = mariadb_panel.rows("SELECT GET_LOCK('left behind', 10) AS got")
        dead.invalidate()
    engine.dispose()

    assert row == {"got": 1}
    mariadb_panel.route().send(STATUS)


@pytest.mark.mariadb
def test_a_connection_that_died_while_idle_is_replaced(mariadb_panel: Panel) -> None:
    route = mariadb_panel.route()
    route.look(CREDIT)
    with mariadb_panel.engine.connect() as connection:
        number = connection.connection.dbapi_connection.thread_id()
    mariadb_panel.run(f"KILL {number}")

    route.send(CREDIT)

    assert route.look(CREDIT).copies == 1


@pytest.mark.mariadb
def test_values_that_do_not_fit_are_refused_and_leave_nothing(strict_panel: Panel) -> None:
    strict_panel.run("ALTER TABLE saldos MODIFY monto decimal(3,2) NOT NULL")

    with pytest.raises(Refused, match="monto"):
        strict_panel.route().send(CREDIT)

    assert strict_panel.rows("SELECT id FROM saldos") == []


@pytest.mark.mariadb
def test_an_amount_the_server_would_bend_is_refused_and_leaves_nothing(mariadb_panel: Panel) -> None:
    mariadb_panel.run("ALTER TABLE saldos MODIFY monto decimal(3,2) NOT NULL")

    with pytest.raises(Refused, match="did not keep"):
        mariadb_panel.route().send(CREDIT)

    assert mariadb_panel.rows("SELECT id FROM saldos") == []
    assert mariadb_panel.rows("SELECT id FROM logsistema") == []


@pytest.mark.mariadb
def test_a_table_dropped_after_the_check_is_unusable_and_then_seen(mariadb_panel: Panel) -> None:
    route = mariadb_panel.route()
    assert route.serves(CREDIT.kind) is None
    mariadb_panel.run("DROP TABLE saldos")

    with pytest.raises(PanelUnusable):
        route.send(CREDIT)

    assert "saldos" in (route.serves(CREDIT.kind) or "")
