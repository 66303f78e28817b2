"""Everything over HTTP alone: with the panel's extension commands, and without them by the worklist."""

from __future__ import annotations

import shutil
from pathlib import Path

from bridge.domain.intents import PushKind
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import ROOT

ASKED = (0, 1, 3, 4, 49, 50, 73, 97, 98)


def play(place: Town) -> int:
    ticket = place.ticket(1, T0)
    for at in ASKED:
        place.sync(T0 + hours(at))
    return ticket


def test_extension_commands_carry_status_technician_note_and_credit(
    tmp_path: Path, extended_mappings: Path
) -> None:
    """L-1, L-3, L-5, C-11: no database, no person; every push is read back over HTTP."""
    with town(tmp_path, customers=2, read="api", http_only=True, mappings=extended_mappings) as place:
        place.panel.control("switches", {"extension": True})

        ticket = play(place)
        place.bill()
        place.sync(T0 + hours(99))

        [row] = place.panel.control("dump", {"customer": 1, "sections": ["tickets"]})["tickets"]
        assert (row["dp"], row["idsoporte"]) == (5, 31)
        replies = [message["contenido"] for message in row["mensajes"][1:]]
        assert [marker in reply for marker, reply in zip(("/N2]", "/N3]"), replies, strict=True)] == [
            True
        ] * 2
        assert [str(amount) for amount, _ in place.balances(1)] == ["-300.00"]
        [line] = place.lines(ticket)
        assert (line.status, line.invoice_ids) == ("invoiced", (place.invoices(1)[0]["id"],))
        assert {row.state for row in place.store.outbox.in_states(*PushState)} == {PushState.VERIFIED}
        assert place.store.worklist.open_lines() == []


def test_without_extension_a_person_gets_the_work_and_the_credit_is_found_on_the_invoice(
    tmp_path: Path,
) -> None:
    """C-11: the worklist says what to do; the marker on the invoice ticks the credit off by itself."""
    with town(tmp_path, customers=1, read="api", http_only=True) as place:
        ticket = play(place)
        [work] = [line for line in place.store.worklist.open_lines() if line.kind == PushKind.CREDIT]
        text = work.text.partition("descripción: ")[2]
        place.staff("add_saldo", customer=1, amount="-300.00", text=text)
        place.bill()

        place.sync(T0 + hours(99))

        [line] = place.lines(ticket)
        assert (line.status, line.invoice_ids) == ("invoiced", (place.invoices(1)[0]["id"],))
        left = {line.kind for line in place.store.worklist.open_lines()}
        assert PushKind.CREDIT not in left


def test_overtaken_manual_work_leaves_the_worklist(tmp_path: Path) -> None:
    """L-7: only the latest department and technician are asked for; a closed ticket asks for nothing."""
    with town(tmp_path, customers=1, read="api", http_only=True) as place:
        ticket = play(place)
        asked = sorted(line.kind for line in place.store.worklist.open_lines())

        place.staff("close", ticket=ticket, reason="listo")
        place.sync(T0 + hours(100))

        assert asked == ["assign", "credit", "note", "note", "set_status"]
        assert [line.kind for line in place.store.worklist.open_lines()] == ["credit"]


def test_the_list_of_customers_may_come_from_the_database(tmp_path: Path) -> None:
    """A panel without GetAllClients, whose database may be read: tickets still come over the API."""
    folder = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    file = folder / "commands.yaml"
    file.write_text(file.read_text().replace("source: api", "source: database"))
    with town(tmp_path, customers=3, read="api", mappings=folder) as place:
        place.panel.control("switches", {"get_all_clients": False})
        ticket = place.ticket(3, T0)

        report = place.sync(T0 + hours(1))

        assert report.clients_polled == 3
        assert place.store.incidents.by_ticket(ticket) is not None
