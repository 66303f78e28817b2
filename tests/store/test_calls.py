"""Calls, the names of the directory, and tickets that are on their way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from bridge.domain.contacts import Contact, ContactKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.records import ClientStatus
from bridge.store.calls import Call
from bridge.store.openings import OnTheWay
from bridge.store.push_states import PushState
from bridge.store.schema import calls
from bridge.store.store import Store

from .samples import at, ticket

OPEN = Push(key="TEL-0a1b2c3d/T", kind=PushKind.OPEN, client_id=7, due_at=at(0), marker="[TEL-0a1b2c3d/T]")
CALL = Call(
    push_key=OPEN.key,
    client_id=7,
    began_at=at(0),
    taken_by="Luz",
    kind="low_speed",
    service_id=None,
    words="Va muy lento\ndesde ayer",
    solved_at=at(1),
)
ANA = Contact(
    client_id=7,
    name="Ana Núñez",
    status=ClientStatus.RETIRED,
    addresses=("ana@example.com",),
    telephones=("4449991111", "5512344321"),
    id_card="NUNA850102",
)


def wish(store: Store, push: Push = OPEN, *steps: PushState) -> None:
    store.outbox.add(push, incident_id=None, credit_id=None, at=at(0))
    for step in steps:
        retry = at(1) if step is PushState.RETRY_AT else None
        store.outbox.move(push.key, step, at=at(0), actor="bridge", reason="x", retry_at=retry)


def test_a_call_comes_back_as_it_was_taken(store: Store) -> None:
    with store.transaction():
        store.calls.add(CALL)
        wish(store)

    assert store.calls.of_push(OPEN.key) == CALL
    assert store.calls.of_push("TEL-ffffff/T") is None


@pytest.mark.parametrize("statement", [update(calls).values(words="x"), delete(calls)])
def test_what_was_said_is_not_changed_later(store: Store, statement: object) -> None:
    with store.transaction():
        wish(store)
        store.calls.add(CALL)

    with pytest.raises(DatabaseError), store.transaction() as connection:
        connection.execute(statement)  # type: ignore[call-overload]

    assert store.calls.of_push(OPEN.key) == CALL


def test_the_directory_tells_everybody_and_is_replaced_as_a_whole(store: Store) -> None:
    beto = Contact(client_id=3, name="Beto", status=ClientStatus.ACTIVE)
    store.directory.replace([replace(beto, name="Old"), ANA], at(0))
    store.directory.replace([ANA, beto], at(1))

    assert store.directory.everybody() == [beto, replace(ANA, addresses=())]
    assert store.directory.person(7) == Contact(client_id=7, name="Ana Núñez", status=ClientStatus.RETIRED)
    assert store.directory.person(8) is None
    assert store.directory.find(ContactKind.TELEPHONE, "5512344321") == {7}


def test_a_ticket_is_on_its_way_until_a_read_has_shown_it(store: Store) -> None:
    wish(store, OPEN, PushState.SENDING, PushState.IN_DOUBT)

    unnumbered = store.openings.on_the_way()
    store.outbox.move(OPEN.key, PushState.VERIFIED, at=at(1), actor="bridge")
    without_a_ticket = store.openings.on_the_way()
    store.openings.bind(OPEN.key, 1201, at(1))
    numbered = store.openings.on_the_way()
    store.snapshots.save_tickets([ticket(1201, 7)], at(2))

    way = OnTheWay(push_key=OPEN.key, client_id=7, state=PushState.IN_DOUBT, ticket_id=None)
    assert unnumbered == [way]
    assert without_a_ticket == []
    assert numbered == [replace(way, state=PushState.VERIFIED, ticket_id=1201)]
    assert store.openings.on_the_way() == []


def test_a_wish_that_was_given_up_is_not_on_its_way(store: Store) -> None:
    wish(store)
    store.outbox.withdraw(OPEN.key, at(0), "Ana", "no")

    assert store.openings.on_the_way() == []


def test_a_ticket_is_being_closed_until_its_closing_is_through(store: Store) -> None:
    close = replace(OPEN, key="TEL-0a1b2c3d/F", kind=PushKind.CLOSE, ticket_id=1201)
    other = replace(close, key="RC-1/close", ticket_id=1202)
    wish(store, close, PushState.SENDING)
    store.outbox.add(other, incident_id="RC-1", credit_id=None, at=at(0))

    assert store.outbox.being_closed() == {1201, 1202}
    assert store.outbox.being_closed(apart=True) == {1201}
    store.outbox.move(close.key, PushState.VERIFIED, at=at(1), actor="bridge")
    assert store.outbox.being_closed() == {1202}
