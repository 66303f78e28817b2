"""Incidents as a projection, and decisions that fire once."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from bridge.domain.decisions import Because
from bridge.store.store import Store

from .samples import T0, at, decision, incident, judgement


def test_a_customers_incidents_are_replaced_as_a_whole(store: Store) -> None:
    ended = incident(
        ended_at=at(5), spans=((T0, at(5)),), breaches=("level_1_contact",), report_number="RC-1201"
    )
    again = incident("RC-1201-2", opened_at=at(100), level=None, technician_id=None, service_id=None)
    store.incidents.replace_client(7, [incident(), incident("RC-1300", ticket_ids=(1300, 1301))])
    store.incidents.replace_client(8, [incident("RC-1400", client_id=8, ticket_ids=(1400,))])

    changed = store.incidents.replace_client(7, [again, ended])

    assert changed
    assert store.incidents.of_client(7) == [ended, again]
    assert store.incidents.by_ticket(1300) is None
    assert store.incidents.get("RC-1400") == incident("RC-1400", client_id=8, ticket_ids=(1400,))


def test_the_same_incidents_are_not_written_again(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])

    assert not store.incidents.replace_client(7, [incident()])
    assert not store.incidents.replace_client(8, [])


def test_another_customers_incident_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="another customer"):
        store.incidents.replace_client(8, [incident()])


def test_an_incident_that_changes_hands_takes_its_decisions_along(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])
    store.incidents.append_decisions([decision()], judgement())

    store.incidents.replace_client(8, [incident(client_id=8)])

    assert store.incidents.of_client(7) == []
    assert (store.incidents.fired(7), store.incidents.fired(8)) == ({}, {"RC-1201": {"level_1": decision()}})


def test_an_incident_is_found_by_number_and_by_any_of_its_tickets(store: Store) -> None:
    first = incident(ticket_ids=(1201, 1202), ended_at=at(5))
    second = incident("RC-1201-2", opened_at=at(200))
    store.incidents.replace_client(7, [first, second])

    assert store.incidents.get("RC-1201") == first
    assert store.incidents.get("RC-9") is None
    assert store.incidents.by_ticket(1202) == first
    assert store.incidents.by_ticket(1201) == second


def test_lists_of_open_ended_and_all(store: Store) -> None:
    old = incident("RC-1", ticket_ids=(1,), ended_at=at(10))
    recent = incident("RC-2", ticket_ids=(2,), opened_at=at(5), ended_at=at(20))
    running = incident("RC-3", ticket_ids=(3,), opened_at=at(1))
    store.incidents.replace_client(7, [running, recent, old])

    assert store.incidents.open() == [running]
    assert store.incidents.closed_since(at(20)) == [recent]
    assert store.incidents.closed_since(at(20.001)) == []
    assert store.incidents.all() == [old, running, recent]


def test_due_are_the_customers_whose_moment_has_come(store: Store) -> None:
    store.incidents.replace_client(7, [incident(next_due_at=at(2)), incident("RC-2", ticket_ids=(2,))])
    store.incidents.replace_client(8, [incident("RC-3", client_id=8, ticket_ids=(3,), next_due_at=None)])

    found = [store.incidents.due(at(hours)) for hours in (1.999, 2, 2.001)]

    assert found == [set(), {7}, {7}]


def test_open_clients_have_a_fault_that_goes_on(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])
    store.incidents.replace_client(8, [incident("RC-2", client_id=8, is_fault=False, ticket_ids=(2,))])
    store.incidents.replace_client(9, [incident("RC-3", client_id=9, ended_at=at(1), ticket_ids=(3,))])

    assert store.incidents.open_clients() == {7}


def test_loads_count_open_incidents_of_somebody(store: Store) -> None:
    rows = [
        incident("RC-1", technician_id=41, ticket_ids=(1,)),
        incident("RC-2", technician_id=41, ticket_ids=(2,)),
        incident("RC-3", technician_id=42, ticket_ids=(3,)),
        incident("RC-4", technician_id=42, ticket_ids=(4,), ended_at=at(1)),
        incident("RC-5", technician_id=None, ticket_ids=(5,)),
        incident("RC-6", technician_id=0, ticket_ids=(6,)),
    ]
    store.incidents.replace_client(7, rows)

    assert store.incidents.loads() == {41: 2, 42: 1}


def test_l_10_a_step_fires_once_whatever_is_decided_later(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])

    first = store.incidents.append_decisions(
        [decision("level_1"), decision("level_2", rule="L-3"), decision("level_1")], judgement()
    )
    second = store.incidents.append_decisions(
        [decision("level_2", rule="L-5"), decision("level_3")], judgement()
    )

    assert (first, second) == ([decision("level_1"), decision("level_2", rule="L-3")], [decision("level_3")])
    assert store.incidents.fired(7) == {
        "RC-1201": {
            "level_1": decision("level_1"),
            "level_2": decision("level_2", rule="L-3"),
            "level_3": decision("level_3"),
        }
    }


def test_l_10_what_fired_stays_fired_when_the_incident_vanishes_from_the_projection(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])
    store.incidents.append_decisions([decision()], judgement())

    store.incidents.replace_client(7, [])

    assert store.incidents.fired(7) == {"RC-1201": {"level_1": decision()}}
    assert store.incidents.append_decisions([decision()], judgement()) == []


def test_a_decision_may_be_written_before_its_incident_in_the_same_transaction(store: Store) -> None:
    with store.transaction():
        store.incidents.append_decisions([decision()], judgement())
        store.incidents.replace_client(7, [incident()])

    assert store.incidents.decisions_of("RC-1201") == [decision()]


def test_a_decision_about_nobodys_incident_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        store.incidents.append_decisions([decision()], judgement())


def test_decisions_are_told_in_order_of_time_then_of_writing(store: Store) -> None:
    store.incidents.replace_client(7, [incident()])
    wanted = [
        decision("b", at=at(1)),
        decision("a", at=at(1), because=Because.TOO_OLD, events=(), facts={}),
        decision("c", at=at(2)),
    ]
    store.incidents.append_decisions([wanted[2], wanted[0], wanted[1]], judgement())

    assert store.incidents.decisions_of("RC-1201") == wanted
    assert store.incidents.append_decisions([], judgement()) == []


def test_a_recorded_fact_makes_a_customers_incidents_due(store: Store) -> None:
    store.incidents.replace_client(7, [incident(next_due_at=None)])
    store.incidents.replace_client(8, [incident(incident_id="RC-1301", client_id=8, next_due_at=None)])

    store.incidents.touch(7, at(5))

    assert store.incidents.due(at(4)) == set()
    assert store.incidents.due(at(5)) == {7}
