"""docs/phone.md and the README show a call as it is: what stands there is played at a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from tests.acceptance.town import T0, hours
from tests.intake.phones import Switchboard, switchboard
from tests.intake.terminal import ENTER, at_terminal
from tests.servers import ROOT

DOCUMENT, README = ROOT / "docs" / "phone.md", ROOT / "README.md"
ANA, OTHER = 77, 305
_MARK = re.compile(r"TEL-[0-9a-f]{16}")
# What is typed comes back from the terminal in pieces of any size.
_TYPED = re.compile(r"^((?:Cliente|Tipo [^:]*|Qué dice|Continuar con [^:]*):) \S.*$", re.MULTILINE)
_BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def lines(text: str) -> list[str]:
    """The lines that say something, without their ends, the marks of the day and what was typed."""
    shown = _TYPED.sub(r"\1", _MARK.sub("TEL-...", text))
    return [line.rstrip() for line in shown.splitlines() if line.strip()]


def test_every_line_of_the_dialogue_is_shown_at_a_terminal(tmp_path: Path) -> None:
    with switchboard(tmp_path) as board:
        seed(board)
        seen = [
            *first_call(board),
            *second_call(board),
            *failing_again(board),
            *call_without_an_answer(board),
        ]

    blocks = _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    blocks += [block for block in _BLOCK.findall(README.read_text(encoding="utf-8")) if "TICKET" in block]
    told = [line for block in blocks for line in lines(block)]
    assert len(told) > 30
    assert [line for line in told if line not in seen] == []


def seed(board: Switchboard) -> None:
    """Two who are called alike, in a panel that has given out 1200 numbers."""
    people = [
        {"id": ANA, "nombre": "Ana María López Núñez", "movil": "5512344321", "telefono": "4449991111"},
        {"id": OTHER, "nombre": "ANA LOPEZ", "movil": "8112223344", "telefono": ""},
    ]
    past = {"id": 1200, "customer": 1, "at": T0.isoformat(), "subject": "Sin internet"}
    board.town.panel.control(
        "seed", {"customers": [{"price": "349.00", **one} for one in people], "tickets": [past]}
    )
    board.town.sync(T0 + hours(2.5))


def first_call(board: Switchboard) -> list[str]:
    answers = [
        ("Cliente:", "ana lop"),
        ("ANA LOPEZ", " nun"),
        ("Ana María López", ENTER),
        ("Tipo (c", f"1{ENTER}"),
        ("Qué dice:", f"No navega desde anoche, luz roja en el equipo{ENTER}"),
        ("¿Quedó resuelto", ENTER),
    ]
    return play(board, answers)


def second_call(board: Switchboard) -> list[str]:
    board.town.sync(T0 + hours(2.6))
    board.town.sync(T0 + hours(5))
    answers = [
        ("Cliente:", "4321"),
        ("Ana María López", ENTER),
        ("Continuar con", f"1{ENTER}"),
        ("Qué dice:", f"Sigue igual, pregunta por la visita{ENTER}"),
    ]
    return play(board, answers)


def failing_again(board: Switchboard) -> list[str]:
    board.town.staff("close", T0 + hours(6), ticket=1201)
    board.town.sync(T0 + hours(6.1))
    board.town.at(T0 + hours(7))
    answers = [
        ("Tipo (c", f"1{ENTER}"),
        ("Qué dice:", f"Se volvió a ir{ENTER}"),
        ("¿Quedó resuelto", ENTER),
    ]
    return play(board, answers, "--client", str(ANA))


def call_without_an_answer(board: Switchboard) -> list[str]:
    board.fault("drop_after")
    words = ("--client", str(OTHER), "--kind", "no_access", "--text", "No navega")
    return play(board, [], *words)


def play(board: Switchboard, answers: list[tuple[str, str]], *words: str) -> list[str]:
    """Take a call; return every line that was shown."""
    environ = {"BRIDGE_NOW": board.town.clock.now().isoformat()}
    config = str(board.folder / "config.yaml")
    seen: list[str] = []
    with at_terminal("-c", config, "intake", "phone", "--by", "Luz", *words, environ=environ) as terminal:
        for question, keys in answers:
            seen += lines(terminal.see(question))
            terminal.type(keys)
        _, screen = terminal.end()
    return [*seen, *lines(screen)]
