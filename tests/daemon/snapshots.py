"""Figures for the tests of what shows and tells them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bridge.daemon.health import Health, Snapshot
from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.money import Money
from bridge.store.push_states import PushState
from bridge.store.sums import Sum
from bridge.views.status import LastCycle, MailboxStatus, Status
from bridge.views.waiting import Waiting
from tests.daemon.clocks import START, StillClock

PATIENCE = timedelta(minutes=30)

STATUS = Status(
    at=START,
    last_good_at=START,
    last_cycle=LastCycle(started_at=START - timedelta(seconds=4), seconds=4.0, calls=12, exit_code=0),
    mailbox=None,
    errors={"panel_unreachable": 3, "retry": 1},
    incidents={"1": 4, "3": 1, "none": 2},
    breaches={"level_1_contact": 1},
    credits=[
        Sum(type=CreditType.DAYS, status=CreditStatus.POSTED, lines=2, amount=Money(Decimal("69.80"), "MXN")),
    ],
    pushes={PushState.VERIFIED: 40, PushState.PARKED: 1},
    waiting=Waiting(work={"check": 1}, pushes={PushState.PARKED: 1}, credits={}, ready=0),
    oldest_work_at=START - timedelta(hours=2),
    mappings="3f9a71c0d2e1",
    lease=None,
)
SNAPSHOT = Snapshot(status=STATUS, version="3f9a71c0d2e1", faults=(), trouble="")


def seen(*, good_at: datetime | None = START, at: datetime = START, **changes: Any) -> Snapshot:
    """A snapshot taken at `at` whose last good cycle ended at `good_at`."""
    return replace(SNAPSHOT, status=replace(STATUS, at=at, last_good_at=good_at), **changes)


def mail_seen(read_at: datetime | None, trouble: str = "", *, good_at: datetime = START) -> Snapshot:
    """A snapshot of a bridge that has a mailbox, last read at `read_at`."""
    mailbox = MailboxStatus(read_at=read_at, trouble=trouble)
    return replace(SNAPSHOT, status=replace(STATUS, last_good_at=good_at, mailbox=mailbox))


def health(clock: StillClock, first: Snapshot = SNAPSHOT) -> Health:
    return Health(first, patience=PATIENCE, clock=clock)
