"""The outbox: every push once, legal steps only, each step logged."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bridge.domain.intents import Push, PushKind, Route
from bridge.store.outbox import Outbox
from bridge.store.outbox_rows import OutboxRow, PushStep
from bridge.store.push_states import NEXT, WITHDRAWABLE, PushState
from bridge.store.schema import outbox
from bridge.store.store import Store

from .samples import at, credit_push, line, push

P = PushState
KEY = push().key

# A legal way from `pending` to each state.
WAYS: dict[PushState, tuple[PushState, ...]] = {
    P.PENDING: (),
    P.SENDING: (P.SENDING,),
    P.SENT: (P.SENDING, P.SENT),
    P.VERIFIED: (P.SENDING, P.SENT, P.VERIFIED),
    P.RETRY_AT: (P.SENDING, P.RETRY_AT),
    P.IN_DOUBT: (P.SENDING, P.IN_DOUBT),
    P.PARKED: (P.SENDING, P.PARKED),
    P.MANUAL: (P.MANUAL,),
    P.DISCARDED: (P.DISCARDED,),
}


def add(store: Store, wish: Push | None = None) -> None:
    store.outbox.add(wish or push(), incident_id="RC-1201", credit_id=None, at=at(0))


def move(store: Store, *states: PushState, key: str = KEY, hour: float = 1) -> OutboxRow | None:
    row = None
    for state in states:
        retry_at = at(hour + 1) if state is P.RETRY_AT else None
        row = store.outbox.move(
            key, state, at=at(hour), actor="bridge", reason=f"{state} it is", retry_at=retry_at
        )
    return row


def test_the_same_wish_twice_is_one_push(store: Store) -> None:
    first = store.outbox.add(push(), incident_id="RC-1201", credit_id=None, at=at(0))
    second = store.outbox.add(push(text="other words"), incident_id=None, credit_id=None, at=at(1))

    assert (first, second) == (True, False)
    assert store.outbox.get(KEY) == OutboxRow(
        push=push(),
        incident_id="RC-1201",
        credit_id=None,
        state=P.PENDING,
        route=None,
        attempts=0,
        retry_at=None,
        in_flight_since=None,
        waiting_since=None,
        reason="",
        created_at=at(0),
        changed_at=at(0),
    )
    assert store.outbox.get("unknown") is None


def test_the_life_of_a_push_that_came_into_doubt_is_told_step_by_step(store: Store) -> None:
    add(store)
    store.outbox.move(KEY, P.SENDING, at=at(1), actor="bridge", route=Route.DATABASE)
    store.outbox.move(KEY, P.IN_DOUBT, at=at(2), actor="bridge", reason="time-out")
    store.outbox.move(KEY, P.RETRY_AT, at=at(3), actor="bridge", reason="absent", retry_at=at(4))
    store.outbox.move(KEY, P.SENDING, at=at(4), actor="bridge", route=Route.API)
    store.outbox.move(KEY, P.SENT, at=at(5), actor="bridge")

    row = store.outbox.move(KEY, P.VERIFIED, at=at(6), actor="Marta", reason="seen")

    assert (row.state, row.route, row.attempts, row.reason) == (P.VERIFIED, Route.API, 2, "seen")
    steps = [
        (None, P.PENDING, 0, "bridge", "", None, None),
        (P.PENDING, P.SENDING, 1, "bridge", "", Route.DATABASE, None),
        (P.SENDING, P.IN_DOUBT, 2, "bridge", "time-out", None, None),
        (P.IN_DOUBT, P.RETRY_AT, 3, "bridge", "absent", None, at(4)),
        (P.RETRY_AT, P.SENDING, 4, "bridge", "", Route.API, None),
        (P.SENDING, P.SENT, 5, "bridge", "", None, None),
        (P.SENT, P.VERIFIED, 6, "Marta", "seen", None, None),
    ]
    assert store.outbox.log_of(KEY) == [
        PushStep(
            key=KEY, from_state=before, to_state=after, at=at(hour), actor=actor, reason=reason, route=route,
            retry_at=retry_at,
        )
        for before, after, hour, actor, reason, route, retry_at in steps
    ]  # fmt: skip


@pytest.mark.parametrize("before", P)
@pytest.mark.parametrize("after", P)
def test_states_follow_each_other_as_the_table_says(
    store: Store, before: PushState, after: PushState
) -> None:
    with store.rehearsal():
        add(store)
        move(store, *WAYS[before])
        if after in NEXT[before]:
            row = move(store, after)
            assert row == store.outbox.get(KEY)
            assert row
            assert row.state is after
        else:
            with pytest.raises(ValueError, match=f"is {before} and cannot become {after}"):
                move(store, after)
            assert len(store.outbox.log_of(KEY)) == 1 + len(WAYS[before])


def test_the_table_knows_every_state_and_the_ways_that_must_never_be() -> None:
    assert set(NEXT) == set(P)
    assert all(P.SENDING not in NEXT[state] for state in P if state not in {P.PENDING, P.RETRY_AT})
    assert not NEXT[P.IN_DOUBT] & {P.PENDING, P.SENDING, P.DISCARDED}, "it may stand on the panel"
    assert not NEXT[P.SENT] & {P.PENDING, P.SENDING, P.RETRY_AT, P.DISCARDED}, "it may stand on the panel"
    assert NEXT[P.DISCARDED] == {P.IN_DOUBT}
    assert all((P.DISCARDED in NEXT[state]) == (state in WITHDRAWABLE) for state in P)


@pytest.mark.parametrize(
    ("state", "in_flight", "waiting"),
    [
        (P.PENDING, None, None),
        (P.SENDING, 1, None),
        (P.SENT, 1, None),
        (P.VERIFIED, None, None),
        (P.RETRY_AT, None, 1),
        (P.IN_DOUBT, 1, 1),
        (P.PARKED, None, 1),
        (P.MANUAL, None, 1),
        (P.DISCARDED, None, None),
    ],
)
def test_since_when_it_is_in_flight_or_waited_for(
    store: Store, state: PushState, in_flight: int | None, waiting: int | None
) -> None:
    add(store)
    move(store, *WAYS[state])

    row = store.outbox.get(KEY)

    assert row
    found = (row.in_flight_since, row.waiting_since)
    assert found == tuple(None if hour is None else at(hour) for hour in (in_flight, waiting))


def test_waiting_counts_from_the_first_failure(store: Store) -> None:
    add(store)
    move(store, P.SENDING, P.RETRY_AT, hour=1)
    move(store, P.SENDING, P.IN_DOUBT, hour=3)

    row = move(store, P.PARKED, hour=5)

    assert row
    assert (row.waiting_since, row.changed_at, row.attempts) == (at(1), at(5), 2)


def test_a_step_without_what_it_needs_is_refused(store: Store) -> None:
    add(store)
    move(store, P.SENDING)
    outbox_: Outbox = store.outbox

    with pytest.raises(ValueError, match="needs its time"):
        outbox_.move(KEY, P.RETRY_AT, at=at(2), actor="bridge")
    with pytest.raises(ValueError, match="no other state has one"):
        outbox_.move(KEY, P.SENT, at=at(2), actor="bridge", retry_at=at(3))
    with pytest.raises(ValueError, match="without a reason"):
        outbox_.move(KEY, P.PARKED, at=at(2), actor="bridge")
    with pytest.raises(KeyError):
        outbox_.move("unknown", P.SENT, at=at(2), actor="bridge")
    assert len(outbox_.log_of(KEY)) == 2


def test_ready_is_what_may_be_sent_now_oldest_deadline_first(store: Store) -> None:
    for key, hour in (("c", 1), ("b", 2), ("a", 2), ("sent", 0), ("retry", 3)):
        add(store, push(key, due_at=at(hour)))
    move(store, P.SENDING, P.SENT, key="sent")
    move(store, P.SENDING, key="retry")
    store.outbox.move("retry", P.RETRY_AT, at=at(1), actor="bridge", retry_at=at(5))

    found = {hours: [row.push.key for row in store.outbox.ready(at(hours))] for hours in (4.999, 5, 5.001)}

    assert found == {4.999: ["c", "a", "b"], 5: ["c", "a", "b", "retry"], 5.001: ["c", "a", "b", "retry"]}


def test_lists_and_counts_by_state(store: Store) -> None:
    add(store, push("note", due_at=at(3)))
    add(store, push("sms", kind=PushKind.SMS, due_at=at(2)))
    add(store, push("close", kind=PushKind.CLOSE, due_at=at(1)))
    move(store, P.SENDING, P.SENT, key="note")
    move(store, P.SENDING, P.SENT, key="sms")

    sent = [row.push.key for row in store.outbox.in_states(P.SENT)]
    notes = [row.push.key for row in store.outbox.in_states(P.SENT, P.PENDING, kinds=[PushKind.NOTE])]

    assert (sent, notes) == (["sms", "note"], ["note"])
    assert store.outbox.in_states(P.PARKED) == []
    assert store.outbox.counts() == {P.SENT: 2, P.PENDING: 1}


def test_pushes_are_found_by_incident_and_by_credit(store: Store) -> None:
    add(store)
    with store.transaction():
        store.outbox.add(credit_push(), incident_id="RC-1201", credit_id="RC-1201/C1", at=at(0))
        store.ledger.record(line(), at=at(0), actor="bridge")

    assert [row.push for row in store.outbox.of_incident("RC-1201")] == [credit_push(), push()]
    assert [row.push for row in store.outbox.of_credit("RC-1201/C1")] == [credit_push()]


def test_a_push_of_a_credit_the_ledger_does_not_know_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        store.outbox.add(credit_push(), incident_id="RC-1201", credit_id="RC-1201/C1", at=at(0))


@pytest.mark.parametrize("state", P)
def test_a_push_is_withdrawn_only_where_it_cannot_arrive_any_more(store: Store, state: PushState) -> None:
    add(store)
    move(store, *WAYS[state])

    withdrawn = store.outbox.withdraw(KEY, at(9), "Marta", "the customer called")

    row = store.outbox.get(KEY)
    assert row
    assert (withdrawn, row.state) == ((True, P.DISCARDED) if state in WITHDRAWABLE else (False, state))


@pytest.mark.parametrize(
    ("before", "state"), [(P.IN_DOUBT, P.PARKED), (P.IN_DOUBT, P.MANUAL), (P.SENT, P.PARKED)]
)
def test_what_was_put_aside_out_of_doubt_is_discarded_only_by_a_person_who_looked(
    store: Store, before: PushState, state: PushState
) -> None:
    add(store)
    move(store, P.SENDING, before, state)

    withdrawn = store.outbox.withdraw(KEY, at(9), "bridge", "the attribution changed")
    row = store.outbox.move(KEY, P.DISCARDED, at=at(10), actor="Marta", reason="it is not there")

    assert (withdrawn, row.state, row.in_flight_since) == (False, P.DISCARDED, None)


def test_what_was_discarded_is_looked_for_before_it_is_sent_after_all(store: Store) -> None:
    add(store)
    move(store, P.DISCARDED)

    revived = move(store, P.IN_DOUBT, P.RETRY_AT, P.SENDING)

    assert revived
    assert revived.state is P.SENDING


def test_withdrawing_what_was_never_there_is_nothing(store: Store) -> None:
    assert not store.outbox.withdraw("unknown", at(0), "Marta", "why not")


def test_money_is_on_its_way_once_only(store: Store) -> None:
    """Two keys with one marker: the second has to wait until the first is settled."""
    store.ledger.record(line(), at=at(0), actor="bridge")

    def second() -> bool:
        return store.outbox.add(credit_push("again"), incident_id=None, credit_id="RC-1201/C1", at=at(1))

    first = credit_push()
    store.outbox.add(first, incident_id=None, credit_id="RC-1201/C1", at=at(0))
    for state in (P.SENDING, P.IN_DOUBT, P.PARKED):
        move(store, state, key=first.key)
        with pytest.raises(IntegrityError, match=r"outbox\.marker|money_in_flight_once"):
            second()
    move(store, P.VERIFIED, key=first.key)

    assert second()


def test_notes_may_share_a_marker(store: Store) -> None:
    add(store, push("one"))
    add(store, push("two"))

    assert store.outbox.counts() == {P.PENDING: 2}


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"state": "lost"}, "known_state|no legal step"),
        ({"state": "retry_at"}, "retry_has_a_time"),
        ({"retry_at": at(1)}, "retry_has_a_time"),
        ({"state": "sending"}, "sending_has_a_start"),
        ({"state": "parked"}, "parked_has_a_reason"),
    ],
)
def test_the_table_itself_refuses_what_no_code_should_write(
    store: Store, changes: dict[str, Any], promise: str
) -> None:
    add(store)

    with pytest.raises(IntegrityError, match=promise), store.transaction() as connection:
        connection.execute(update(outbox).values(changes))


def test_what_the_bridge_wrote_to_a_ticket_is_known(store: Store) -> None:
    wishes = {
        "sent": (push("sent", kind=PushKind.SET_STATUS, department_id=2), (P.SENDING, P.SENT)),
        "doubt": (push("doubt", kind=PushKind.SET_STATUS, department_id=3), (P.SENDING, P.IN_DOUBT)),
        "manual": (push("manual", kind=PushKind.ASSIGN, technician_id=41), (P.MANUAL,)),
        "wish": (push("wish", kind=PushKind.SET_STATUS, department_id=4), ()),
        "withdrawn": (push("withdrawn", kind=PushKind.ASSIGN, technician_id=42), (P.MANUAL, P.DISCARDED)),
        "other": (
            push("other", kind=PushKind.ASSIGN, ticket_id=9, technician_id=43),
            (P.SENDING, P.VERIFIED),
        ),
    }
    for key, (wish, states) in wishes.items():
        add(store, wish)
        move(store, *states, key=key)

    written = store.outbox.written([1201, 9])
    assert {ticket: {row.push.key for row in rows} for ticket, rows in written.items()} == {
        1201: {"sent", "doubt", "manual"},
        9: {"other"},
    }


def test_every_state_has_words_for_people() -> None:
    assert all(state.label for state in P)
    assert {state for state in P if state.is_settled} == {P.VERIFIED, P.DISCARDED}
