"""Pushes in a person's hands: work done in the panel, and what to do with those that did not go through."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.desk.person import Deed
from bridge.domain.decisions import CreditStatus
from bridge.domain.intents import PushKind
from bridge.errors import UsageFault
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.store.worklist import WorkLine
from bridge.sync.parking import Parked, is_parked_for
from bridge.sync.posting import is_owed, post

_S = PushState
_RETRIABLE = frozenset({_S.PARKED, _S.RETRY_AT, _S.MANUAL, _S.DISCARDED})
_DISCARDABLE = frozenset({_S.PENDING, _S.RETRY_AT, _S.PARKED, _S.MANUAL})
_BY_HAND = frozenset({_S.MANUAL, _S.PARKED})


def work_done(store: Store, line_id: int, by: str, at: datetime) -> WorkLine:
    """Tick a line off the worklist; the push behind it stands on the panel, as far as a person can tell.

    It counts as sent, and its credit as posted, until a later read shows it. A ticket that was opened counts
    as there at once, and is known when a read shows its marker (see `opened_by_hand` for one without). Where
    it stands at another customer, who is the same person, push and credit are over: nothing will ever show
    it at this one.

    Raises UsageFault for an unknown line, or one that is ticked off.
    """
    with store.transaction():
        line = store.worklist.done(line_id, by, at)
        if line.done_at != at or line.done_by != by:
            raise UsageFault(f"line {line_id} was ticked off by {line.done_by} already")
        row = store.outbox.get(line.push_key) if line.push_key is not None else None
        if row is not None and is_parked_for(row, Parked.OTHER_CLIENT):
            _stands_elsewhere(store, row, by, at)
        elif row is not None and row.state in _BY_HAND:
            _stands(store, row, by, at)
    return line


def retry(store: Store, key: str, by: str, at: datetime, *, not_there: bool = False) -> OutboxRow:
    """Send a push again with the next sync; one that may stand on the panel is looked for there first.

    Where no read can show it, it is sent only if a person has looked and says that it is `not_there`; it
    is parked otherwise. One that was discarded is looked for whatever they say.

    Raises UsageFault for an unknown push, one that is under way or delivered, and one whose credit is held
    or was given up.
    """
    with store.transaction():
        row = _row(store, key)
        if row.state not in _RETRIABLE:
            raise UsageFault(
                f"{row.push.key} is {row.state}: {row.state.label}. There is nothing to send again"
            )
        if not is_owed(store, row):
            raise UsageFault(_not_owed(store, row))
        may_stand = row.in_flight_since is not None and not not_there
        to = _S.IN_DOUBT if may_stand or row.state is _S.DISCARDED else _S.PENDING
        store.worklist.close_key(f"push/{row.push.key}", by, at)
        reason = "a person looked, and it is not there" if not_there else "sent again by hand"
        return store.outbox.move(row.push.key, to, at=at, actor=by, reason=reason)


def discard(store: Store, key: str, deed: Deed) -> OutboxRow:
    """Give a push up. The credit behind it is held, so that it is neither sent nor forgotten.

    Raises UsageFault for an unknown push, and one that is under way or delivered.
    """
    with store.transaction():
        row = _row(store, key)
        if row.state not in _DISCARDABLE:
            raise UsageFault(f"{row.push.key} is {row.state}: {row.state.label}. It cannot be discarded now")
        row = store.outbox.move(row.push.key, _S.DISCARDED, at=deed.at, actor=deed.by, reason=deed.reason)
        store.worklist.close_key(f"push/{row.push.key}", deed.by, deed.at)
        line = store.ledger.line(row.credit_id) if row.credit_id is not None else None
        if line is not None and line.status in {CreditStatus.DUE, CreditStatus.POSTED}:
            held = replace(line, status=CreditStatus.HELD, facts={**line.facts, "decided_by": deed.by})
            store.ledger.record(held, at=deed.at, actor=deed.by, note=deed.reason)
    return row


def _not_owed(store: Store, row: OutboxRow) -> str:
    line = store.ledger.line(row.credit_id or "")
    if line is None or line.status is CreditStatus.VOIDED:
        return f"{row.credit_id} was given up for good: its push cannot be sent again"
    return (
        f"{row.credit_id} is {line.status}, so its push cannot be sent again by itself; "
        f"`bridge credits approve {row.credit_id} --by NAME --reason TEXT` sends both"
    )


def _row(store: Store, key: str) -> OutboxRow:
    row = store.outbox.get(key.strip())
    if row is None:
        raise UsageFault(f"there is no push {key}; `bridge outbox list --all` shows all of them")
    return row


def _stands(store: Store, row: OutboxRow, by: str, at: datetime) -> None:
    # Nobody can look for a ticket whose marker was not pasted: it would seem to have been undone.
    state = _S.VERIFIED if row.push.kind is PushKind.OPEN else _S.SENT
    store.outbox.move(row.push.key, state, at=at, actor=by, reason="seen or done in the panel by hand")
    store.worklist.close_key(f"push/{row.push.key}", by, at)
    line = store.ledger.line(row.credit_id) if row.credit_id is not None else None
    if line is not None and line.status in {CreditStatus.DUE, CreditStatus.HELD}:
        post(store, row, at, CreditStatus.POSTED)


def _stands_elsewhere(store: Store, row: OutboxRow, by: str, at: datetime) -> None:
    store.outbox.move(row.push.key, _S.DISCARDED, at=at, actor=by, reason=row.reason)
    store.worklist.close_key(f"push/{row.push.key}", by, at)
    line = store.ledger.line(row.credit_id) if row.credit_id is not None else None
    if line is not None and line.status is CreditStatus.DUE:
        voided = replace(line, status=CreditStatus.VOIDED, facts={**line.facts, "decided_by": by})
        store.ledger.record(voided, at=at, actor=by, note=row.reason)
