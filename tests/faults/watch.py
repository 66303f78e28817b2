"""Watches a cycle from outside: every write to the store and to the panel is a step at which it may die.

Nothing of the world changes between two writes, so a process killed before each of them, and after the last,
has been killed everywhere. Writes to the panel are watched from both sides, for the names' sake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bridge.domain.intents import Route
from bridge.store.store import Store
from bridge.sync.cycle import Cycle

READS = re.compile(r"/(Get|List)")
_CHANGE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) `?(\w+)")

Step = Callable[[str], None]


@contextmanager
def watched(store: Store, cycle: Cycle, step: Step) -> Iterator[None]:
    """Call `step` with words before each write of a cycle, and after each write and look at the panel.

    What `step` raises ends the cycle there.
    """
    routes = cycle.parts.routes
    with ExitStack() as over:
        over.enter_context(_commits(store.database._engine, step, "store", both_sides=False))
        if Route.DATABASE in routes:
            over.enter_context(_commits(routes[Route.DATABASE]._engine, step, "panel", both_sides=True))
        over.enter_context(_posts(routes[Route.API]._api._transport._session, step))
        for reader in cycle.parts.readers:
            over.enter_context(_reading(reader, step))
        yield


@contextmanager
def _commits(engine: Engine, step: Step, whose: str, *, both_sides: bool) -> Iterator[None]:
    changes: list[str] = []
    committing = engine.dialect.do_commit

    def execute(_cursor: Any, statement: str, _parameters: object, context: Any) -> None:
        found = _CHANGE.match(statement)
        if found is not None:
            changes.append(_words(found[1], context))

    def commit(connection: Any) -> None:
        words = f"{whose}: {', '.join(dict.fromkeys(changes))}" if changes else ""
        changes.clear()
        if words:
            step(words)
        committing(connection)
        if words and (both_sides or " sending" in words):
            step(f"after {words}")

    def forget(_connection: object) -> None:
        changes.clear()

    event.listen(engine, "do_execute", execute)
    event.listen(engine, "rollback", forget)
    engine.dialect.do_commit = commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        engine.dialect.do_commit = committing  # type: ignore[method-assign]
        event.remove(engine, "rollback", forget)
        event.remove(engine, "do_execute", execute)


def _words(table: str, context: Any) -> str:
    """The table, and for the steps of pushes and lines which one goes where."""
    values = (context.compiled_parameters or [{}])[0]
    if table == "outbox_log":
        return f"{values['key']} {values['to_state']}"
    if table == "ledger_entries":
        return f"{values['credit_id']} {values['status']}"
    return table


@contextmanager
def _posts(session: Any, step: Step) -> Iterator[None]:
    posting = session.post

    def post(url: str, **request: Any) -> Any:
        if READS.search(url):
            return posting(url, **request)
        words = f"panel: {url.rpartition('/')[2]}"
        step(words)
        answer = posting(url, **request)
        step(f"after {words}")
        return answer

    session.post = post
    try:
        yield
    finally:
        del session.post


@contextmanager
def _reading(reader: Any, step: Step) -> Iterator[None]:
    reading = reader.read

    def read(*wanted: Any) -> Any:
        found = reading(*wanted)
        step("after the panel was read")
        return found

    reader.read = read
    try:
        yield
    finally:
        del reader.read
