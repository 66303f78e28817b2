"""Trouble on the way to the panel: whatever happens to one push, it stands there once in the end."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import AccessRefused, GuardStopped, PanelUnreachable, PanelUnusable
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town

WRITES = {
    "close": "CloseTicket",
    "status": "UpdateTicket",
    "note": "ReplyTicket",
    "credit": "NewBalance",
}
FAULTS: dict[str, dict[str, Any]] = {
    "dropped before it was applied": {"kind": "drop_before"},
    "dropped after it was applied": {"kind": "drop_after"},
    "a server error, not applied": {"kind": "http500"},
    "a server error, applied": {"kind": "http502", "applied": True},
    "HTML, applied": {"kind": "html200", "applied": True},
    "empty, not applied": {"kind": "empty200"},
}


def assert_all_stand_once(place: Town, ticket: int) -> None:
    [row] = place.panel.control("dump", {"customer": 1, "sections": ["tickets"]})["tickets"]
    texts = [message["contenido"] for message in row["mensajes"]]
    assert sum("/N2]" in text for text in texts) == 1
    assert (row["dp"], row["idsoporte"], row["estado"]) == (5, 31, "cerrado")
    assert row["motivo_cierre"].count("/F]") == 1
    assert [str(amount) for amount, _ in place.balances(1)] == ["-300.00"]
    assert [line.status for line in place.lines(ticket)] == ["posted"]
    states = {row.state for row in place.store.outbox.in_states(*PushState)}
    assert states <= {PushState.VERIFIED, PushState.DISCARDED}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("command", WRITES.values(), ids=WRITES)
def test_a_lost_or_broken_answer_to_a_write_over_http(
    tmp_path: Path, extended_mappings: Path, command: str, fault: dict[str, Any]
) -> None:
    """In doubt is looked for by its marker first; nothing is sent twice, nothing is lost."""
    routes = ", close: [api], note: [api], credit: [api]"
    with town(
        tmp_path, customers=1, read="api", routes=routes, http_only=True, mappings=extended_mappings
    ) as place:
        place.panel.control("switches", {"extension": True})
        place.panel.control("faults", {"command": command, "times": 1, **fault})
        ticket = place.ticket(1, T0)
        for at in (0, 3, 3.5, 4, 49, 49.5, 50, 97, 97.5):
            place.sync(T0 + hours(at))
        place.staff("tag", T0 + hours(98), ticket=ticket, text="#resuelto", operator=31)
        resolve(place, ticket)
        for at in (98.5, 99, 99.5, 100):
            place.sync(T0 + hours(at))

        assert [fault["fired"] for fault in place.panel.control("faults", {})["faults"]] == [1]
        assert_all_stand_once(place, ticket)


def resolve(place: Town, ticket: int) -> None:
    """Over the API no message is trusted, so staff say it to the bridge."""
    from bridge.domain.events import Event, EventKind  # noqa: PLC0415 - only here

    at = T0 + hours(98)
    place.store.events.append(
        [
            Event(
                key=f"fact:{ticket}",
                kind=EventKind.RESOLVED,
                client_id=1,
                ticket_id=ticket,
                at=at,
                seen_at=at,
                source="person:Ana",
            )
        ]
    )
    place.store.incidents.touch(1, at)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "token_lost"}, AccessRefused),
        ({"kind": "html200"}, PanelUnusable),
        ({"kind": "empty200"}, PanelUnusable),
        ({"kind": "drop_before"}, PanelUnreachable),
        ({"kind": "http503"}, PanelUnreachable),
        ({"kind": "shrunken_list", "command": "GetAllClients", "fraction": 0.5}, GuardStopped),
    ],
    ids=["token refused", "HTML", "empty", "no connection", "server error", "half the customers"],
)
def test_a_panel_that_cannot_be_read_stops_the_cycle_before_any_push(
    tmp_path: Path, fault: dict[str, Any], error: type[Exception]
) -> None:
    """Exit 2: nothing is pushed, nothing is learnt, and the next cycle goes on."""
    with town(tmp_path, customers=20, read="api") as place:
        place.sync()
        place.ticket(1, T0 + hours(1))
        place.panel.control("faults", {"times": None, **fault})

        with pytest.raises(error) as caught:
            place.sync(T0 + hours(2))

        assert caught.value.exit_code == 2
        assert place.store.outbox.in_states(*PushState) == []
        place.panel.control("faults/clear", {})
        assert place.sync(T0 + hours(3)).exit_code == 0
        assert place.store.incidents.by_ticket(1) is not None


def test_one_broken_record_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Exit 3 while it lasts; the line goes away when the record can be read again."""
    with town(tmp_path, customers=3, read="api") as place:
        tickets = [place.ticket(number, T0) for number in (1, 2, 3)]
        place.panel.control(
            "faults",
            {"kind": "broken_record", "command": "ListTicket", "match": {"idcliente": 2}, "times": 1},
        )

        first, second = place.sync(T0 + hours(1)), place.sync(T0 + hours(2))

        assert (first.exit_code, second.exit_code) == (3, 0)
        assert [place.store.incidents.by_ticket(ticket) is not None for ticket in tickets] == [True] * 3
        assert place.store.worklist.open_lines() == []


@pytest.mark.parametrize("kind", ["broken_record", "refuse"])
def test_nothing_is_decided_about_a_ticket_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    """It may have been closed long ago: no step and no money until it is seen again."""
    with town(tmp_path, customers=2, read="api") as place:
        hidden, other = place.ticket(1, T0), place.ticket(2, T0)
        place.sync(T0 + hours(1))
        fault = {"kind": kind, "command": "ListTicket", "match": {"idcliente": 1}, "times": None}
        place.panel.control("faults", fault)
        place.staff("close", T0 + hours(3), ticket=hidden)
        for at in (2.5, 50, 99):
            assert place.sync(T0 + hours(at)).exit_code == 3

        assert (place.lines(hidden), [line.status for line in place.lines(other)]) == ([], ["posted"])
        place.panel.control("faults/clear", {})
        assert place.sync(T0 + hours(100)).exit_code == 0
        assert [line.reason for line in place.lines(hidden)] == ["below_threshold"]
        assert place.balances(1) == []


def test_what_was_said_while_a_ticket_could_not_be_read_is_caught_up_with(tmp_path: Path) -> None:
    """The customer is decided about again as soon as the record is whole."""
    with town(tmp_path, customers=1, read="api") as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.panel.control(
            "faults", {"kind": "broken_record", "command": "ListTicket", "match": {"idcliente": 1}}
        )
        resolve(place, ticket)
        first, second = place.sync(T0 + hours(98)), place.sync(T0 + hours(98.1))

        assert (first.decisions, first.exit_code, second.exit_code) == ({}, 3, 0)
        assert [str(amount) for amount, _ in place.balances(1)] == ["-300.00"]


@pytest.mark.parametrize("read", ["api", "database"])
def test_a_ticket_moved_to_another_customer_ends_for_its_first_one(tmp_path: Path, read: str) -> None:
    """Nobody is paid for a ticket that is no longer theirs; a person is told what to do."""
    with town(tmp_path, customers=2, read=read) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        with sqlite3.connect(tmp_path / "panel.db") as panel:
            panel.execute("UPDATE soporte SET idcliente = 2 WHERE id = ?", (ticket,))
        panel.close()
        for at in (2, 80, 100):
            place.sync(T0 + hours(at))

        row = place.store.incidents.by_ticket(ticket)
        assert row is not None
        assert row.ended_at == T0 + hours(1)
        assert place.balances(1) == place.balances(2) == []
        assert [line.kind for line in place.store.worklist.open_lines()] == ["moved"]


def test_reading_falls_back_to_the_next_route(tmp_path: Path) -> None:
    """A panel database that is away is noted, and the API is read."""
    with town(tmp_path, customers=1, read="database, api") as place:
        ticket = place.ticket(1, T0)
        (tmp_path / "panel.db").rename(tmp_path / "away.db")

        report = place.sync(T0 + hours(1))

        assert place.store.incidents.by_ticket(ticket) is not None
        assert [note.partition(" failed")[0] for note in report.notes][:1] == ["reading by database"]
        assert report.pushed["retry"] == 1  # the technician waits for the database
