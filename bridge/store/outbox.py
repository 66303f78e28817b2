"""The outbox: every push the bridge owes the panel, once, with its state and each step it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, or_, select, update

from bridge.domain.intents import Push, PushKind, Route
from bridge.store.batches import in_batches
from bridge.store.database import Database
from bridge.store.outbox_rows import (
    CHANGING,
    STATES,
    OutboxRow,
    PushStep,
    first_values,
    moved_values,
    outbox_row,
    push_step,
    step_values,
)
from bridge.store.push_states import NEXT, WITHDRAWABLE, PushState
from bridge.store.schema import outbox, outbox_log

_BY_KEY = select(outbox).where(outbox.c.key == bindparam("wanted"))
_ORDER = (outbox.c.due_at, outbox.c.key)
_READY = (
    select(outbox)
    .where(
        or_(
            outbox.c.state == PushState.PENDING.value,
            (outbox.c.state == PushState.RETRY_AT.value) & (outbox.c.retry_at <= bindparam("now")),
        )
    )
    .order_by(*_ORDER)
)
_IN_STATES = select(outbox).where(outbox.c.state.in_(bindparam("states", expanding=True))).order_by(*_ORDER)
_IN_STATES_OF_KINDS = _IN_STATES.where(outbox.c.kind.in_(bindparam("kinds", expanding=True)))
_OF_INCIDENT = select(outbox).where(outbox.c.incident_id == bindparam("incident")).order_by(*_ORDER)
_OF_CREDIT = select(outbox).where(outbox.c.credit_id == bindparam("credit")).order_by(*_ORDER)
_OF_CREDITS = (
    select(outbox).where(outbox.c.credit_id.in_(bindparam("credits", expanding=True))).order_by(*_ORDER)
)
_COUNTS = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
# What was sent, or handed to a person, may have come true on the panel; a mere wish has not.
_WRITTEN = (
    select(outbox)
    .where(
        outbox.c.ticket_id.in_(bindparam("tickets", expanding=True)),
        or_(
            outbox.c.attempts > 0,
            outbox.c.state.in_([PushState.SENT.value, PushState.VERIFIED.value, PushState.MANUAL.value]),
        ),
    )
    .order_by(outbox.c.created_at, outbox.c.key)
)
_LOG = select(outbox_log).where(outbox_log.c.key == bindparam("wanted")).order_by(outbox_log.c.step_id)
_ADD = insert(outbox)
_LOCK = _BY_KEY.with_for_update()
_MOVE = (
    update(outbox)
    .where(outbox.c.key == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}") for name in CHANGING})
)
_ADD_STEP = insert(outbox_log)


class Outbox:
    """Pushes in all states; the transitions are those of `push_states.NEXT`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        push: Push,
        *,
        incident_id: str | None,
        credit_id: str | None,
        at: datetime,
        actor: str = "bridge",
    ) -> bool:
        """Write a push as pending; return False, and change nothing, where its key is known already."""
        with self._database.writing() as connection:
            if connection.execute(_BY_KEY, {"wanted": push.key}).one_or_none() is not None:
                return False
            owners = {"incident_id": incident_id, "credit_id": credit_id}
            connection.execute(_ADD, first_values(push, at) | owners)
            connection.execute(_ADD_STEP, step_values(push.key, None, PushState.PENDING, at=at, actor=actor))
        return True

    def get(self, key: str) -> OutboxRow | None:
        """Return the push under a key."""
        return next(iter(self._rows(_BY_KEY, wanted=key)), None)

    def ready(self, now: datetime) -> list[OutboxRow]:
        """Return what may be sent now (pending, or its retry has come), oldest deadline first."""
        return self._rows(_READY, now=now)

    def in_states(self, *states: PushState, kinds: Collection[PushKind] | None = None) -> list[OutboxRow]:
        """Return what is in one of these states, of some kinds only if asked, oldest deadline first."""
        values = sorted(state.value for state in states)
        if kinds is None:
            return self._rows(_IN_STATES, states=values)
        return self._rows(_IN_STATES_OF_KINDS, states=values, kinds=sorted(kind.value for kind in kinds))

    def of_incident(self, incident_id: str) -> list[OutboxRow]:
        """Return every push of an incident, oldest deadline first."""
        return self._rows(_OF_INCIDENT, incident=incident_id)

    def of_credit(self, credit_id: str) -> list[OutboxRow]:
        """Return every push of a line of the ledger, oldest deadline first."""
        return self._rows(_OF_CREDIT, credit=credit_id)

    def of_credits(self, credit_ids: Iterable[str]) -> list[OutboxRow]:
        """Return every push of these lines of the ledger."""
        found: list[OutboxRow] = []
        for batch in in_batches(credit_ids):
            found += self._rows(_OF_CREDITS, credits=batch)
        return found

    def move(  # noqa: PLR0913 - a step is recorded with all its circumstances
        self,
        key: str,
        to: PushState,
        *,
        at: datetime,
        actor: str,
        reason: str = "",
        route: Route | None = None,
        retry_at: datetime | None = None,
    ) -> OutboxRow:
        """Take one step, log it, and return the row as it stands now.

        `route` stays what it was where none is given. Raises KeyError for an unknown key, and ValueError
        for a step that is not legal, a retry without its time, or a parked push without its reason.
        """
        with self._database.writing() as connection:
            row = _locked(connection, key)
            if to not in NEXT[row.state]:
                raise ValueError(f"{key} is {row.state} and cannot become {to}")
            if (retry_at is not None) != (to is PushState.RETRY_AT):
                raise ValueError(f"{key}: `retry_at` needs its time, and no other state has one")
            if to is PushState.PARKED and not reason:
                raise ValueError(f"{key} cannot be parked without a reason")
            step = step_values(
                key, row.state, to, at=at, actor=actor, reason=reason, route=route, retry_at=retry_at
            )
            connection.execute(_ADD_STEP, step)
            connection.execute(_MOVE, moved_values(row, step))
            return _locked(connection, key)

    def withdraw(self, key: str, at: datetime, actor: str, reason: str) -> bool:
        """Discard a push that surely does not stand on the panel; return False where it may, or is unknown.

        Possible from pending, retry_at and manual, and from parked unless it was parked out of doubt: that
        one only a person can discard, who has looked (`move`).
        """
        with self._database.writing() as connection:
            found = connection.execute(_LOCK, {"wanted": key}).one_or_none()
            row = None if found is None else outbox_row(found)
            if row is None or row.state not in WITHDRAWABLE or row.in_flight_since is not None:
                return False
            self.move(key, PushState.DISCARDED, at=at, actor=actor, reason=reason)
        return True

    def being_closed(self, *, apart: bool = False) -> set[int]:
        """Return the tickets that are to be closed and are not yet; `apart`: by pushes of no incident."""
        unfinished = [state for state in PushState if not state.is_settled]
        rows = self.in_states(*unfinished, kinds={PushKind.CLOSE})
        return {row.push.ticket_id or 0 for row in rows if row.incident_id is None or not apart}

    def log_of(self, key: str) -> list[PushStep]:
        """Return the steps of a push, first one first."""
        with self._database.reading() as connection:
            return [push_step(row) for row in connection.execute(_LOG, {"wanted": key})]

    def counts(self) -> dict[PushState, int]:
        """Return how many pushes are in each state; states without any are left out."""
        with self._database.reading() as connection:
            return {STATES[row.state]: row.number for row in connection.execute(_COUNTS)}

    def written(self, ticket_ids: Iterable[int]) -> dict[int, list[OutboxRow]]:
        """Return what the bridge itself may have written to these tickets, oldest wish first."""
        found: dict[int, list[OutboxRow]] = defaultdict(list)
        with self._database.reading() as connection:
            for batch in in_batches(ticket_ids):
                for row in connection.execute(_WRITTEN, {"tickets": batch}):
                    found[row.ticket_id].append(outbox_row(row))
        return dict(found)

    def _rows(self, statement: Select[Any], **values: object) -> list[OutboxRow]:
        with self._database.reading() as connection:
            return [outbox_row(row) for row in connection.execute(statement, values)]


def _locked(connection: Connection, key: str) -> OutboxRow:
    row = connection.execute(_LOCK, {"wanted": key}).one_or_none()
    if row is None:
        raise KeyError(key)
    return outbox_row(row)
