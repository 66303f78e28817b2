"""Facts: each once, in order, never edited."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, delete, update
from sqlalchemy.exc import IntegrityError

from bridge.domain.events import EventKind
from bridge.store.schema import APPEND_ONLY, OUTBOX_FIXED, metadata
from bridge.store.store import Store

from .samples import at, call, credit_push, decision, event, incident, judgement, line


def test_the_same_fact_learnt_twice_makes_one_event(store: Store) -> None:
    first = store.events.append([event("a"), event("b"), event("a", note="again")])

    second = store.events.append([event("b", note="later"), event("c")])

    assert (first, second) == ([event("a"), event("b")], [event("c")])
    assert store.events.of_client(7) == [event("a"), event("b"), event("c")]


def test_nothing_to_append_is_nothing(store: Store) -> None:
    assert store.events.append([]) == []


def test_facts_are_ordered_by_when_they_happened_then_seen_then_key(store: Store) -> None:
    wanted = [
        event("z", at=at(0), seen_at=at(1)),
        event("y", at=at(0), seen_at=at(2)),
        event("x1", at=at(1), seen_at=at(1)),
        event("x2", at=at(1), seen_at=at(1)),
    ]

    store.events.append(reversed(wanted))

    assert store.events.of_client(7) == wanted


def test_facts_of_several_customers_are_kept_apart(store: Store) -> None:
    theirs = event("b", client_id=8, ticket_id=None, kind=EventKind.CANCELLED, data={}, note="se va")
    store.events.append([event("a"), theirs, event("c", client_id=9)])

    assert store.events.of_clients([7, 8, 10]) == {7: [event("a")], 8: [theirs]}


def test_facts_are_found_by_key(store: Store) -> None:
    store.events.append([event(f"{number}") for number in range(600)])

    found = store.events.get([f"{number}" for number in range(550, 620)])

    assert list(found) == [f"{number}" for number in range(550, 600)]


def filled(store: Store) -> None:
    with store.transaction():
        store.events.append([event()])
        store.incidents.replace_client(7, [incident()])
        store.incidents.append_decisions([decision()], judgement())
        store.ledger.record(line(), at=at(0), actor="bridge")
        store.outbox.add(credit_push(), incident_id="RC-1201", credit_id="RC-1201/C1", at=at(0))
        store.calls.add(call())
        store.journal.archive("d1", {"bonus.yaml": "x"}, at(0))


def refused(store: Store, table: Table, column: str) -> None:
    with pytest.raises(IntegrityError, match=f"{table.name} only grows"), store.transaction() as connection:
        connection.execute(update(table).values({column: table.c[column]}))


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_history_cannot_be_edited(store: Store, name: str) -> None:
    filled(store)
    table = metadata.tables[name]

    for column in table.c:
        refused(store, table, column.name)


@pytest.mark.parametrize("name", [*APPEND_ONLY, "outbox"])
def test_history_cannot_be_deleted(store: Store, name: str) -> None:
    filled(store)

    with pytest.raises(IntegrityError, match=f"{name} only grows"), store.transaction() as connection:
        connection.execute(delete(metadata.tables[name]))


@pytest.mark.parametrize("column", OUTBOX_FIXED)
def test_what_a_push_says_cannot_be_edited(store: Store, column: str) -> None:
    filled(store)

    refused(store, metadata.tables["outbox"], column)
