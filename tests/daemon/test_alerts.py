"""Alerts: once when something begins, once when it is over, and no channel holds anything up."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.daemon.alerts import MAIL_SILENT, MAPPINGS_FAULTY, NO_GOOD_CYCLE, Alerts
from bridge.daemon.health import Health
from tests.daemon.clocks import START, StillClock
from tests.daemon.snapshots import SNAPSHOT, health, mail_seen, seen

FAULTS = ("mappings/bonus.yaml:3:5: expected a number, not `x`",)


class Board:
    """Takes what is told; while it is `down`, nothing arrives."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.tries = 0
        self.down = False

    def __call__(self, title: str, text: str) -> bool:
        self.tries += 1
        if not self.down:
            self.told.append((title, text))
        return not self.down

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.told]


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def state(clock: StillClock) -> Health:
    return health(clock)


@pytest.fixture
def board() -> Board:
    return Board()


def alerts(state: Health, board: Board, clock: StillClock, told: tuple[str, ...] = ()) -> Alerts:
    return Alerts(state, board, told=told, name="redscomm", clock=clock)


def test_nothing_is_told_while_all_is_well(state: Health, board: Board, clock: StillClock) -> None:
    alerts(state, board, clock).look()

    assert board.told == []


def test_a_mailbox_that_nobody_reads_is_told_once_and_so_is_its_next_reading(
    board: Board, clock: StillClock
) -> None:
    state = health(clock, mail_seen(START))
    told = alerts(state, board, clock)
    clock.pass_(30 * 60)
    told.look()
    clock.pass_(60)
    state.take(mail_seen(START, "mail_unreachable", good_at=START + timedelta(minutes=31)))

    for _ in range(3):
        told.look()
    assert board.titles == ["[redscomm] El buzón no se lee"]
    assert "no se leen desde hace 31 min (límite: 30 min)" in board.told[0][1]
    assert "Último fallo: mail_unreachable." in board.told[0][1]
    assert told.told == {MAIL_SILENT}

    state.take(mail_seen(START + timedelta(minutes=32), good_at=START + timedelta(minutes=32)))
    told.look()
    assert board.titles[1:] == ["[redscomm] El buzón se lee de nuevo"]


def test_no_good_cycle_is_told_once_and_so_is_the_next_good_one(
    state: Health, board: Board, clock: StillClock
) -> None:
    told = alerts(state, board, clock)
    state.take(seen(trouble="panel_unreachable"))
    clock.pass_(31 * 60)

    for _ in range(3):
        told.look()
        clock.pass_(3600)
    assert board.titles == ["[redscomm] El puente no trabaja"]
    assert "desde hace 31 min (límite: 30 min)" in board.told[0][1]
    assert "Último fallo: panel_unreachable." in board.told[0][1]

    state.take(seen(good_at=START + timedelta(hours=4)))
    for _ in range(2):
        told.look()
    assert board.titles[1:] == ["[redscomm] El puente trabaja de nuevo"]


def test_faulty_mappings_are_told_with_their_faults_until_they_are_mended(
    state: Health, board: Board, clock: StillClock
) -> None:
    told = alerts(state, board, clock)
    state.take(replace(SNAPSHOT, faults=FAULTS))
    told.look()
    state.take(replace(SNAPSHOT, faults=(*FAULTS, "mappings/bonus.yaml:4:5: another")))
    told.look()
    state.take(SNAPSHOT)
    told.look()

    assert board.titles == [
        "[redscomm] Hay errores en los archivos de reglas",
        "[redscomm] Los archivos de reglas están corregidos",
    ]
    assert FAULTS[0] in board.told[0][1]
    assert "versión 3f9a71c0d2e1" in board.told[0][1]


def test_many_faults_are_cut_short(state: Health, board: Board, clock: StillClock) -> None:
    state.take(replace(SNAPSHOT, faults=tuple(f"fault {number}" for number in range(40))))

    alerts(state, board, clock).look()

    assert board.told[0][1].endswith("fault 9\n…")


def test_a_new_start_does_not_tell_again_what_people_know(
    state: Health, board: Board, clock: StillClock
) -> None:
    clock.pass_(31 * 60)

    told = alerts(state, board, clock, told=(NO_GOOD_CYCLE,))
    told.look()
    assert (board.told, told.told) == ([], {NO_GOOD_CYCLE})

    state.take(seen(good_at=START + timedelta(minutes=31)))
    told.look()
    assert (board.titles, told.told) == (["[redscomm] El puente trabaja de nuevo"], frozenset())


def test_an_alert_of_another_version_of_the_bridge_is_left_alone(
    state: Health, board: Board, clock: StillClock
) -> None:
    alerts(state, board, clock, told=("of_a_later_version",)).look()

    assert board.told == []


def test_what_no_channel_took_is_tried_again_after_some_minutes(
    state: Health, board: Board, clock: StillClock
) -> None:
    told = alerts(state, board, clock)
    board.down = True
    clock.pass_(31 * 60)
    for _ in range(10):
        told.look()
    assert board.tries == 1

    board.down = False
    clock.pass_(299)
    told.look()
    assert board.told == []
    clock.pass_(1)
    told.look()

    assert (board.tries, len(board.told)) == (2, 1)


def test_one_that_is_over_before_it_could_be_told_is_never_told(
    state: Health, board: Board, clock: StillClock
) -> None:
    told = alerts(state, board, clock)
    board.down = True
    clock.pass_(31 * 60)
    told.look()

    board.down = False
    state.take(seen(good_at=START + timedelta(minutes=31)))
    clock.pass_(300)
    told.look()

    assert board.told == []


def test_the_thread_looks_when_it_is_woken_and_outlives_a_channel_that_breaks(
    state: Health, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    tries: list[str] = []
    heard = threading.Event()

    def tell(title: str, _text: str) -> bool:
        tries.append(title)
        heard.set()
        if len(tries) == 1:
            raise RuntimeError("a channel's own fault")
        return True

    told = Alerts(state, tell, told=(), name="redscomm", clock=clock)
    clock.pass_(31 * 60)
    with told.watching() as wake:
        wake.set()
        assert heard.wait(30)
        heard.clear()
        wake.set()
        assert heard.wait(30)

    assert [record.msg["event"] for record in caplog.records] == ["alert.broken", "alert.raised"]
    assert told.told == {NO_GOOD_CYCLE}
    assert MAPPINGS_FAULTY not in told.told
