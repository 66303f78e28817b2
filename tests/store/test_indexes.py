"""What every cycle asks stays cheap as the years pass: it reads an index, never a whole table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event as hooks

from bridge.domain.post_states import PostState
from bridge.store.push_states import PushState
from bridge.store.store import Store

from .samples import at

pytestmark = pytest.mark.usefixtures("on_sqlite")

ASKED: dict[str, Callable[[Store], object]] = {
    "known open tickets": lambda store: store.snapshots.known_open(),
    "count of open tickets": lambda store: store.snapshots.ticket_count(),
    "tickets of a customer": lambda store: store.snapshots.tickets_of(7),
    "events of a customer": lambda store: store.events.of_client(7),
    "decisions of a customer": lambda store: store.incidents.fired(7),
    "incidents of a customer": lambda store: store.incidents.of_client(7),
    "incident of a ticket": lambda store: store.incidents.by_ticket(1201),
    "customers with something due": lambda store: store.incidents.due(at(0)),
    "customers with open faults": lambda store: store.incidents.open_clients(),
    "loads": lambda store: store.incidents.loads(),
    "lines of a customer": lambda store: store.ledger.lines_of_client(7),
    "one line": lambda store: store.ledger.line("RC-1201/C1"),
    "ready pushes": lambda store: store.outbox.ready(at(0)),
    "pushes in a state": lambda store: store.outbox.in_states(PushState.SENT),
    "pushes of an incident": lambda store: store.outbox.of_incident("RC-1201"),
    "pushes of a credit": lambda store: store.outbox.of_credit("RC-1201/C1"),
    "counts of pushes": lambda store: store.outbox.counts(),
    "own writes": lambda store: store.outbox.written([1201]),
    "tickets on their way": lambda store: store.openings.on_the_way(),
    "the call of a push": lambda store: store.calls.of_push("key"),
    "log of a push": lambda store: store.outbox.log_of("key"),
    "open lines": lambda store: store.worklist.open_lines(),
    "letter of an identity": lambda store: store.letters.known("a1b2"),
    "letters that a reply names": lambda store: store.letters.of_messages(["<1@example.com>"]),
    "letters in review": lambda store: store.letters.in_review(),
    "letters of a customer": lambda store: store.letters.count_since(7, at(0)),
    "answers to send": lambda store: store.answers.to_send(at(0)),
    "answers being sent": lambda store: store.answers.on_the_way(PostState.SENDING),
    "one line for a cause": lambda store: store.worklist.add("key", "kind", "text", at=at(0)),
}


@pytest.mark.parametrize("question", ASKED)
def test_no_table_is_read_as_a_whole(store: Store, question: str) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(*arguments: Any) -> None:
        asked.append((arguments[2], arguments[3]))

    engine = store.database._engine
    hooks.listen(engine, "before_cursor_execute", listen)
    ASKED[question](store)
    hooks.remove(engine, "before_cursor_execute", listen)

    selects = [(text, values) for text, values in asked if text.startswith("SELECT")]
    with store.database.reading() as connection:
        steps = [
            step.detail
            for text, values in selects
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert selects
    assert [step for step in steps if step.startswith("SCAN") and "INDEX" not in step] == []
