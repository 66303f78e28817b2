"""From a call to a ticket on the panel while the caller waits, and its ladder; over HTTP, with faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.desk.continuing import would_end
from bridge.domain.policy import UNROUTED
from bridge.errors import PanelUnreachable, UsageFault
from bridge.store.push_states import PushState
from bridge.sync.at_once import patience_of
from tests.acceptance.town import T0, hours
from tests.intake.phones import MINUTE, Switchboard, switchboard

BY_API = {"read": "api", "http_only": True, "sweep_minutes": 30}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path) as found:
        yield found


@pytest.fixture
def by_api(tmp_path: Path) -> Iterator[Switchboard]:
    """The panel is read over its API alone, everybody once in half an hour."""
    with switchboard(tmp_path, **BY_API) as found:
        yield found


def test_i_2_a_call_becomes_a_ticket_with_its_number_while_the_caller_waits(board: Switchboard) -> None:
    taken = board.take(words="No navega\ndesde anoche")

    (ticket,) = board.tickets()
    assert taken.outcome.ticket_id == ticket["id"]
    assert board.state(taken) == "sent"
    assert (ticket["asunto"], ticket["dp"]) == ("Sin acceso a internet", 1)
    assert ticket["idsoporte"] == taken.push.technician_id is not None
    (message,) = ticket["mensajes"]
    assert "No navega<br>desde anoche" in message["contenido"]
    assert "atendida por Luz" in message["contenido"]


def test_i_4_the_ladder_counts_from_the_start_of_the_call_and_nobody_has_called_back_yet(
    board: Switchboard,
) -> None:
    board.town.at(T0 + hours(1))
    board.take(began_at=T0)

    board.town.sync()
    (early,) = board.store.incidents.of_client(1)
    board.town.sync(T0 + hours(2, 1))

    (incident,) = board.store.incidents.of_client(1)
    assert (early.level, early.opened_at, early.channel) == (1, T0, "phone")
    assert (incident.level, incident.breaches) == (2, ("level_1_contact",))


@pytest.mark.parametrize(
    ("kind", "department"), [("enquiry_billing", 6), (UNROUTED, 7), ("low_speed", 1), ("unknown", 1)]
)
def test_i_5_i_6_a_call_goes_to_the_department_of_its_kind(
    board: Switchboard, kind: str, department: int
) -> None:
    taken = board.take(kind=kind, words="Sin internet, dice, y quiere su factura")
    board.settle()

    (ticket,) = board.tickets()
    (row,) = board.store.incidents.of_client(1)
    assert taken.push.department_id == department
    assert (ticket["dp"], row.kind) == (department, kind)


def test_what_the_agent_said_is_stronger_than_the_words_and_is_said_once(board: Switchboard) -> None:
    board.take(kind="low_speed", service_id=1, words="sin internet")

    board.settle()
    board.settle()

    events = board.store.events.of_clients([1])[1]
    said = [
        (event.kind.value, dict(event.data), event.at) for event in events if event.source == "person:Luz"
    ]
    assert said == [
        ("kind:set", {"kind": "low_speed"}, T0),
        ("service:named", {"service_id": "1"}, T0),
    ]
    (row,) = board.store.incidents.of_client(1)
    assert (row.kind, row.service_id) == ("low_speed", 1)


def test_i_2_solved_on_the_call_is_opened_and_closed_at_once_and_never_credited(board: Switchboard) -> None:
    board.town.at(T0 + MINUTE)
    taken = board.take(began_at=T0, solved=True)
    closed = board.tickets()[0]["estado"]

    board.settle()

    (row,) = board.store.incidents.of_client(1)
    assert (taken.closing, closed) == (PushState.SENT, "cerrado")
    assert (row.ended_at, row.breaches, row.report_number) == (T0 + MINUTE, (), None)
    assert [str(line.amount) for line in board.town.lines(row.ticket_ids[0])] == ["0.00"]
    assert closings(board) == 1


def test_an_enquiry_solved_on_the_call_is_closed_too(board: Switchboard) -> None:
    board.take(kind="enquiry_billing", solved=True)
    board.settle()

    assert [ticket["estado"] for ticket in board.tickets()] == ["cerrado"]
    assert closings(board) == 1


@pytest.mark.parametrize("fault", ["drop_before", "http500", "refuse"])
def test_a_closing_that_fails_is_made_once_by_the_cycle(board: Switchboard, fault: str) -> None:
    board.fault(fault, "CloseTicket")
    taken = board.take(solved=True)
    told = taken.outcome.ticket_id

    board.settle()
    if fault == "refuse":
        # A person looks at what the panel has refused.
        board.store.outbox.move(
            taken.push.key.replace("/T", "/F"), PushState.PENDING, at=board.town.clock.now(), actor="Ana"
        )
        board.settle()

    assert told is not None
    assert [ticket["estado"] for ticket in board.tickets()] == ["cerrado"]


def test_a_solved_call_whose_number_is_not_known_is_closed_by_the_cycle(board: Switchboard) -> None:
    board.fault("drop_after")
    taken = board.take(solved=True)

    board.settle()

    assert (taken.outcome.ticket_id, taken.closing) == (None, None)
    assert [ticket["estado"] for ticket in board.tickets()] == ["cerrado"]
    assert closings(board) == 1


FAULTS: dict[str, tuple[dict[str, Any], str, int]] = {
    # what goes wrong: the fault, where the push stands then, how many tickets there are then
    "the answer is lost": ({"kind": "drop_after"}, "in_doubt", 1),
    "the line breaks before": ({"kind": "drop_before"}, "in_doubt", 0),
    "a server error, applied": ({"kind": "http500", "applied": True}, "in_doubt", 1),
    "a server error, not applied": ({"kind": "http500"}, "in_doubt", 0),
    "a page of HTML, applied": ({"kind": "html200", "applied": True}, "in_doubt", 1),
    "an empty answer": ({"kind": "empty200"}, "in_doubt", 0),
    "too slow": ({"kind": "slow", "ms": 2500}, "in_doubt", 1),
    "the token is lost": ({"kind": "token_lost"}, "retry_at", 0),
}


@pytest.mark.parametrize("read", [{}, BY_API], ids=["database", "api"])
@pytest.mark.parametrize("what", FAULTS)
def test_whatever_the_panel_does_there_is_one_ticket_in_the_end(
    tmp_path: Path, read: dict[str, Any], what: str
) -> None:
    fault, state, tickets = FAULTS[what]
    with switchboard(tmp_path, timeout_seconds=1, **read) as board:
        board.fault(**fault)

        taken = board.take()
        before = board.state(taken)
        board.settle()

        assert (taken.outcome.ticket_id, before) == (None, state)
        assert tickets <= len(board.tickets()) == 1
        assert board.state(taken) == "verified"
        assert board.store.openings.ticket_of(taken.push.key) == board.tickets()[0]["id"]
        (row,) = board.store.incidents.of_client(1)
        assert (row.opened_at, row.channel, row.kind) == (T0, "phone", "no_access")


def test_a_ticket_that_the_panel_refuses_goes_to_a_person_with_its_reason(board: Switchboard) -> None:
    board.fault("refuse")

    taken = board.take()

    (line,) = board.store.worklist.open_lines()
    row = board.store.outbox.get(taken.push.key)
    assert row is not None
    assert (taken.outcome.state, row.in_flight_since) == (PushState.PARKED, None)
    assert (line.push_key, line.client_id) == (taken.push.key, 1)
    assert board.store.outbox.withdraw(taken.push.key, board.town.clock.now(), "Ana", "a mano")


def test_without_a_route_the_ticket_stands_on_the_worklist_at_once(tmp_path: Path) -> None:
    with switchboard(tmp_path, routes=", open: [manual]") as board:
        taken = board.take()

        (line,) = board.store.worklist.open_lines()
        assert taken.outcome.state is PushState.MANUAL
        assert line.kind == "open"
        assert taken.push.marker in line.text


def test_i_1_over_the_plain_api_the_next_cycle_reads_the_caller_at_once(by_api: Switchboard) -> None:
    by_api.take(3)

    by_api.town.sync(T0 + MINUTE)

    (row,) = by_api.store.incidents.of_client(3)
    assert (row.opened_at, row.channel) == (T0, "phone")


def test_what_the_caller_adds_goes_as_an_internal_note_onto_the_ticket(board: Switchboard) -> None:
    board.take()
    board.town.sync()
    standing = board.desk.standing(1)
    matter = standing.find("1")
    assert matter is not None

    taken = board.desk.join(board.said(words="Sigue sin servicio #resuelto"), matter)
    board.settle()

    (ticket,) = board.tickets()
    note = ticket["mensajes"][-1]
    assert (taken.outcome.ticket_id, note["nota"]) == (ticket["id"], 1)
    assert "Sigue sin servicio *resuelto" in note["contenido"]
    assert "atendió Luz" in note["contenido"]
    (row,) = board.store.incidents.of_client(1)
    assert (row.ended_at, row.level) == (None, 1)


def test_what_is_open_tells_where_it_stands(board: Switchboard) -> None:
    board.take()
    board.town.sync()
    board.town.staff("tag", T0 + hours(1), ticket=1, text="#sin-solucion", operator=31)
    board.town.sync(T0 + hours(1, 1))
    board.town.staff("tag", T0 + hours(2), ticket=1, text="#visita 03/11 10:00", operator=31)
    board.town.sync(T0 + hours(2, 1))

    (matter,) = board.desk.standing(1).open

    assert (matter.ticket_id, matter.row.report_number, matter.row.level) == (1, "RC-1", 2)
    assert matter.visit == "3 de noviembre de 2026 a las 10:00"
    assert matter.last == (T0 + hours(2), "acordamos una visita para el 3 de noviembre de 2026 a las 10:00.")
    assert board.desk.standing(1).find("rc-1") == matter


def test_a_ticket_that_no_read_has_shown_is_seen_by_the_next_agent(board: Switchboard) -> None:
    board.fault("drop_after")
    unknown = board.take()
    known = board.take(2)

    (without,) = board.desk.standing(1).coming
    (numbered,) = board.desk.standing(2).coming
    joined = board.desk.join(board.said(2, words="otra vez"), numbered)
    board.settle()

    assert (without.push, without.ticket_id) == (unknown.push, None)
    assert numbered.ticket_id == known.outcome.ticket_id == joined.outcome.ticket_id
    assert "otra vez" in board.tickets(2)[0]["mensajes"][-1]["contenido"]
    assert board.desk.standing(1).coming == []


def test_tags_and_marks_of_a_caller_do_nothing(board: Switchboard) -> None:
    words = "#resuelto #no-atribuible [RC-1/C1] \x1b[31m\x00 " + "x" * 9000
    board.take(words=words, by="Luz #grave")

    board.settle()

    (row,) = board.store.incidents.of_client(1)
    assert (row.ended_at, row.severe, row.attribution) == (None, False, "unknown")
    content = board.tickets()[0]["mensajes"][0]["contenido"]
    assert content.startswith("*resuelto *no-atribuible (RC-1/C1)")
    assert len(content) < 7000


@pytest.mark.parametrize("words", ["", "  \n ", "\x00\x1b"])
def test_words_that_say_nothing_are_refused_and_nothing_is_written(board: Switchboard, words: str) -> None:
    with pytest.raises(UsageFault, match="says nothing"):
        board.take(words=words)

    assert board.store.outbox.counts() == {}


def test_a_call_lies_neither_ahead_nor_more_than_a_day_back(board: Switchboard) -> None:
    desk = board.desk

    assert desk.began(None) == T0
    assert desk.began("2026-11-01 08:00") == T0 - hours(24)
    with pytest.raises(UsageFault, match="more than a day ago"):
        desk.began("2026-11-01 07:59")
    with pytest.raises(UsageFault, match="has not come yet"):
        desk.began("2026-11-02 08:01")
    assert desk.began("08:00") == T0
    assert desk.began("07:10") == T0 - hours(0, 50 * 60)
    assert desk.began("08:01") == T0 - hours(24) + MINUTE


def test_a_customer_is_known_from_the_last_read_while_the_panel_is_away(board: Switchboard) -> None:
    board.take(2)
    board.settle()
    board.town.panel.control("faults", {"kind": "http500", "times": 10})

    caller = board.desk.caller(2)

    assert (caller.is_fresh, caller.client.name) == (False, "Cliente 2")
    with pytest.raises(PanelUnreachable):
        board.desk.caller(77)
    board.town.panel.control("faults/clear")
    assert board.desk.caller(2).is_fresh
    with pytest.raises(UsageFault, match="no customer 77"):
        board.desk.caller(77)


def test_a_solved_call_may_not_end_a_fault_that_is_open(board: Switchboard) -> None:
    board.take()
    board.town.sync()
    standing, kinds = board.desk.standing(1), board.bridge.mappings().rulebook.kinds

    other = would_end("low_speed", None, standing, kinds)

    assert other is not None
    assert other.ticket_id == 1
    assert would_end("low_speed", 99, standing, kinds) is None
    assert would_end("enquiry_billing", None, standing, kinds) is None


def test_a_solved_call_may_not_end_a_fault_that_is_being_opened(board: Switchboard) -> None:
    board.fault("drop_after")
    taken = board.take()

    (coming,) = board.desk.standing(1).coming
    found = would_end("no_access", None, board.desk.standing(1), board.bridge.mappings().rulebook.kinds)

    assert (found, coming.push) == (coming, taken.push)


def test_a_panel_that_may_take_longer_than_settling_is_refused_with_what_to_change(tmp_path: Path) -> None:
    with (
        switchboard(tmp_path, timeout_seconds=60) as board,
        pytest.raises(
            UsageFault, match=r"panel\.timeout_seconds \(60\).*`settling` in commands\.yaml \(120 s\)"
        ),
    ):
        _ = board.desk

    assert patience_of(hours(0, 120), 59) == hours(0, 2)


def closings(board: Switchboard) -> int:
    """How often the panel was asked to close a ticket."""
    counts: dict[str, int] = board.town.panel.control("journal")["counts"]
    return counts["CloseTicket"]
