"""`bridge intake phone` by flags: what a script says, gets back, and is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bridge.cli.main import main
from bridge.mikrowisp.api import PanelApi
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, hours
from tests.intake.phones import Switchboard, switchboard

BY = ("--by", "Luz")
NEW = (*BY, "--client", "1", "--kind", "no_access", "--text", "No navega")


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Line:
    """The command line of a switchboard."""

    def __init__(self, board: Switchboard, capsys: pytest.CaptureFixture[str]) -> None:
        self.board = board
        self.capsys = capsys

    def __call__(self, *words: str) -> Done:
        code = main(["-c", str(self.board.folder / "config.yaml"), "intake", "phone", *words])
        return Done(code, *self.capsys.readouterr())

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = self(*words, "--format", "json")
        return done.code, json.loads(done.out)


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Line]:
    monkeypatch.setenv("BRIDGE_NOW", T0.isoformat())
    with switchboard(tmp_path) as board:
        yield Line(board, capsys)


def test_the_number_is_said_large_and_what_to_tell_the_caller(line: Line) -> None:
    done = line(*NEW)

    assert done.code == 0
    assert "TICKET   1 " in done.out
    assert "Un técnico le llamará a más tardar a las 10:00 de hoy." in done.out


def test_digits_stand_apart(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PanelApi, "open_ticket", lambda *_: 12034)

    assert "TICKET   1  2  0  3  4 " in line(*NEW).out


def test_json_has_the_promised_names(line: Line) -> None:
    code, told = line.json(*NEW)

    key = told.pop("push_key")
    assert (code, told) == (
        0,
        {
            "ticket_id": 1,
            "state": "sent",
            "client_id": 1,
            "report_number": None,
            "kind": "no_access",
            "technician_id": 11,
        },
    )
    assert line.board.store.calls.of_push(key) is not None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Preguntas de facturación", "Lo atiende nuestro departamento de Facturación"),
        ("unrouted", "Un técnico le llamará a más tardar"),
        ("0", "Un técnico le llamará a más tardar"),
        ("2", "capturas de su prueba de velocidad"),
        ("velocidad", "capturas de su prueba de velocidad"),
    ],
)
def test_what_is_told_goes_by_the_kind(line: Line, kind: str, words: str) -> None:
    assert words in line(*BY, "--client", "1", "--kind", kind, "--text", "x").out


def test_solved_tells_so_and_closes(line: Line) -> None:
    done = line(*NEW, "--solved")

    assert "Queda resuelto y cerrado" in done.out
    assert [ticket["estado"] for ticket in line.board.tickets()] == ["cerrado"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("drop_after", "Se cierra con la siguiente sincronización."),
        ("refuse", "Falta cerrarlo. Quedó en la lista"),
    ],
)
def test_a_closing_that_is_not_through_is_told_beside_the_number(line: Line, fault: str, words: str) -> None:
    line.board.fault(fault, "CloseTicket")

    done = line(*NEW, "--solved")

    assert (done.code, "TICKET   1 " in done.out, words in done.out) == (0, True, True)


def test_a_solved_call_of_hours_ago_was_solved_then(line: Line) -> None:
    line(*NEW, "--solved", "--at", "2026-11-02 03:00")

    line.board.settle()

    (row,) = line.board.store.incidents.of_client(1)
    assert (row.opened_at, row.ended_at, row.breaches) == (T0 - hours(5), T0 - hours(5), ())


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ({"kind": "drop_after"}, "in_doubt", "No llegó la respuesta del panel."),
        ({"kind": "token_lost"}, "retry_at", "El panel no respondió y no se abrió nada."),
        ({"kind": "refuse"}, "parked", "Quedó en la lista de pendientes"),
    ],
)
def test_without_a_number_the_exit_code_is_3_and_the_agent_knows_why(
    line: Line, fault: dict[str, Any], state: str, words: str
) -> None:
    line.board.fault(**fault)
    done = line(*NEW)
    line.board.fault(**fault)
    code, told = line.json(*NEW, "--new")

    assert done.code == code == 3
    assert words in " ".join(done.out.split())
    assert "Su reporte ya quedó registrado desde las 08:00 de hoy" in done.out
    assert (told["ticket_id"], told["state"]) == (None, state)


def test_a_ticket_whose_answer_tells_no_number_is_found_by_its_mark(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PanelApi, "open_ticket", lambda *_: None)
    done = line(*NEW)

    assert (done.code, "no dijo el número" in done.out, "[TEL-" in done.out) == (3, True, True)


def test_what_is_open_must_be_continued_or_stood_beside_on_purpose(line: Line) -> None:
    line(*NEW)
    on_its_way = line(*NEW)
    line.board.town.sync()
    refused = line(*NEW)
    joined = line.json(*BY, "--client", "1", "--text", "Sigue", "--continue", "1")
    beside = line.json(*NEW, "--new")

    assert (on_its_way.code, refused.code) == (1, 1)
    assert "has ticket 1 open; add --continue TICKET, or --new" in refused.err
    assert joined[1]["push_key"].endswith("/R")
    assert (joined[0], joined[1]["ticket_id"], joined[1]["state"]) == (0, 1, "pending")
    assert (beside[0], beside[1]["ticket_id"]) == (0, 2)


def test_a_report_number_continues_too_and_is_told(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line(*NEW)
    line.board.town.sync()
    line.board.town.sync(T0 + hours(3))
    monkeypatch.setenv("BRIDGE_NOW", (T0 + hours(3)).isoformat())

    done = line(*BY, "--client", "1", "--text", "Sigue", "--continue", "rc-1")
    code, told = line.json(*BY, "--client", "1", "--text", "Sigue", "--continue", "RC-1")

    assert (code, told["report_number"], told["kind"]) == (0, "RC-1", "no_access")
    assert "Su número de reporte es RC-1, lo atiende nivel 2." in done.out
    assert "Le llamaremos a más tardar a las 08:00 del 04/11." in done.out


WRONG = {
    "nothing": ((), "add --client N or --find TEXT, --kind KIND (or --continue TICKET), --text TEXT"),
    "no words": (("--client", "1", "--kind", "no_access"), "add --text TEXT"),
    "both": (("--client", "1", "--find", "x", "--kind", "2", "--text", "x"), "exclude each other"),
    "nobody": (("--client", "99", "--kind", "2", "--text", "x"), "the panel knows no customer 99"),
    "fits nobody": (("--find", "zzz", "--kind", "2", "--text", "x"), "fits nobody"),
    "fits several": (("--find", "cliente", "--kind", "2", "--text", "x"), "3  Cliente 3  …0003  activo"),
    "no such kind": (("--client", "1", "--kind", "fire", "--text", "x"), "faults.yaml knows no_access"),
    "a kind of many": (("--client", "1", "--kind", "servicio", "--text", "x"), "faults.yaml knows"),
    "no such service": (
        ("--client", "1", "--kind", "2", "--service", "9", "--text", "x"),
        "customer 1 has 1 (",
    ),
    "not open": (("--client", "1", "--text", "x", "--continue", "5"), "customer 1 has nothing open"),
    "continue with kind": (
        ("--client", "1", "--text", "x", "--kind", "2", "--continue", "5"),
        "--text alone",
    ),
    "says nothing": (("--client", "1", "--kind", "2", "--text", " "), "--text says nothing"),
    "tomorrow": (("--client", "1", "--kind", "2", "--text", "x", "--at", "2026-11-03"), "has not come yet"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_told_with_what_to_say_and_writes_nothing(line: Line, what: str) -> None:
    words, told = WRONG[what]

    done = line(*BY, *words)

    assert (done.code, told in done.err) == (1, True), done.err
    assert line.board.store.outbox.counts() == {}
    assert line.board.tickets() == []


def test_a_customer_who_has_left_is_refused_by_a_clear_word(line: Line) -> None:
    line.board.town.staff("retire_customer", customer=1)

    done = line(*NEW)

    assert (done.code, "has left" in done.err, "DADO DE BAJA" in done.out) == (1, True, True)
    assert line.board.store.outbox.counts() == {}


def test_without_a_panel_the_last_directory_finds_the_caller_and_the_call_is_kept(line: Line) -> None:
    line(*BY, "--find", "cliente 5", "--kind", "2", "--text", "x")
    line.board.town.panel.control("faults", {"kind": "http500", "times": 50})

    done = line(*BY, "--find", "cliente 4", "--kind", "2", "--text", "x")

    assert done.code == 3
    assert "El panel no responde: es lo último que se leyó de este cliente." in done.out
    assert line.board.store.outbox.in_states(PushState.IN_DOUBT)


def test_a_panel_that_was_never_read_and_does_not_answer_is_exit_2_and_nothing_written(line: Line) -> None:
    line.board.town.panel.control("faults", {"kind": "http500", "times": 50})

    done = line(*BY, "--find", "cliente 4", "--kind", "2", "--text", "x")

    assert done.code == 2
    assert line.board.store.outbox.counts() == {}


def test_a_solved_fault_beside_an_open_one_is_refused(line: Line) -> None:
    line(*NEW)
    line.board.town.sync()

    done = line(*NEW, "--new", "--solved")

    assert (done.code, "--solved would end ticket 1 too" in done.err) == (1, True)
    assert len(line.board.tickets()) == 1
