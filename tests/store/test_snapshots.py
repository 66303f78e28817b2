"""The panel as last seen: customers, their polling times, and tickets."""

from __future__ import annotations

import pytest
from sqlalchemy import event as hooks

from bridge.domain.records import Client, ClientStatus, TicketState
from bridge.store.store import Store

from .samples import at, client, service, ticket


def test_the_list_is_exactly_what_the_last_walk_showed(store: Store) -> None:
    snapshots = store.snapshots
    snapshots.set_listed([7, 8], at(0))
    snapshots.mark_polled([7], at(1))

    snapshots.set_listed({7, 9}, at(2))

    assert snapshots.known_clients() == {7: at(1), 9: None}
    assert snapshots.polled_at([7, 8, 9, 10]) == {7: at(1), 8: None, 9: None}


def test_a_customer_who_comes_back_keeps_the_polling_time(store: Store) -> None:
    snapshots = store.snapshots
    snapshots.set_listed([7], at(0))
    snapshots.mark_polled([7], at(1))
    snapshots.set_listed([], at(2))

    snapshots.set_listed([7], at(3))

    assert snapshots.known_clients() == {7: at(1)}


def test_a_polled_customer_who_was_never_listed_is_known_but_unlisted(store: Store) -> None:
    store.snapshots.mark_polled([7], at(1))

    assert store.snapshots.polled_at([7]) == {7: at(1)}
    assert store.snapshots.known_clients() == {}


def test_customers_are_given_back_as_last_seen(store: Store) -> None:
    store.snapshots.save_clients([client(7), client(8, name="Luis")], at(0))
    store.snapshots.set_listed([9], at(0))

    assert store.snapshots.clients([7, 8, 9, 10]) == {7: client(7), 8: client(8, name="Luis")}


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        (client(services=None, zone=None), client()),
        (client(services=None, zone="Sur"), client(zone="Sur")),
        (client(services=(), zone=None), client(services=())),
        (client(services=(service("350.00"),)), client(services=(service("350.00"),))),
        (
            client(status=ClientStatus.SUSPENDED, services=None),
            client(status=ClientStatus.SUSPENDED),
        ),
    ],
)
def test_what_a_read_did_not_show_stays_as_it_was(store: Store, seen: Client, kept: Client) -> None:
    store.snapshots.save_clients([client()], at(0))

    store.snapshots.save_clients([seen], at(1))

    assert store.snapshots.clients([7]) == {7: kept}


def test_priced_are_the_customers_whose_services_are_known(store: Store) -> None:
    store.snapshots.save_clients([client(7), client(8, services=None), client(9, services=())], at(0))
    before = store.snapshots.priced()

    store.snapshots.save_clients([client(7, services=None), client(8)], at(1))

    assert (before, store.snapshots.priced()) == ({7, 9}, {7, 8, 9})


def test_saving_a_customer_keeps_list_and_polling(store: Store) -> None:
    store.snapshots.set_listed([7], at(0))
    store.snapshots.mark_polled([7], at(1))

    store.snapshots.save_clients([client(7), client(8)], at(2))

    assert store.snapshots.known_clients() == {7: at(1)}


def test_only_tickets_that_differ_are_written(store: Store) -> None:
    store.snapshots.save_tickets([ticket(1), ticket(2)], at(0))

    changed = ticket(2, state=TicketState.ANSWERED)
    written = store.snapshots.save_tickets([ticket(1), changed, ticket(3)], at(1))

    assert written == {2, 3}
    assert store.snapshots.tickets([1, 2, 3, 4]) == {1: ticket(1), 2: changed, 3: ticket(3)}
    assert store.snapshots.save_tickets([ticket(1), changed, ticket(3)], at(2)) == frozenset()


def test_the_tickets_of_a_customer_include_closed_and_gone_ones(store: Store) -> None:
    closed = ticket(2, state=TicketState.CLOSED)
    store.snapshots.save_tickets([ticket(3), closed, ticket(1), ticket(4, client_id=8)], at(0))
    store.snapshots.mark_gone([1], at(1))

    assert store.snapshots.tickets_of(7) == [ticket(1), closed, ticket(3)]


def test_known_open_leaves_out_closed_and_gone(store: Store) -> None:
    store.snapshots.save_tickets(
        [ticket(1), ticket(2, state=TicketState.CLOSED), ticket(3), ticket(4, client_id=8)], at(0)
    )

    store.snapshots.mark_gone([3], at(1))

    assert store.snapshots.known_open() == {1: 7, 4: 8}
    assert store.snapshots.ticket_count() == 2


def test_a_ticket_that_vanished_and_returns_is_there_again(store: Store) -> None:
    store.snapshots.save_tickets([ticket(1)], at(0))
    store.snapshots.mark_gone([1], at(1))
    gone = store.snapshots.is_gone(1)

    written = store.snapshots.save_tickets([ticket(1)], at(2))

    assert (gone, written, store.snapshots.is_gone(1)) == (True, {1}, False)
    assert not store.snapshots.is_gone(99)


def test_the_last_ticket_number_only_grows(store: Store) -> None:
    seen = [store.snapshots.last_ticket_id()]
    for number in (5, 3, 8):
        store.snapshots.advance_last_ticket_id(number)
        seen.append(store.snapshots.last_ticket_id())

    assert seen == [0, 5, 5, 8]


def test_more_customers_and_tickets_than_one_statement_takes(store: Store) -> None:
    numbers = range(1, 1202)

    with store.transaction():
        store.snapshots.set_listed(numbers, at(0))
        store.snapshots.save_clients([client(number) for number in numbers], at(0))
        store.snapshots.save_tickets([ticket(number, number) for number in numbers], at(0))
        store.snapshots.mark_polled(numbers, at(1))

    assert store.snapshots.known_clients() == dict.fromkeys(numbers, at(1))
    assert len(store.snapshots.clients(numbers)) == len(store.snapshots.tickets(numbers)) == 1201


def test_a_quiet_cycle_over_forty_customers_costs_a_handful_of_statements(store: Store) -> None:
    numbers = range(1, 41)
    clients = [client(number) for number in numbers]
    tickets = [ticket(number, number) for number in range(1, 21)]

    def cycle() -> None:
        with store.transaction():
            store.snapshots.known_clients()
            store.snapshots.known_open()
            store.snapshots.set_listed(numbers, at(0))
            store.snapshots.save_clients(clients, at(0))
            store.snapshots.save_tickets(tickets, at(0))
            store.snapshots.mark_polled(numbers, at(0))
            store.incidents.due(at(0))
            store.incidents.open_clients()
            store.outbox.ready(at(0))

    cycle()
    statements: list[str] = []
    engine = store.database._engine
    hooks.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    cycle()

    assert len(statements) <= 12, "\n".join(statements)
    assert [statement for statement in statements if statement.startswith(("INSERT", "DELETE"))] == []
