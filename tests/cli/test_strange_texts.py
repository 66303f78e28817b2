"""What customers, staff and the panel write is shown as words, and gets into no text of the bridge."""

from __future__ import annotations

import json

import pytest

from .conftest import Isp
from .test_billing_desk import SIGNED

# A terminal would clear itself, turn the direction of writing and print red; rich would draw a picture.
EVIL = "Sin <b>internet</b> \x1b[2J\x9b31m\u202e[red]rojo[/red] :smile: =1+1 EVIL"
OBEYED = set(map(chr, [*range(10), *range(11, 32), *range(127, 160), 0x202E]))

COMMANDS = (
    ("sync",),
    ("sync", "--dry-run"),
    ("plan",),
    ("doctor",),
    ("tickets", "list"),
    ("tickets", "show", "1"),
    ("tickets", "show", "1", "--receipt"),
    ("credits", "list", "--all"),
    ("credits", "export", "--all", "--history"),
    ("work", "list"),
    ("outbox", "list", "--all"),
    ("replay",),
    ("fact", EVIL, "severe", "--by", EVIL),
    ("tickets", "show", EVIL),
    ("credits", "approve", EVIL, *SIGNED),
)


@pytest.fixture
def town(isp_by_both: Isp) -> Isp:
    """A customer of strange words, whose fault has climbed to a month's credit."""
    isp = isp_by_both
    isp.panel.control("seed", {"customers": [{"id": 60, "nombre": EVIL, "services": [{"price": "300.00"}]}]})
    ticket = isp.ticket(60, subject=EVIL, body=EVIL)
    assert ticket == 1
    isp.staff("reply", ticket=ticket, text=EVIL)
    for hours in (3, 50, 97):
        isp.sync(hours)
    isp("fact", ticket, "contact", "--by", "Ana", "--note", EVIL)
    isp("credits", "hold", "RC-1/C1", "--by", "Ana", "--reason", EVIL)
    return isp


def test_no_command_lets_a_terminal_obey(town: Isp) -> None:
    for command in COMMANDS:
        for form in ((), ("--format", "json")):
            result = town(*command, *form)
            assert set(result.out + result.err) & OBEYED == set(), (command, form)


def test_what_a_faulty_panel_says_is_no_command_to_a_terminal(isp_over_api: Isp) -> None:
    isp = isp_over_api
    broken = isp.ticket(1, subject=EVIL)
    isp.panel.control(
        "faults", {"kind": "broken_record", "command": "ListTicket", "id": broken, "times": None}
    )

    result = isp("sync")

    assert result.code == 3
    assert set(result.out + result.err) & OBEYED == set()


def test_a_customers_words_get_into_no_text_of_the_bridge(town: Isp) -> None:
    """Neither into pushes nor, by them, into the panel's HTML and invoices, nor into the letter."""
    town.panel.control("billing", {"customers": [60], "force": True})
    town.sync(98)
    pushes = town("outbox", "list", "--all", "--format", "json").json
    for push in pushes:
        push.pop("reason")  # it is not sent, and may be a person's
    dump = town.panel.control("dump", {"sections": ["saldos", "invoices"], "customer": 60})

    assert len(pushes) > 2
    assert "EVIL" not in json.dumps([pushes, dump])
    assert "EVIL" not in town("tickets", "show", 1, "--receipt").out
