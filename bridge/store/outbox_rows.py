"""A push in the outbox and the steps it takes, as records and as rows of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bridge.domain.intents import Push, Route
from bridge.store.codec import push_from_json, push_to_json
from bridge.store.push_states import OUTCOME_OPEN, PushState

STATES = {state.value: state for state in PushState}

# The columns of a push that change while it travels; all others are fixed by a trigger.
CHANGING = (
    "state",
    "route",
    "attempts",
    "retry_at",
    "in_flight_since",
    "waiting_since",
    "reason",
    "changed_at",
)

# Where a push has gone through as hoped, or was withdrawn: nobody waits for it any more.
_THROUGH = frozenset({PushState.SENT, PushState.VERIFIED, PushState.DISCARDED})

# Where a push begins to wait, unless it has waited already.
_WAITING = frozenset({PushState.RETRY_AT, PushState.IN_DOUBT, PushState.PARKED, PushState.MANUAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A push and where it stands.

    `in_flight_since` is when the last sending began, kept until its outcome is known: as long as it is
    set, the push may stand on the panel. `waiting_since` is since when it has not gone through as hoped
    (retry, in doubt, parked, manual). `changed_at` is when the present state began, `attempts` how often
    it was sent.
    """

    push: Push
    incident_id: str | None
    credit_id: str | None
    state: PushState
    route: Route | None
    attempts: int
    retry_at: datetime | None
    in_flight_since: datetime | None
    waiting_since: datetime | None
    reason: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PushStep:
    """One step of a push; `from_state` is None where it was written."""

    key: str
    from_state: PushState | None
    to_state: PushState
    at: datetime
    actor: str
    reason: str
    route: Route | None
    retry_at: datetime | None


def first_values(push: Push, at: datetime) -> dict[str, Any]:
    """Return the row of a push that was just decided."""
    return {
        "key": push.key,
        "kind": push.kind.value,
        "client_id": push.client_id,
        "ticket_id": push.ticket_id,
        "marker": push.marker,
        "due_at": push.due_at,
        "push": push_to_json(push),
        "state": PushState.PENDING.value,
        "attempts": 0,
        "reason": "",
        "created_at": at,
        "changed_at": at,
    }


def step_values(  # noqa: PLR0913 - a step is recorded with all its circumstances
    key: str,
    from_state: PushState | None,
    to_state: PushState,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    route: Route | None = None,
    retry_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the row of the log for one step."""
    return {
        "key": key,
        "from_state": None if from_state is None else from_state.value,
        "to_state": to_state.value,
        "at": at,
        "actor": actor,
        "reason": reason,
        "route": None if route is None else route.value,
        "retry_at": retry_at,
    }


def moved_values(row: OutboxRow, step: dict[str, Any]) -> dict[str, Any]:
    """Return what a step changes in its push, under the names of the update's parameters."""
    to, at = STATES[step["to_state"]], step["at"]
    starts = to is PushState.SENDING
    return {
        "wanted": row.push.key,
        "new_state": to.value,
        "new_route": step["route"] or (row.route and row.route.value),
        "new_attempts": row.attempts + starts,
        "new_retry_at": step["retry_at"],
        "new_in_flight_since": at if starts else _in_flight_since(row, to),
        "new_waiting_since": _waiting_since(row, to, at),
        "new_reason": step["reason"],
        "new_changed_at": at,
    }


def _in_flight_since(row: OutboxRow, to: PushState) -> datetime | None:
    # Parked straight from sending, the panel has refused it; parked out of doubt, it may stand there.
    is_put_aside = to in {PushState.PARKED, PushState.MANUAL} and row.state is not PushState.SENDING
    return row.in_flight_since if to in OUTCOME_OPEN or is_put_aside else None


def _waiting_since(row: OutboxRow, to: PushState, at: datetime) -> datetime | None:
    if to in _THROUGH:
        return None
    return row.waiting_since or (at if to in _WAITING else None)


def outbox_row(row: Row[Any]) -> OutboxRow:
    """Return a push as the table holds it."""
    return OutboxRow(
        push=push_from_json(row.push),
        incident_id=row.incident_id,
        credit_id=row.credit_id,
        state=STATES[row.state],
        route=None if row.route is None else Route(row.route),
        attempts=row.attempts,
        retry_at=row.retry_at,
        in_flight_since=row.in_flight_since,
        waiting_since=row.waiting_since,
        reason=row.reason,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def push_step(row: Row[Any]) -> PushStep:
    """Return a step as the log holds it."""
    return PushStep(
        key=row.key,
        from_state=None if row.from_state is None else STATES[row.from_state],
        to_state=STATES[row.to_state],
        at=row.at,
        actor=row.actor,
        reason=row.reason,
        route=None if row.route is None else Route(row.route),
        retry_at=row.retry_at,
    )
