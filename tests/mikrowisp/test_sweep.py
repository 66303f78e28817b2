"""Who is polled when, what one read holds, and what fails it as a whole (rule I-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from bridge.domain.intents import Route
from bridge.domain.reading import Wanted
from bridge.domain.records import Author, Client
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable
from bridge.mikrowisp.customers import ClientList
from bridge.mikrowisp.sweep import ApiReader
from tests.mikrowisp.panels import NOW, Panel, client, done, error, panel_api, ticket, tickets

MINUTE = timedelta(minutes=1)
NONE = error("No existen tickets para el cliente indicado.")


def reader(sweep: int = 30, every: int = 5, **settings: Any) -> ApiReader:
    return ApiReader(
        panel_api(departments={"soporte tecnico": 1}),
        concurrency=settings.pop("concurrency", 4),
        sweep=sweep * MINUTE,
        every=every * MINUTE,
        **settings,
    )


def plays(
    panel: Panel,
    records: dict[int, Any] | None = None,
    listed: list[dict[str, Any]] | None = None,
    details: dict[int, Any] | None = None,
) -> None:
    """A panel with these answers to ListTicket, this list, and these details, by customer."""
    rows = listed or []

    def page(body: dict[str, Any]) -> dict[str, Any]:
        words = ("ACTIVO", "SUSPENDIDO", "RETIRADO")[body["estado"]]
        shown = [row for row in rows if row["estado"] == words] if body["pagina"] < 2 else []
        return done(clientes=shown)

    panel.plays(
        {
            "GetAllClients": page,
            "ListTicket": lambda body: (records or {}).get(body["idcliente"], NONE),
            "GetClientsDetails": lambda body: (details or {}).get(
                body["idcliente"], done(datos=[client(body["idcliente"])])
            ),
        }
    )


def polled(panel: Panel) -> list[int]:
    return [body["idcliente"] for body in panel.asked("ListTicket")]


def short(number: int, **changes: Any) -> dict[str, Any]:
    row = client(number, **changes)
    del row["servicios"]
    return row


def test_first_read_walks_the_list_and_polls_everybody_but_the_retired(panel: Panel) -> None:
    listed = [client(1), client(2, estado="SUSPENDIDO"), client(3, estado="RETIRADO")]
    plays(panel, {2: tickets(ticket(9, 2))}, listed)

    reading = reader().read(Wanted(now=NOW))

    assert reading.route is Route.API
    assert reading.client_ids == {1, 2, 3}
    assert reading.client_count == 3
    assert reading.polled == {1, 2}
    assert [one.ticket_id for one in reading.tickets] == [9]
    assert [one.client_id for one in reading.clients] == [1, 2, 3]
    assert reading.panel_time == datetime(2026, 2, 3, 16, 0, 2, tzinfo=UTC)
    assert reading.calls == len(panel.requests)
    assert reading.broken == ()


def test_messages_have_no_author_and_no_time(panel: Panel) -> None:
    plays(panel, {1: tickets(ticket(9, 1))}, [client(1)])

    (shown,) = reader().read(Wanted(now=NOW)).tickets

    assert [(said.author, said.at) for said in shown.messages] == [(Author.UNKNOWN, None)]
    assert (shown.department_id, shown.technician_id) == (1, None)


def test_only_those_due_before_the_next_cycle_are_polled_oldest_first(panel: Panel) -> None:
    plays(panel)
    known = {
        1: NOW - 24 * MINUTE,  # would be 29 minutes old at the next cycle
        2: NOW - 25 * MINUTE,
        3: NOW - 26 * MINUTE,
        4: None,
        5: NOW,
    }

    reading = reader(concurrency=1).read(Wanted(now=NOW, known_clients=known, list_read_at=NOW))

    assert polled(panel) == [4, 3, 2]
    assert reading.client_ids is None
    assert reading.client_count is None
    assert panel.asked("GetAllClients") == []


def test_second_cycle_right_after_makes_only_the_calls_it_needs(panel: Panel) -> None:
    plays(panel, {7: tickets(ticket(9, 7))})
    known = dict.fromkeys(range(1, 601), NOW - 5 * MINUTE)
    wanted = Wanted(
        now=NOW,
        known_clients=known,
        list_read_at=NOW - 5 * MINUTE,
        urgent=frozenset({7}),
        known_open={9: 7},
        last_ticket_id=9,
        priced=frozenset({7}),
    )

    reading = reader().read(wanted)

    assert reading.calls == 1
    assert reading.polled == {7}


def test_sweep_of_zero_reads_everybody_every_cycle(panel: Panel) -> None:
    plays(panel, listed=[client(1), client(2)])
    wanted = Wanted(now=NOW, known_clients={1: NOW, 2: NOW}, list_read_at=NOW)

    assert reader(sweep=0).read(wanted).polled == {1, 2}


def test_list_is_walked_again_when_it_is_due(panel: Panel) -> None:
    plays(panel, listed=[client(1)])

    def read(age: int) -> bool:
        wanted = Wanted(now=NOW, known_clients={1: NOW}, list_read_at=NOW - age * MINUTE)
        return reader().read(wanted).client_ids is not None

    assert [read(24), read(25), read(26)] == [False, True, True]


def test_retired_customers_are_polled_only_when_urgent(panel: Panel) -> None:
    plays(panel)
    wanted = Wanted(
        now=NOW,
        known_clients={1: None, 2: None, 3: None},
        list_read_at=NOW,
        retired=frozenset({2, 3}),
        urgent=frozenset({3}),
    )

    assert reader().read(wanted).polled == {1, 3}


def test_urgent_customer_who_is_not_in_a_fresh_list_is_read(panel: Panel) -> None:
    plays(panel, listed=[client(1)], details={8: error("No existe el cliente")})

    reading = reader().read(Wanted(now=NOW, urgent=frozenset({8})))

    assert reading.polled == {1, 8}
    assert reading.client_ids == {1}


def test_customer_who_slipped_between_two_lists_is_asked_for_by_id(panel: Panel) -> None:
    plays(panel, listed=[client(1)], details={2: done(datos=[client(2, estado="SUSPENDIDO")])})
    wanted = Wanted(now=NOW, known_clients={1: None, 2: None})

    reading = reader().read(wanted)

    assert reading.client_ids == {1, 2}
    assert reading.polled == {1, 2}


def test_customer_who_is_really_gone_is_gone(panel: Panel) -> None:
    plays(panel, listed=[client(1)], details={2: done(datos=[])})

    assert reader().read(Wanted(now=NOW, known_clients={1: None, 2: None})).client_ids == {1}


def test_list_that_shrank_is_left_to_the_guard(panel: Panel) -> None:
    plays(panel, listed=[client(1)])

    reading = reader().read(Wanted(now=NOW, known_clients=dict.fromkeys(range(1, 11))))

    assert reading.client_count == 1
    assert panel.asked("GetClientsDetails") == []


@pytest.mark.parametrize(
    ("state", "last_ticket_id", "priced", "asked"),
    [
        ("abierto", 9, False, True),
        ("abierto", 9, True, False),
        ("cerrado", 9, False, False),
        ("cerrado", 8, False, True),
    ],
)
def test_prices_are_read_for_tickets_that_matter(
    panel: Panel, state: str, last_ticket_id: int, priced: bool, asked: bool
) -> None:
    plays(panel, {1: tickets(ticket(9, 1, estado=state))}, [short(1)])
    wanted = Wanted(now=NOW, last_ticket_id=last_ticket_id, priced=frozenset({1}) if priced else frozenset())

    (shown,) = reader().read(wanted).clients

    assert bool(panel.asked("GetClientsDetails")) is asked
    assert (shown.services is not None) is asked


def test_services_in_the_list_save_the_detail(panel: Panel) -> None:
    plays(panel, {1: tickets(ticket(9, 1))}, [client(1)])

    reader().read(Wanted(now=NOW))

    assert panel.asked("GetClientsDetails") == []


def test_customer_with_a_broken_ticket_is_not_polled_and_his_other_tickets_are_given(panel: Panel) -> None:
    plays(panel, {1: tickets(ticket(8, 1), ticket(9, 1, fecha_soporte="ayer"))}, [client(1), client(2)])

    reading = reader().read(Wanted(now=NOW))

    assert reading.polled == {2}
    assert [one.ticket_id for one in reading.tickets] == [8]
    assert [one.subject for one in reading.broken] == ["ticket 9"]


def test_customer_whose_tickets_are_refused_is_set_aside(panel: Panel) -> None:
    plays(panel, {1: error("Registro dañado")}, [client(1), client(2)])

    reading = reader().read(Wanted(now=NOW))

    assert reading.polled == {2}
    assert [(one.subject, one.client_id) for one in reading.broken] == [("client 1", 1)]


@pytest.mark.parametrize("answer", ["<html>Fatal</html>", "", (500, "<html>Fatal</html>")])
def test_one_customer_who_makes_the_panel_stumble_is_set_aside(panel: Panel, answer: Any) -> None:
    plays(panel, {1: answer}, [client(1), client(2)])

    reading = reader().read(Wanted(now=NOW))

    assert reading.polled == {2}
    assert [one.subject for one in reading.broken] == ["client 1"]


@pytest.mark.parametrize("answer", ["<html>Fatal</html>", (500, "<html>Fatal</html>")])
def test_panel_that_stumbles_over_many_fails_the_read(panel: Panel, answer: Any) -> None:
    plays(panel, dict.fromkeys((1, 2), answer), [client(number) for number in range(1, 20)])

    with pytest.raises((PanelUnusable, PanelUnreachable)):
        reader().read(Wanted(now=NOW))


def test_panel_that_stumbles_over_the_only_one_fails_the_read(panel: Panel) -> None:
    plays(panel, {1: "<html>"})

    with pytest.raises(PanelUnusable):
        reader().read(Wanted(now=NOW, list_read_at=NOW, urgent=frozenset({1})))


def test_error_for_most_customers_fails_the_read(panel: Panel) -> None:
    plays(panel, dict.fromkeys(range(12), error("Permiso denegado")), [client(n) for n in range(1, 14)])

    with pytest.raises(PanelUnusable, match="11 customers cannot be read; client 1: ListTicket: Permiso"):
        reader().read(Wanted(now=NOW))


def test_no_connection_in_the_middle_fails_the_whole_read(panel: Panel) -> None:
    plays(panel, {2: requests.ConnectionError("gone")}, [client(1), client(2), client(3)])

    with pytest.raises(PanelUnreachable):
        reader().read(Wanted(now=NOW))


def test_lost_token_in_the_middle_fails_the_whole_read(panel: Panel) -> None:
    plays(panel, {2: error("El token no es válido.")}, [client(1), client(2), client(3)])

    with pytest.raises(AccessRefused):
        reader().read(Wanted(now=NOW))


def test_broken_detail_is_set_aside(panel: Panel) -> None:
    detail = done(datos=[client(1, servicios="ninguno")])
    plays(panel, {1: tickets(ticket(9, 1))}, [short(1)], {1: detail})

    reading = reader().read(Wanted(now=NOW))

    assert reading.polled == {1}
    assert [one.subject for one in reading.broken] == ["client 1"]


def test_progress_counts_the_customers(panel: Panel) -> None:
    plays(panel, listed=[client(number) for number in range(1, 6)])
    seen: list[tuple[int, int]] = []

    reader().read(Wanted(now=NOW), lambda done, total: seen.append((done, total)))

    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_list_from_elsewhere_replaces_the_api(panel: Panel) -> None:
    plays(panel)
    given = ClientList(
        ids=frozenset({5}),
        clients=(Client(client_id=5, name="X", status="active"),),  # type: ignore[arg-type]
    )

    reading = reader(customers=lambda: given).read(Wanted(now=NOW))

    assert (reading.client_ids, reading.polled) == ({5}, {5})
    assert panel.asked("GetAllClients") == []


def test_list_without_customers_polls_nobody_but_the_urgent(panel: Panel) -> None:
    plays(panel)
    known = dict.fromkeys(range(1, 11))

    reading = reader().read(Wanted(now=NOW, known_clients=known, urgent=frozenset({4})))

    assert (reading.client_count, reading.polled) == (0, {4})
