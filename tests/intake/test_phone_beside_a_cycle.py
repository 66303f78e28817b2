"""A call beside a cycle, at every moment: a process that dies, a cycle that looks in between, slow hands."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.desk.calls import CallDesk, Taken
from bridge.domain.intents import Push, PushKind
from bridge.mikrowisp.route import ApiRoute
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.sync.at_once import AtOnce
from tests.acceptance.town import T0, hours
from tests.intake.phones import MINUTE, Switchboard, switchboard
from tests.servers import ROOT


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path) as found:
        yield found


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _call(folder: Path, mend: Callable[[], None]) -> None:
    mend()
    with Bridge.configured(folder / "config.yaml", {}, SetClock(T0)) as bridge:
        store = bridge.store()
        Switchboard(town=_At(bridge.clock), bridge=bridge, store=store, folder=folder).take(solved=True)


class _At:
    """The town of a process that sees only its clock."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock


def in_a_process(folder: Path, mend: Callable[[], None]) -> int | None:
    """Take a solved call in a process of its own, after `mend` has changed it; return how it ended."""
    process = multiprocessing.get_context("fork").Process(target=_call, args=(folder, mend))
    process.start()
    process.join(timeout=60)
    return process.exitcode


def before_the_write() -> None:
    AtOnce.write = die  # type: ignore[method-assign]


def in_the_middle_of_the_write() -> None:
    write = AtOnce.write

    def half(self: AtOnce, push: Push) -> Any:
        write(self, push)
        die()

    AtOnce.write = half  # type: ignore[method-assign]


def before_the_panel_is_asked() -> None:
    ApiRoute.send = die  # type: ignore[method-assign, assignment]


def after_the_panel_has_done_it() -> None:
    send = ApiRoute.send

    def half(self: ApiRoute, push: Push) -> None:
        send(self, push)
        die()

    ApiRoute.send = half  # type: ignore[method-assign, assignment]


def before_the_closing() -> None:
    write = AtOnce.write

    def half(self: AtOnce, push: Push) -> Any:
        return die() if push.key.endswith("/F") else write(self, push)

    AtOnce.write = half  # type: ignore[method-assign]


def after_the_closing() -> None:
    send = ApiRoute.send

    def half(self: ApiRoute, push: Push) -> int | None:
        number = send(self, push)
        return die() if push.key.endswith("/F") else number  # type: ignore[return-value]

    ApiRoute.send = half  # type: ignore[method-assign]


@pytest.mark.parametrize("mend", [before_the_write, in_the_middle_of_the_write])
def test_who_dies_before_the_call_is_written_leaves_nothing(
    board: Switchboard, mend: Callable[[], None]
) -> None:
    assert in_a_process(board.folder, mend) == -signal.SIGKILL

    board.settle()

    assert board.tickets() == []
    assert board.store.outbox.counts() == {}


@pytest.mark.parametrize(
    "mend",
    [before_the_panel_is_asked, after_the_panel_has_done_it, before_the_closing, after_the_closing],
)
def test_who_dies_later_leaves_one_ticket_that_the_cycle_closes(
    board: Switchboard, mend: Callable[[], None]
) -> None:
    assert in_a_process(board.folder, mend) == -signal.SIGKILL

    board.town.sync()
    board.settle()

    (ticket,) = board.tickets()
    (row,) = board.store.incidents.of_client(1)
    assert ticket["estado"] == "cerrado"
    assert (row.opened_at, row.channel, row.breaches) == (T0, "phone", ())
    counts = board.town.panel.control("journal")["counts"]
    assert (counts["NewTicket"], counts["CloseTicket"]) == (1, 1)


def in_between(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object], *, before: bool
) -> Taken:
    """Take a call during which something happens, just before or after the panel has opened the ticket."""
    send = ApiRoute.send

    def slow(self: ApiRoute, push: Push) -> int | None:
        monkeypatch.setattr(ApiRoute, "send", send)
        if before:
            meanwhile()
        number = send(self, push)
        if not before:
            meanwhile()
        return number

    monkeypatch.setattr(ApiRoute, "send", slow)
    return board.take()


@pytest.mark.parametrize("before", [True, False])
def test_a_cycle_in_the_middle_of_the_call_sends_nothing_twice(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    taken = in_between(board, monkeypatch, board.town.sync, before=before)

    assert taken.outcome.ticket_id == board.tickets()[0]["id"]
    assert board.state(taken) == ("sent" if before else "verified")
    board.settle()
    assert len(board.tickets()) == 1
    assert board.state(taken) == "verified"
    assert board.store.worklist.open_lines() == []


def test_a_cycle_that_cannot_look_parks_it_and_the_answer_takes_it_back(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind() -> None:
        board.fault("http500", "ListTicket", times=9)
        for route in board.town.cycle.parts.routes.values():
            monkeypatch.setattr(route, "look_many", lambda *_: {}, raising=True)
        board.town.sync()
        monkeypatch.undo()
        board.town.panel.control("faults/clear")

    taken = in_between(board, monkeypatch, blind, before=True)

    states = [step.to_state for step in board.store.outbox.log_of(taken.push.key)]
    assert states[-2:] == [PushState.PARKED, PushState.SENT]
    assert board.store.worklist.open_lines() == []
    board.settle()
    assert len(board.tickets()) == 1


@pytest.mark.parametrize("state", [PushState.PARKED, PushState.DISCARDED, PushState.RETRY_AT])
def test_whatever_the_row_has_become_the_number_is_kept(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch, state: PushState
) -> None:
    def moved() -> None:
        (row,) = board.store.outbox.in_states(PushState.IN_DOUBT)
        path = (PushState.PARKED, PushState.DISCARDED) if state is PushState.DISCARDED else (state,)
        for to in path:
            retry = T0 + hours(9) if to is PushState.RETRY_AT else None
            board.store.outbox.move(row.push.key, to, at=T0, actor="Ana", reason="looked", retry_at=retry)

    taken = in_between(board, monkeypatch, moved, before=False)

    assert (taken.outcome.state, taken.outcome.ticket_id) == (PushState.SENT, board.tickets()[0]["id"])
    board.settle()
    assert len(board.tickets()) == 1


def test_who_was_held_up_after_the_write_asks_the_panel_for_nothing(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the time for settling a cycle may have begun to send it."""
    write = AtOnce.write

    def asleep(self: AtOnce, push: Push) -> Any:
        route = write(self, push)
        board.town.clock.set(T0 + timedelta(seconds=111))
        return route

    monkeypatch.setattr(AtOnce, "write", asleep)
    taken = board.take()

    assert (taken.outcome.state, board.tickets()) == (PushState.IN_DOUBT, [])
    monkeypatch.undo()
    board.settle()
    assert len(board.tickets()) == 1


@pytest.mark.parametrize("before", [True, False])
def test_stopped_by_hand_while_the_panel_is_asked_it_stays_in_doubt(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    def impatient() -> None:
        raise KeyboardInterrupt

    taken = in_between(board, monkeypatch, impatient, before=before)

    assert (taken.outcome.state, taken.outcome.ticket_id) == (PushState.IN_DOUBT, None)
    board.settle()
    assert len(board.tickets()) == 1
    assert board.state(taken) == "verified"


def test_a_number_that_cannot_be_written_down_is_told_all_the_same(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(board.store.openings), "bind", stopped)
    taken = board.take()
    monkeypatch.undo()

    assert (taken.outcome.ticket_id, board.state(taken)) == (board.tickets()[0]["id"], "in_doubt")
    board.settle()
    assert len(board.tickets()) == 1
    assert board.state(taken) == "verified"


def test_while_a_cycle_holds_the_lease_a_call_is_taken(board: Switchboard) -> None:
    board.town.store.lease.acquire(board.town.clock.real(), 3 * MINUTE)

    taken = board.take()

    assert taken.is_through
    board.town.store.lease.release()


def test_calls_and_cycles_in_processes_of_their_own_at_the_same_time(board: Switchboard) -> None:
    command = [sys.executable, "-m", "bridge", "-c", str(board.folder / "config.yaml")]
    environ = {**os.environ, "BRIDGE_NOW": T0.isoformat()}
    calls = [
        ["intake", "phone", "--by", "Luz", "--client", str(number), "--kind", "1", "--text", "x", "--solved"]
        for number in (1, 2, 3, 4)
    ]
    asked = [*calls[:2], ["sync"], *calls[2:], ["sync"]]
    running = [
        subprocess.Popen([*command, *words], env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for words in asked
    ]

    told = [process.communicate(timeout=120)[0] for process in running]

    codes = [process.returncode for process, words in zip(running, asked, strict=True) if words != ["sync"]]
    board.settle()
    tickets = [board.tickets(number) for number in (1, 2, 3, 4)]
    assert codes == [0, 0, 0, 0], told
    assert [[ticket["estado"] for ticket in own] for own in tickets] == [["cerrado"]] * 4
    assert board.town.panel.control("journal")["counts"]["CloseTicket"] == 4
    assert board.store.worklist.open_lines() == []


def test_a_closing_that_a_cycle_has_begun_is_not_begun_again(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cycle reads the ticket before the agent's process comes to close it."""
    close = CallDesk._close

    def late(self: CallDesk, *about: Any) -> PushState | None:
        board.town.sync(T0 + MINUTE)
        return close(self, *about)

    monkeypatch.setattr(CallDesk, "_close", late)
    board.take(solved=True)
    board.settle()

    assert [ticket["estado"] for ticket in board.tickets()] == ["cerrado"]
    assert board.town.panel.control("journal")["counts"]["CloseTicket"] == 1


def test_a_closing_that_the_agent_has_begun_is_not_begun_again(board: Switchboard) -> None:
    """The cycle learns that it is solved while the agent's closing waits to be tried again."""
    board.fault("drop_before", "CloseTicket")
    taken = board.take(solved=True)
    assert taken.closing is PushState.IN_DOUBT

    board.settle()

    closings = [row for row in all_rows(board) if row.push.kind is PushKind.CLOSE]
    assert [row.push.key for row in closings] == [taken.push.key.replace("/T", "/F")]
    assert [ticket["estado"] for ticket in board.tickets()] == ["cerrado"]


def all_rows(board: Switchboard) -> list[OutboxRow]:
    """Every push there is."""
    return board.store.outbox.in_states(*PushState)
