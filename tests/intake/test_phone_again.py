"""Callers who call again: what was solved, what is open, and what ended a while ago (L-9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge import bootstrap
from bridge.cli.phone_shown import Board
from bridge.desk.calls import Said, Taken
from bridge.desk.continuing import continued
from bridge.domain.records import Service
from bridge.errors import PanelUnreachable, UsageFault
from bridge.store.directory import READ_AT
from bridge.store.push_states import PushState
from bridge.views.standing import Ended
from tests.acceptance.town import T0, hours
from tests.intake.phones import MINUTE, Switchboard, switchboard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path) as found:
        yield found


def told(board: Switchboard, taken: Taken) -> str:
    """What the caller is told."""
    return " ".join(Board(board.bridge.mappings().rulebook, board.town.clock.now()).said(taken))


@pytest.mark.parametrize("kind", ["no_access", "enquiry_billing"])
def test_what_was_solved_on_a_call_has_ended_and_is_not_joined(board: Switchboard, kind: str) -> None:
    solved = board.take(kind=kind, solved=True)

    standing = board.desk.standing(1)

    assert (standing.open, standing.coming, standing.find("1")) == ([], [], None)
    (ended,) = standing.ended
    assert (ended.ticket_id, ended.kind, ended.ended_at) == (solved.outcome.ticket_id, kind, T0)


def test_a_solved_call_whose_number_is_not_known_has_ended_too(board: Switchboard) -> None:
    board.fault("drop_after")
    board.take(solved=True)

    (ended,) = board.desk.standing(1).ended

    assert (ended.ticket_id, board.desk.standing(1).coming) == (None, [])


def test_l_9_a_solved_fault_that_fails_again_is_a_new_ticket_of_the_same_incident(board: Switchboard) -> None:
    board.take(solved=True)
    board.town.at(T0 + MINUTE)

    again = board.take(words="Otra vez")

    assert again.outcome.ticket_id == 2
    assert "Es la misma falla: sigue con su ticket 1" in told(board, again)
    board.settle()
    (row,) = board.store.incidents.of_client(1)
    assert (row.ticket_ids, row.ended_at) == ((1, 2), None)


def test_a_ticket_that_was_closed_while_the_agent_wrote_takes_no_note(board: Switchboard) -> None:
    board.take()
    board.town.sync()
    (matter,) = board.desk.standing(1).open
    board.town.staff("close", T0 + MINUTE, ticket=1)
    board.town.sync(T0 + 2 * MINUTE)

    with pytest.raises(UsageFault, match="ticket 1 has been closed meanwhile"):
        board.desk.join(board.said(words="Sigue igual"), matter)

    assert [row for row in board.store.outbox.in_states(PushState.PENDING) if row.push.internal] == []


def test_a_ticket_beside_an_open_fault_is_told_by_that_ones_clock(board: Switchboard) -> None:
    board.take()
    board.town.sync()
    board.town.sync(T0 + hours(3))

    beside = board.take(words="Todavía nada")

    words = told(board, beside)
    assert "sigue con su reporte RC-1 " in words
    assert "RC-1, lo atiende nivel 2" in words
    assert "a las 08:00 del 04/11" in words
    assert "13:00" not in words
    board.settle()
    (row,) = board.store.incidents.of_client(1)
    assert (row.ticket_ids, row.report_number) == ((1, 2), "RC-1")


def test_of_several_the_oldest_gives_the_number(board: Switchboard) -> None:
    board.take(solved=True)
    board.town.at(T0 + MINUTE)
    board.take(words="Otra vez")

    third = board.take(words="Y otra")

    assert told(board, third) == "Si es la misma falla, sigue con su ticket 1. Un técnico le llamará."


def test_a_report_closed_within_the_window_goes_on_with_its_number_and_promises_no_hour(
    board: Switchboard,
) -> None:
    close_at_level_2(board)

    again = board.take(words="Se volvió a ir")

    words = told(board, again)
    assert "sigue con su reporte RC-1 " in words
    assert "RC-1, lo atiende nivel 2" in words
    assert "a más tardar" not in words
    board.settle()
    (row,) = board.store.incidents.of_client(1)
    assert (row.report_number, row.level, row.ended_at) == ("RC-1", 2, None)


@pytest.mark.parametrize(("later", "lasts"), [(hours(72), True), (hours(72, 1), False)])
def test_l_9_what_ended_longer_ago_is_not_shown(board: Switchboard, later: Any, lasts: bool) -> None:
    close_at_level_2(board)
    (ended,) = board.desk.standing(1).ended
    board.town.at(ended.ended_at + later)

    assert bool(board.desk.standing(1).ended) is lasts
    assert ("sigue con su reporte RC-1" in told(board, board.take())) is lasts


def test_another_kind_does_not_go_on_with_what_has_ended(board: Switchboard) -> None:
    close_at_level_2(board)

    other = board.take(kind="low_speed")

    assert other.goes_on_with is None
    assert "a más tardar" in told(board, other)


@pytest.mark.parametrize(
    ("known", "said", "sure"), [(None, 8, False), (8, 8, True), (8, None, False), (7, 8, None)]
)
def test_among_several_services_only_the_same_one_is_sure(
    board: Switchboard, known: int | None, said: int | None, sure: bool | None
) -> None:
    client = board.desk.caller(1).client
    (service, *_) = client.services or ()
    client = replace(client, services=(with_number(service, 7), with_number(service, 8)))
    ended = Ended(
        ticket_id=1,
        report_number="RC-1",
        kind="no_access",
        service_id=known,
        is_fault=True,
        level=2,
        ended_at=T0,
    )
    standing = replace(board.desk.standing(1), ended=[ended])
    kinds = board.bridge.mappings().rulebook.kinds

    found = continued("no_access", said, client, standing, kinds)

    assert (found.is_sure if found is not None else None) is sure


def test_what_is_not_sure_promises_nothing_with_an_hour(board: Switchboard) -> None:
    close_at_level_2(board)
    again = board.take()
    assert again.goes_on_with is not None
    unsure = replace(again, goes_on_with=replace(again.goes_on_with, is_sure=False))

    assert told(board, unsure) == "Si es la misma falla, sigue con su reporte RC-1. Un técnico le llamará."


def test_an_enquiry_that_was_solved_is_closed_and_told_in_words_of_its_own(board: Switchboard) -> None:
    taken = board.take(kind="enquiry_billing", solved=True)

    assert "Su consulta queda atendida" in told(board, taken)
    assert "vuelve a fallar" not in told(board, taken)
    assert board.tickets()[0]["motivo_cierre"].startswith("Su consulta quedó atendida.")


def test_a_number_that_was_not_known_during_the_call_is_told_afterwards(board: Switchboard) -> None:
    board.take(2)
    board.fault("drop_after")
    unknown = board.take()
    board.settle()

    lines = [line for line in board.store.worklist.open_lines() if line.kind == "answer"]

    number = board.store.openings.ticket_of(unknown.push.key)
    assert [(line.client_id, line.ticket_id) for line in lines] == [(1, number)]
    assert lines[0].text.startswith(f"Avise al cliente 1: el número de su ticket es {number}.")


def test_a_panel_that_does_not_answer_is_asked_once_where_there_is_a_directory(board: Switchboard) -> None:
    loaded = board.bridge.mappings(board.store)
    board.bridge.people(board.store, loaded, for_calls=True).refresh()
    board.store.meta.set_time(READ_AT, T0 - hours(9999))
    board.town.panel.control("faults", {"kind": "http500", "times": 50})
    before = asked(board)

    with pytest.raises(PanelUnreachable):
        board.bridge.people(board.store, loaded, for_calls=True).refresh()
    caller = board.desk.caller(2)

    assert (caller.is_fresh, asked(board) - before) == (False, 2)


def test_a_slow_panel_keeps_nobody_waiting_where_there_is_a_directory(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = board.bridge.mappings(board.store)
    board.bridge.people(board.store, loaded, for_calls=True).refresh()
    monkeypatch.setattr(bootstrap, "CALLER_WAITS_SECONDS", 0.3)
    board.town.panel.control("faults", {"kind": "slow", "ms": 1500, "times": 2})

    desk = board.desk
    caller = desk.caller(2)
    said = Said(client=caller.client, began_at=T0, by="Luz", words="No navega", kind="no_access")
    taken = desk.take(said)

    assert (caller.is_fresh, taken.outcome.ticket_id) == (False, 1)


def asked(board: Switchboard) -> int:
    """How many calls the panel has had."""
    counts: dict[str, int] = board.town.panel.control("journal")["counts"]
    return sum(counts.values())


def with_number(service: Service, number: int) -> Service:
    return replace(service, service_id=number)


def close_at_level_2(board: Switchboard) -> None:
    """A fault that reached level 2 and was closed three hours ago."""
    board.take()
    board.town.sync()
    board.town.sync(T0 + hours(3))
    board.town.staff("close", T0 + hours(4), ticket=1)
    board.town.sync(T0 + hours(4, 1))
    board.town.at(T0 + hours(7))
