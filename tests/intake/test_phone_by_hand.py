"""Tickets of calls that a person opens in the panel: refused ones, and where no route opens any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli.main import main
from bridge.desk.calls import Taken
from bridge.desk.openings import opened_by_hand
from bridge.desk.pushes import work_done
from bridge.errors import UsageFault
from tests.acceptance.town import T0, ZONE, hours
from tests.intake.phones import MINUTE, Switchboard, switchboard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path) as found:
        yield found


def refused(board: Switchboard, **more: object) -> tuple[Taken, int]:
    """A call whose ticket the panel refuses, and its line on the worklist."""
    board.fault("refuse")
    taken = board.take(**more)  # type: ignore[arg-type]
    (line,) = [line for line in board.store.worklist.open_lines() if line.push_key == taken.push.key]
    return taken, line.line_id


def by_hand(board: Switchboard, text: str, customer: int = 1) -> int:
    """A person opens a ticket in the panel half an hour later."""
    board.town.at(T0 + hours(0.5))
    return board.town.ticket(customer, T0 + hours(0.5), body=text)


def done(board: Switchboard, line: int, ticket: int) -> None:
    opened_by_hand(board.store, line, ticket, "Ana", board.town.clock.now(), ZONE)


@pytest.mark.parametrize("routes", ["", ", open: [manual]"])
def test_the_line_shows_what_to_paste_and_how_to_tell_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, routes: str
) -> None:
    monkeypatch.setenv("BRIDGE_NOW", T0.isoformat())
    with switchboard(tmp_path, routes=routes) as board:
        taken, line = refused(board)
        main(["-c", str(board.folder / "config.yaml"), "work", "show", str(line)])

    shown = capsys.readouterr().out
    assert re.search(rf"Paste this\n  No navega .*{re.escape(taken.push.marker or '')}\n", shown)
    assert f"bridge work done {line} --ticket NUMBER --by NAME" in shown


def test_the_number_is_told_by_the_command(
    board: Switchboard, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, line = refused(board)
    number = by_hand(board, "No navega")
    monkeypatch.setenv("BRIDGE_NOW", board.town.clock.now().isoformat())

    config = str(board.folder / "config.yaml")
    code = main(["-c", config, "work", "done", str(line), "--ticket", str(number), "--by", "Ana"])

    assert (code, f"Line {line} done by Ana" in capsys.readouterr().out) == (0, True)
    assert board.store.openings.ticket_of(taken.push.key) == number
    assert [one.ticket_id for one in board.desk.standing(1).coming] == [number]


@pytest.mark.parametrize("read_first", [True, False])
def test_i_4_a_ticket_without_the_mark_is_the_one_a_person_says(
    board: Switchboard, *, read_first: bool
) -> None:
    taken, line = refused(board, kind="low_speed")
    number = by_hand(board, "No navega")
    if read_first:
        board.town.sync()

    done(board, line, number)
    board.settle()

    (row,) = board.store.incidents.of_client(1)
    assert (row.opened_at, row.kind, row.ticket_ids) == (T0, "low_speed", (number,))
    assert (board.state(taken), board.desk.standing(1).coming) == ("verified", [])
    assert [line.kind for line in board.store.worklist.open_lines()] == ["answer"]
    assert len(board.tickets()) == 1


def test_done_without_a_number_leaves_no_ghost_and_nobody_is_offered_to_send_it_again(
    board: Switchboard,
) -> None:
    taken, line = refused(board)
    by_hand(board, "No navega")

    work_done(board.store, line, "Ana", board.town.clock.now())
    after = board.desk.standing(1).coming
    board.settle()

    assert (after, board.state(taken)) == ([], "verified")
    assert [line.text for line in board.store.worklist.open_lines() if "retry" in line.text] == []
    assert len(board.tickets()) == 1


def test_done_without_a_number_the_mark_tells_it_later(board: Switchboard) -> None:
    taken, line = refused(board)
    number = by_hand(board, taken.push.text)

    work_done(board.store, line, "Ana", board.town.clock.now())
    board.settle()

    assert board.store.openings.ticket_of(taken.push.key) == number
    (row,) = board.store.incidents.of_client(1)
    assert (row.opened_at, row.channel) == (T0, "phone")


def test_a_ticket_of_somebody_else_or_of_another_report_is_refused(board: Switchboard) -> None:
    _, line = refused(board)
    other = by_hand(board, "Otra cosa", customer=2)
    mine = board.take(3)
    board.town.sync()

    with pytest.raises(UsageFault, match=f"ticket {other} is of customer 2"):
        done(board, line, other)
    with pytest.raises(UsageFault, match="is of customer 3"):
        done(board, line, mine.outcome.ticket_id or 0)
    second, again = refused(board)
    number = by_hand(board, "No navega")
    done(board, line, number)
    with pytest.raises(UsageFault, match="another report's already"):
        done(board, again, number)
    assert board.state(second) == "parked"


def test_a_line_that_opens_no_ticket_takes_no_number(board: Switchboard) -> None:
    board.store.worklist.add("x", "check", "Mire esto", at=T0)
    (line,) = board.store.worklist.open_lines()

    with pytest.raises(UsageFault, match="opens no ticket"):
        done(board, line.line_id, 1)
    assert board.store.worklist.open_lines() == [line]


def test_a_ticket_that_was_deleted_is_not_offered_to_be_sent_again(board: Switchboard) -> None:
    board.take()
    board.town.staff("delete_ticket", ticket=1)

    board.town.sync(T0 + 5 * MINUTE)

    (line,) = board.store.worklist.open_lines()
    assert "ya no se encuentra" in line.text
    assert "outbox retry" not in line.text
