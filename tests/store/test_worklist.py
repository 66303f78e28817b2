"""The worklist: one line for a cause, until the cause is over."""

from __future__ import annotations

import pytest

from bridge.errors import UsageFault
from bridge.store.store import Store
from bridge.store.worklist import WorkLine

from .samples import at, push


def add(store: Store, key: str = "broken client 7", hour: float = 0, text: str = "Look at it") -> bool:
    return store.worklist.add(key, "broken", text, at=at(hour), client_id=7)


def keys(store: Store) -> list[str]:
    return [line.key for line in store.worklist.open_lines()]


def test_lines_are_listed_oldest_first_with_all_a_person_needs(store: Store) -> None:
    store.outbox.add(push("p"), incident_id=None, credit_id=None, at=at(0))
    add(store, hour=2)
    store.worklist.add("push p", "push", "Set it", at=at(1), client_id=7, ticket_id=1201, push_key="p")

    first, second = store.worklist.open_lines()

    assert first == WorkLine(
        line_id=first.line_id,
        key="push p",
        kind="push",
        text="Set it",
        client_id=7,
        ticket_id=1201,
        push_key="p",
        since=at(1),
        done_at=None,
        done_by=None,
    )
    assert (second.key, second.ticket_id, second.push_key) == ("broken client 7", None, None)


def test_adding_an_open_line_again_changes_nothing(store: Store) -> None:
    added = [add(store), add(store, hour=1, text="Other words")]

    assert added == [True, False]
    assert [(line.text, line.since) for line in store.worklist.open_lines()] == [("Look at it", at(0))]


def test_what_a_person_ticked_off_does_not_come_back_while_its_cause_lasts(store: Store) -> None:
    add(store)
    (line,) = store.worklist.open_lines()

    done = store.worklist.done(line.line_id, "Marta", at(1))

    assert (done.done_at, done.done_by) == (at(1), "Marta")
    assert (add(store, hour=2), keys(store)) == (False, [])


def test_the_first_tick_counts(store: Store) -> None:
    add(store)
    (line,) = store.worklist.open_lines()
    store.worklist.done(line.line_id, "Marta", at(1))

    again = store.worklist.done(line.line_id, "Luis", at(2))

    assert (again.done_at, again.done_by) == (at(1), "Marta")


@pytest.mark.parametrize("ticked", [True, False])
def test_a_cause_that_went_away_and_returned_makes_a_new_line(store: Store, *, ticked: bool) -> None:
    add(store)
    (line,) = store.worklist.open_lines()
    if ticked:
        store.worklist.done(line.line_id, "Marta", at(1))

    closed = store.worklist.close_key("broken client 7", "bridge", at(2))

    assert (closed, keys(store)) == (True, [])
    expected = (at(1), "Marta") if ticked else (at(2), "bridge")
    kept = store.worklist.done(line.line_id, "nobody", at(3))
    assert (kept.done_at, kept.done_by) == expected
    assert (add(store, hour=4), keys(store)) == (True, ["broken client 7"])


def test_closing_a_key_nobody_knows_is_nothing(store: Store) -> None:
    assert not store.worklist.close_key("unknown", "bridge", at(0))


def test_an_unknown_line_is_the_users_mistake(store: Store) -> None:
    with pytest.raises(UsageFault, match="no line 12"):
        store.worklist.done(12, "Marta", at(0))
