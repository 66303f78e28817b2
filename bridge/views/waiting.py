"""How much waits, and for whom: counted over the whole store, for summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.decisions import CreditStatus
from bridge.store.push_states import PushState
from bridge.store.store import Store

TO_DECIDE = (
    CreditStatus.AWAITING_APPROVAL,
    CreditStatus.AWAITING_AMOUNT,
    CreditStatus.HELD,
    CreditStatus.REVERSAL_PROPOSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Lines of the worklist by kind, pushes by state, credits by status, and pushes that are ready to go."""

    work: Mapping[str, int]
    pushes: Mapping[PushState, int]
    credits: Mapping[CreditStatus, int]
    ready: int


def waiting(store: Store, now: datetime) -> Waiting:
    """Count what waits at `now`."""
    work: dict[str, int] = {}
    for line in store.worklist.open_lines():
        work[line.kind] = work.get(line.kind, 0) + 1
    counts = store.outbox.counts()
    credits_: dict[CreditStatus, int] = {}
    for line_ in store.ledger.lines(TO_DECIDE):
        credits_[line_.status] = credits_.get(line_.status, 0) + 1
    return Waiting(
        work=work,
        pushes={state: counts[state] for state in (PushState.PARKED, PushState.IN_DOUBT) if state in counts},
        credits=credits_,
        ready=len(store.outbox.ready(now)),
    )
