"""Several senders at once, and the panel's own billing in between: every push stands there once."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from bridge.domain.intents import Push
from bridge.errors import NotApplied
from bridge.mikrowisp.database import connect, locks
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.locks import lock_name
from tests.mikrowisp_database.conftest import NOW, ZONE, DatabaseRoute, Panel, QuickClock
from tests.mikrowisp_database.test_writes import ASSIGN, CLOSE, CREDIT, NOTE

SENDERS = 8


def send_all(url: str, pushes: list[Push], now: datetime) -> None:
    engine = open_engine(url)
    route = DatabaseRoute(engine, clock=QuickClock(now), zone=ZONE, bridge_operator=9)
    for push in pushes:
        route.send(push)
    engine.dispose()


def test_many_senders_of_the_same_pushes_write_each_once(panel: Panel) -> None:
    pushes = [replace(CREDIT, key=str(one), marker=f"[RC-1201/C{one}]", text="x") for one in range(5)]
    start = threading.Barrier(SENDERS)

    def send(_number: int) -> None:
        start.wait()
        send_all(panel.url, [*pushes, NOTE, CLOSE, ASSIGN], NOW)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))

    assert len(panel.rows("SELECT id FROM saldos")) == 5
    assert len(panel.rows("SELECT id FROM ticket")) == 2
    assert len(panel.rows("SELECT id FROM logsistema")) == 8


def test_two_processes_write_each_push_once(panel: Panel) -> None:
    pushes = [replace(CREDIT, key=str(one), marker=f"[RC-1201/C{one}]", text="x") for one in range(20)]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=send_all, args=(panel.url, pushes, NOW)) for _ in range(2)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0]
    assert len(panel.rows("SELECT id FROM saldos")) == 20


def test_the_billing_job_may_run_at_the_same_moment(panel: Panel) -> None:
    pushes = [replace(CREDIT, key=str(one), marker=f"[RC-1201/C{one}]", text="x") for one in range(20)]
    done = threading.Event()

    def bill() -> None:
        while not done.is_set():
            panel.run("UPDATE saldos SET estado = 'cobrado', iddestino = 5012 WHERE estado = 'no cobrado'")

    with ThreadPoolExecutor(1) as pool:
        billing = pool.submit(bill)
        for push in pushes * 2:
            panel.route().send(push)
        done.set()
        billing.result()

    sights = panel.route().look_many(pushes).values()
    assert [(one.copies, str(one.amount)) for one in sights] == [(1, "34.90")] * 20


def hold(panel: Panel, statement: str, until: threading.Event, held: threading.Event) -> None:
    with panel.staff.connect() as connection:
        if panel.dialect == "sqlite":
            connection = connection.execution_options(**{connect.WRITES: True})  # noqa: PLW2901
        connection.execute(text(statement))
        held.set()
        until.wait(30)
        connection.rollback()


@pytest.fixture
def impatient(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> Panel:
    monkeypatch.setattr(connect, "LOCK_WAIT_SECONDS", 1)
    panel.engine.dispose()
    panel.engine = open_engine(panel.url)
    return panel


def test_a_row_locked_for_long_is_not_applied_and_later_it_is(impatient: Panel) -> None:
    until, held = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold, impatient, "UPDATE soporte SET dp = 2 WHERE id = 1201", until, held)
        held.wait(10)
        with pytest.raises(NotApplied):
            impatient.route().send(CLOSE)
        until.set()

    impatient.route().send(CLOSE)

    assert impatient.rows("SELECT estado, dp FROM soporte") == [{"estado": "cerrado", "dp": 1}]


def test_a_row_locked_for_a_moment_is_tried_again(impatient: Panel) -> None:
    until, held = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold, impatient, "UPDATE soporte SET dp = 2 WHERE id = 1201", until, held)
        held.wait(10)
        threading.Timer(1.5, until.set).start()
        impatient.route().send(CLOSE)

    assert impatient.rows("SELECT estado FROM soporte") == [{"estado": "cerrado"}]


@pytest.mark.mariadb
def test_a_named_lock_held_by_another_bridge_is_not_applied(
    mariadb_panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "NAMED_LOCK_SECONDS", 1)
    name = lock_name(mariadb_panel.engine, "client 77")
    with mariadb_panel.staff.connect() as other:
        assert other.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name}) == 1
        with pytest.raises(NotApplied, match="client 77"):
            mariadb_panel.route().send(CREDIT)
        other.scalar(text("SELECT RELEASE_LOCK(:name)"), {"name": name})

    mariadb_panel.route().send(CREDIT)
    [row] = mariadb_panel.rows("SELECT IS_FREE_LOCK(:name) AS free", name=name)
    assert row == {"free": 1}


@pytest.mark.mariadb
def test_named_locks_of_two_panels_on_one_server_differ(mariadb_panel: Panel, strict_panel: Panel) -> None:
    names = {lock_name(panel.engine, "client 77") for panel in (mariadb_panel, strict_panel)}

    assert len(names) == 2
    assert all(len(name) <= 64 for name in names)
