"""Portal, mail and telephone: the same fault of the same moment has the same ladder and credit (I-4)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from bridge.cli.main import main
from bridge.desk.calls import Said
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, CARO, PostOffice

CUSTOMERS = {ANA: "portal", BETO: "mail", CARO: "phone"}
TOLD = "Sin internet desde la mañana"


def reported(post: PostOffice) -> dict[int, int]:
    """Let three customers report the same at 8:00, each by a door of their own; return their tickets."""
    town = post.town
    town.sync(T0 - hours(0.1))
    town.ticket(ANA, T0, subject="Sin acceso a internet", body=TOLD)
    post.deliver(post.letter(BETO, "Sin acceso a internet", TOLD), T0)
    town.at(T0 + hours(0, 240))  # the agent listens for four minutes before the ticket is opened
    desk = post.bridge.call_desk(town.store, post.loaded)
    caller = desk.caller(CARO)
    desk.take(
        Said(client=caller.client, began_at=T0, by="Luz", words=TOLD, kind="no_access", service_id=None)
    )
    town.at(T0 + hours(0.25))
    post.read()
    town.sync()
    town.sync(T0 + hours(0.3))
    return {ticket["idcliente"]: ticket["id"] for ticket in post.tickets()}


def lived(post: PostOffice, tickets: dict[int, int]) -> None:
    """The same work on all three: a call at 1 h, a visit fixed at 30 h and not made, closed after 80 h."""
    for after, text in ((1, "#sin-solucion"), (30, "#visita 04/11 8:00"), (49, "#visita-fallida")):
        for ticket in tickets.values():
            post.town.staff("tag", T0 + hours(after), ticket=ticket, text=text, operator=31)
        post.town.sync(T0 + hours(after, 60))
    post.town.sync(T0 + hours(75))
    for ticket in tickets.values():
        post.town.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
    post.town.sync(T0 + hours(80.1))
    post.town.bill()
    post.town.sync(T0 + hours(80.2))


def shown(post: PostOffice, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    assert main(["-c", str(post.folder / "config.yaml"), *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("how", ["post", "post_by_api"])
def test_i_4_the_door_changes_nothing(
    how: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    post: PostOffice = request.getfixturevalue(how)
    tickets = reported(post)
    assert set(tickets) == set(CUSTOMERS)
    lived(post, tickets)

    details = {
        customer: json.loads(shown(post, capsys, "tickets", "show", str(ticket), "--format", "json"))
        for customer, ticket in tickets.items()
    }
    assert {customer: one["channel"] for customer, one in details.items()} == CUSTOMERS
    for one in details.values():
        assert datetime.fromisoformat(one["opened_at"]) == T0
    ladders = {
        customer: [
            (decision["rule"], decision["because"], decision["at"])
            for decision in one["decisions"]
            if not decision["subject"].startswith("assign")
        ]
        for customer, one in details.items()
    }
    assert ladders[BETO] == ladders[CARO] == ladders[ANA]
    assert len(ladders[ANA]) > 4

    credited = {
        customer: [(line.type, str(line.amount), line.days, line.status) for line in post.town.lines(ticket)]
        for customer, ticket in tickets.items()
    }
    assert credited[BETO] == credited[CARO] == credited[ANA]
    assert [(kind, amount) for kind, amount, _, _ in credited[ANA]] == [("days", "40.00")]

    for customer, ticket in tickets.items():
        [line] = post.town.lines(ticket)
        numbers = {"ticket": ticket, "invoice": next(iter(line.invoice_ids), None)}
        receipt = shown(post, capsys, "tickets", "show", str(ticket), "--receipt")
        assert receipt == expected(how).format(**numbers), CUSTOMERS[customer]


def expected(how: str) -> str:
    """The letter in three_doors.md."""
    parts = (Path(__file__).parent / "three_doors.md").read_text().split("\n## ")
    [letter] = [part.partition("\n")[2] for part in parts if part.startswith(f"{how}:")]
    return letter.strip("\n") + "\n"
