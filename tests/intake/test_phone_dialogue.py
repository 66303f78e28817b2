"""The dialogue of a call: its questions one by one, and the whole at a real terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bridge.cli.phone_shown import distinguished
from bridge.cli.phone_talk import Talk, _People
from bridge.desk.whose import whose
from bridge.domain.contacts import Contact
from bridge.domain.money import Money
from bridge.domain.records import ClientStatus, Service
from bridge.intake.phone_book import PhoneBook, alike
from tests.acceptance.town import T0, hours
from tests.intake.phones import Switchboard, switchboard
from tests.intake.terminal import CTRL_C, DOWN, ENTER, Terminal, at_terminal

CLEAR = "\x15"
BOOK = PhoneBook(
    [
        Contact(client_id=77, name="Ana López", status=ClientStatus.ACTIVE, telephones=("5512344321",)),
        Contact(client_id=305, name="ANA LOPEZ", status=ClientStatus.SUSPENDED, telephones=("5500004321",)),
        Contact(client_id=4321, name="Zoé\x1b[2J\u202e", status=ClientStatus.RETIRED),
    ]
)


def nobodys(_: str) -> None:
    """No ticket is known by any number."""


@contextmanager
def typed(keys: str) -> Iterator[Talk]:
    """An agent who types ahead."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        yield Talk()


@pytest.mark.parametrize(
    ("keys", "client_id"),
    [
        (f"#77{ENTER}", 77),
        (f"zoe{ENTER}", 4321),
        (f"ana lopez{ENTER} 305{ENTER}", 305),
        (f"4321{ENTER}{CLEAR}#4321{ENTER}", 4321),
        (f"nobody{ENTER}{CLEAR}#999{ENTER}", 999),
        (f"{ENTER}77{ENTER}", 77),
    ],
)
def test_enter_takes_just_one_customer(keys: str, client_id: int) -> None:
    with typed(keys) as talk:
        assert talk.caller(BOOK, nobodys) == client_id


@pytest.mark.parametrize("key", [CTRL_C, "\x04"])
def test_ctrl_c_and_ctrl_d_end_the_call(key: str) -> None:
    with typed(key) as talk, pytest.raises(KeyboardInterrupt):
        talk.caller(BOOK, nobodys)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(f"s{ENTER}", True), (f"Sí{ENTER}", True), (ENTER, False), (f"x{ENTER}{CLEAR}no{ENTER}", False)],
)
def test_yes_is_said_and_a_mere_enter_is_no(keys: str, answer: bool) -> None:
    with typed(keys) as talk:
        assert talk.go_on("¿Seguro?") is answer


def test_a_second_ticket_beside_an_open_one_needs_its_own_key() -> None:
    first, second = object(), object()
    with typed(f"{ENTER}3{ENTER}{CLEAR}2{ENTER}") as talk:
        assert talk.joined([first, second]) is second  # type: ignore[list-item]
    with typed(f"n{ENTER}") as talk:
        assert talk.joined([first, second]) is None  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("keys", "answer"), [(f"8{ENTER}", 8), (ENTER, None), (f"9{ENTER}{CLEAR}7{ENTER}", 7)]
)
def test_the_service_is_asked_and_may_be_unknown(board: Switchboard, keys: str, answer: int | None) -> None:
    services = tuple(
        Service(service_id=number, plan=f"Plan {number}", price=Money(Decimal(300))) for number in (7, 8)
    )
    client = replace(board.desk.caller(1).client, services=services)

    with typed(keys) as talk:
        assert talk.service(services, lambda said: board.desk.service(said, client)) == answer


def test_a_kind_is_a_number_a_name_or_a_word_and_anything_else_is_asked_again(board: Switchboard) -> None:
    desk = board.desk
    for keys, kind in (("2", "low_speed"), ("0", "unrouted"), ("domicilio", "enquiry_address")):
        with typed(f"99{ENTER}{CLEAR}{keys}{ENTER}") as talk:
            assert talk.kind(desk.kinds(), desk.kind) == kind


def test_the_matches_show_number_name_last_digits_and_standing() -> None:
    shown = [
        (one.text, one.display_text, one.display_meta_text)
        for one in _People(BOOK).get_completions(Document("4321"), CompleteEvent())
    ]

    assert shown == [
        ("#4321", "  4321  Zoé�[2J�", "  DADO DE BAJA"),
        ("#77", "    77  Ana López", "…4321  activo"),
        ("#305", "   305  ANA LOPEZ", "…4321  suspendido"),
    ]


def test_those_who_are_called_alike_are_told_apart(board: Switchboard) -> None:
    services = (Service(service_id=7, plan="Plan 50", price=Money(Decimal(300))),)
    client = replace(board.desk.caller(1).client, zone="Norte", services=services)
    people = [BOOK.get(77), BOOK.get(305), BOOK.get(4321)]
    book = PhoneBook([one for one in people if one is not None], {77: distinguished(client)})

    (first, *_) = _People(book).get_completions(Document("ana"), CompleteEvent())

    assert first.display_meta_text == "…4321  activo  Norte, Plan 50"
    assert alike(one for one in people if one is not None) == [77, 305]


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path) as found:
        yield found


@contextmanager
def called(board: Switchboard, *words: str) -> Iterator[Terminal]:
    """An agent takes a call at a terminal."""
    environ = {"BRIDGE_NOW": board.town.clock.now().isoformat()}
    config = str(board.folder / "config.yaml")
    with at_terminal("-c", config, "intake", "phone", "--by", "Luz", *words, environ=environ) as terminal:
        yield terminal


def test_a_call_at_a_terminal_from_the_first_letter_to_the_number(board: Switchboard) -> None:
    with called(board) as terminal:
        terminal.answer("Cliente:", "0003")
        terminal.answer("Cliente 3  …0003  activo", ENTER)
        terminal.answer("Tipo (c = otro cliente):", f"1{ENTER}")
        terminal.answer("Qué dice:", f"No navega{ENTER}")
        terminal.answer("¿Quedó resuelto", ENTER)
        code, screen = terminal.end()

    assert code == 0
    assert "TICKET   1 " in screen
    assert "Un técnico le llamará" in screen
    assert [ticket["asunto"] for ticket in board.tickets(3)] == ["Sin acceso a internet"]


def test_the_arrows_choose_among_several_and_what_is_open_is_continued(board: Switchboard) -> None:
    board.take(2)
    board.town.sync()
    board.town.sync(T0 + hours(3))

    with called(board) as terminal:
        terminal.answer("Cliente:", "cliente")
        terminal.answer("Cliente 5", DOWN + DOWN + ENTER)
        told = terminal.see("Continuar con")
        terminal.type(f"1{ENTER}")
        terminal.answer("Qué dice:", f"Sigue sin servicio{ENTER}")
        code, screen = terminal.end()

    assert "1. RC-1, ticket 1, Sin acceso a internet, nivel 2, desde 08:00" in told
    assert "Siguiente límite: 04/11 08:00\n" in told
    assert "Lo último, 11:00: su reporte pasó a nuestro equipo de nivel 2." in told
    assert (code, "Su número de reporte es RC-1" in screen) == (0, True)
    board.town.sync()
    assert "Sigue sin servicio" in board.tickets(2)[0]["mensajes"][-1]["contenido"]


def test_a_ticket_on_its_way_is_shown_before_another_is_opened(board: Switchboard) -> None:
    board.fault("drop_after")
    board.take(3)

    with called(board, "--client", "3") as terminal:
        told = terminal.see("¿Abrir otro?")
        terminal.type(ENTER)
        code, screen = terminal.end()

    assert "Se está abriendo: Sin acceso a internet, desde 08:00, todavía sin número" in told
    assert "Su reporte ya quedó registrado desde las 08:00 de hoy" in " ".join(screen.split())
    assert (code, "No quedó nada escrito." in screen) == (130, True)


def test_the_wrong_customer_is_left_for_another_and_the_call_goes_on_from_its_start(
    board: Switchboard,
) -> None:
    with called(board, "--at", "07:50") as terminal:
        terminal.answer("Cliente:", f"#99{ENTER}")
        terminal.see("El panel no tiene ningún cliente 99.")
        terminal.answer("Cliente:", f"#2{ENTER}")
        terminal.answer("Tipo (c = otro cliente):", f"c{ENTER}")
        terminal.answer("Cliente:", f"#3{ENTER}")
        terminal.answer("Tipo (c = otro cliente):", f"1{ENTER}")
        terminal.answer("Qué dice:", f"No navega{ENTER}")
        terminal.answer("¿Quedó resuelto", ENTER)
        code, screen = terminal.end()

    assert (code, "a más tardar a las 09:50 de hoy" in screen) == (0, True)
    assert (board.tickets(2), len(board.tickets(3))) == ([], 1)


def test_the_number_of_a_report_or_ticket_finds_the_customer(board: Switchboard) -> None:
    board.take(2)
    unread = board.take(4)
    board.store.snapshots.save_tickets([], T0)

    assert whose(board.store, f"ticket {unread.outcome.ticket_id}") == 4
    board.town.sync()
    for said in ("RC-1", "rc-1", "ticket 1", "Ticket #1", "reporte 1"):
        assert whose(board.store, said) == 2
    for said in ("1", "RC-9", "ticket 99", "ana", ""):
        assert whose(board.store, said) is None
    with typed(f"RC-1{ENTER}") as talk:
        assert talk.caller(BOOK, lambda text: whose(board.store, text)) == 2


def test_a_ticket_that_waits_for_a_person_is_shown_as_such(board: Switchboard) -> None:
    board.fault("refuse")
    board.take(3)

    with called(board, "--client", "3") as terminal:
        told = terminal.see("¿Abrir otro?")
        terminal.type(CTRL_C)
        terminal.end()

    assert "Pendiente de abrirse a mano: Sin acceso a internet, desde 08:00, todavía sin número" in told


def test_what_is_closed_while_the_agent_writes_becomes_a_ticket_of_its_own(board: Switchboard) -> None:
    board.take(3)
    board.town.sync()

    with called(board, "--client", "3") as terminal:
        terminal.answer("Continuar con", f"1{ENTER}")
        terminal.see("Qué dice:")
        board.town.staff("close", T0, ticket=1)
        board.town.sync()
        terminal.type(f"Sigue sin servicio{ENTER}")
        code, screen = terminal.end()

    assert "El ticket 1 se cerró mientras tanto: se abre otro." in screen
    assert (code, "TICKET   2 " in screen, "sigue con su ticket 1" in screen) == (0, True, True)
    assert [ticket["asunto"] for ticket in board.tickets(3)] == ["Sin acceso a internet"] * 2


def test_a_fault_that_ended_is_shown_before_anything_is_asked(board: Switchboard) -> None:
    board.take(3, solved=True)
    board.town.at(T0 + hours(0.5))

    with called(board, "--client", "3") as terminal:
        told = terminal.see("Tipo (c = otro cliente):")
        terminal.type(CTRL_C)
        terminal.end()

    assert "Cerrado a las 08:00 de hoy (hace 30 min): ticket 1, Sin acceso a internet" in told


def test_ctrl_c_before_the_write_leaves_nothing(board: Switchboard) -> None:
    with called(board, "--client", "3", "--kind", "no_access") as terminal:
        terminal.answer("Qué dice:", f"No navega{ENTER}")
        terminal.answer("¿Quedó resuelto", CTRL_C)
        code, screen = terminal.end()

    assert (code, "No quedó nada escrito." in screen) == (130, True)
    assert board.tickets(3) == []
    assert board.store.outbox.counts() == {}


def test_ctrl_c_while_the_panel_is_slow_tells_what_is_known(board: Switchboard) -> None:
    board.fault("slow", ms=4000)
    with called(board, "--client", "3", "--kind", "no_access", "--text", "No navega") as terminal:
        terminal.see("Abriendo el ticket...")
        _until_asked(board)
        terminal.type(CTRL_C)
        code, screen = terminal.end()

    assert (code, "Se interrumpió mientras se abría." in screen, "by hand" in screen) == (3, True, False)
    board.settle()
    assert len(board.tickets(3)) == 1


def test_impatient_keys_open_one_ticket(board: Switchboard) -> None:
    board.fault("slow", ms=500)
    with called(board, "--client", "3", "--kind", "no_access") as terminal:
        terminal.answer("Qué dice:", f"No navega{ENTER}{ENTER}{ENTER}{ENTER}")
        code, _ = terminal.end()

    board.settle()
    assert (code, len(board.tickets(3))) == (0, 1)


def test_a_customer_who_has_left_is_asked_about(board: Switchboard) -> None:
    board.town.staff("retire_customer", customer=4)

    with called(board, "--client", "4") as terminal:
        terminal.answer("DADO DE BAJA. ¿Abrir un ticket de todos modos?", ENTER)
        code, screen = terminal.end()

    assert (code, "No quedó nada escrito." in screen) == (130, True)


def _until_asked(board: Switchboard) -> None:
    """Wait until the panel has been asked to open a ticket."""
    for _ in range(5000):
        faults: list[dict[str, Any]] = board.town.panel.control("faults")["faults"]
        if any(fault["fired"] for fault in faults):
            return
    raise AssertionError("nobody asked the panel")
