"""What reaches a terminal: plain text at most 100 columns wide, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bridge.cli.render import clean
from tests.servers import ROOT

from .conftest import Isp

EVIL = "Sin internet \x1b[31m[red]rojo[/red] \x9b2J\u202eoculto :smile:"


def test_a_customers_words_are_shown_as_words(isp: Isp) -> None:
    ticket = isp.ticket(subject=EVIL)
    isp.sync(1)

    shown = isp("tickets", "show", ticket).out

    assert "[red]rojo[/red]" in shown
    assert ":smile:" in shown
    assert not set(shown) & set("\x1b\x9b\u202e")


def test_json_holds_them_exactly_and_escaped(isp: Isp) -> None:
    ticket = isp.ticket(subject=EVIL)
    isp.sync(1)

    result = isp("tickets", "show", ticket, "--format", "json")

    assert "[red]rojo[/red]" in result.json["subject"]
    assert not set(result.out) & set("\x1b\x9b\u202e")


def test_control_characters_become_marks_and_lines_become_one() -> None:
    assert clean("a\nb\tc\x07d\u2028e") == "a b c\ufffdd e"


def test_tables_fit_and_carry_no_colour(isp: Isp) -> None:
    for customer in range(1, 6):
        isp.ticket(customer, subject="Internet muy lento")
    isp.sync(97)

    for command in (
        ("tickets", "list"),
        ("tickets", "show", 1),
        ("credits", "list"),
        ("work", "list"),
        ("outbox", "list", "--all"),
        ("plan",),
    ):
        shown = isp(*command).out
        assert max(map(len, shown.splitlines())) <= 100, command
        assert "\x1b" not in shown
    assert "level_1_contact, level_2_call" in isp("tickets", "list").words.replace("_ ", "_")


def test_a_receipt_can_be_read(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.sync(97)
    isp.panel.control("billing", {"customers": [1], "force": True})
    isp.sync(98)

    shown = isp("tickets", "show", f"RC-{ticket}").words

    for words in (
        f"Ticket {ticket} · RC-{ticket} · no_access · open",
        "customer 1, service 1, level 3, severe, technician 31",
        "promises broken: level_1_contact, level_2_call",
        "L-5 severe no visit was fixed in time: 2026-11-02 08:00 + 48:00:00",
        f"RC-{ticket}/C1 month 300.00 MXN invoiced (month)",
        "monthly price 300.00",
        f"credit verified customer 1: -300.00 MXN, Bonificación de un mes de servicio, reporte RC-{ticket}",
        "on invoice 1",
    ):
        assert words in shown


def test_a_reader_who_goes_away_is_no_fault(isp: Isp) -> None:
    isp.ticket()
    isp.sync(97)
    reader, writer = os.pipe()
    os.close(reader)

    try:
        done = subprocess.run(
            [sys.executable, "-m", "bridge", "-c", str(isp.config), "tickets", "show", "1"],
            cwd=ROOT,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)

    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "BRIDGE_NOW" not in line] == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_the_letters_still_gets_an_answer(isp: Isp, encoding: str) -> None:
    ticket = isp.ticket(subject="Internet caído ñandú")
    isp.sync(97)

    def shown(*options: str) -> str:
        command = [
            sys.executable,
            "-m",
            "bridge",
            "-c",
            str(isp.config),
            "tickets",
            "show",
            str(ticket),
            *options,
        ]
        environ = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=True)
        return done.stdout.decode(encoding)

    assert f"RC-{ticket}" in shown()
    assert json.loads(shown("--format", "json"))["subject"] == "Internet caído ñandú"
