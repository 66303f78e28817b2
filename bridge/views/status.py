"""How the bridge is doing, from its store: the last good cycle, errors, what is open, owed and waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.store.lease import Holder
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.store.sums import Sum, credit_sums
from bridge.sync.cycle import LAST_GOOD
from bridge.sync.pull import MAPPINGS_SEEN
from bridge.views.instants import iso
from bridge.views.waiting import Waiting, waiting

_DAY = timedelta(days=1)
_MOST_RUNS = 2000
NO_LEVEL = "none"  # enquiries, and faults that nobody has routed yet
_VERSION = 12  # so many signs of a digest tell two versions of the mappings apart


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCycle:
    """The cycle that began last. `seconds` and `exit_code` are None while it is under way, or was killed."""

    started_at: datetime
    seconds: float | None
    calls: int
    exit_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The figures at one moment.

    `errors` counts the last 24 hours by reaction (docs/logs.md). `incidents` are open ones by level,
    `breaches` those of open incidents by name. `mappings` is the version that the last cycle went by.
    """

    at: datetime
    last_good_at: datetime | None
    last_cycle: LastCycle | None
    errors: Mapping[str, int]
    incidents: Mapping[str, int]
    breaches: Mapping[str, int]
    credits: Sequence[Sum]
    pushes: Mapping[PushState, int]
    waiting: Waiting
    oldest_work_at: datetime | None
    mappings: str | None
    lease: Holder | None

    @property
    def good_age(self) -> timedelta | None:
        """How long ago the last good cycle ended; None where there was none."""
        return None if self.last_good_at is None else max(self.at - self.last_good_at, timedelta())

    @property
    def work_age(self) -> timedelta | None:
        """How long the oldest line of the worklist has waited."""
        return None if self.oldest_work_at is None else max(self.at - self.oldest_work_at, timedelta())

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """The figures with stable names."""
        last = self.last_cycle
        return {
            "at": iso(self.at, zone),
            "last_good_cycle": {"at": iso(self.last_good_at, zone), "age_seconds": _seconds(self.good_age)},
            "last_cycle": last
            and {
                "started_at": iso(last.started_at, zone),
                "seconds": last.seconds,
                "calls": last.calls,
                "exit_code": last.exit_code,
            },
            "errors": dict(self.errors),
            "open_incidents": dict(self.incidents),
            "breaches": dict(self.breaches),
            "credits": [
                {
                    "type": str(one.type),
                    "status": str(one.status),
                    "lines": one.lines,
                    "amount": str(one.amount),
                    "currency": one.amount.currency,
                }
                for one in self.credits
            ],
            "pushes": {str(state): number for state, number in self.pushes.items()},
            "worklist": {
                "lines": sum(self.waiting.work.values()),
                "kinds": dict(sorted(self.waiting.work.items())),
                "oldest_since": iso(self.oldest_work_at, zone),
                "oldest_age_seconds": _seconds(self.work_age),
            },
            "lease": self.lease and {"held_by": self.lease.owner, "since": iso(self.lease.taken_at, zone)},
        }


def version(digest: str) -> str:
    """Return the short name of a version of the mappings."""
    return digest[:_VERSION]


def status_of(store: Store, *, now: datetime, real_now: datetime) -> Status:
    """Read the figures. `real_now` is for the lease, whose times are always real ones."""
    lines = store.worklist.open_lines()
    seen = store.meta.get(MAPPINGS_SEEN)
    open_ = store.incidents.open()
    return Status(
        at=now,
        last_good_at=store.meta.get_time(LAST_GOOD),
        last_cycle=_last_cycle(store),
        errors=_errors(store, now - _DAY),
        incidents=_counted(NO_LEVEL if row.level is None else str(row.level) for row in open_),
        breaches=_counted(breach for row in open_ for breach in row.breaches),
        credits=credit_sums(store.database),
        pushes=store.outbox.counts(),
        waiting=waiting(store, now),
        oldest_work_at=lines[0].since if lines else None,
        mappings=None if seen is None else version(seen),
        lease=store.lease.holder(real_now),
    )


def _last_cycle(store: Store) -> LastCycle | None:
    run = store.journal.last()
    if run is None:
        return None
    report = run.report or {}
    return LastCycle(
        started_at=run.started_at,
        seconds=None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds(),
        calls=report.get("calls", 0),
        exit_code=report.get("exit_code"),
    )


def _errors(store: Store, since: datetime) -> dict[str, int]:
    found: Counter[str] = Counter()
    for run in store.journal.since(since, most=_MOST_RUNS):
        found.update((run.report or {}).get("errors", {}))
    return dict(sorted(found.items()))


def _counted(names: Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
