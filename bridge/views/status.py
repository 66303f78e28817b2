"""How the bridge is doing, from its store: the last good cycle, errors, what is open, owed and waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.intake.rounds import LAST_READ, TROUBLE
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
class MailboxStatus:
    """When the support mailbox was last read to the end, and the reaction to what went wrong since."""

    read_at: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The figures at one moment.

    `errors` counts the last 24 hours by reaction (docs/logs.md). `incidents` are open ones by level,
    `breaches` those of open incidents by name. `mappings` is the version that the last cycle went by.
    `mailbox` is None where none is configured.
    """

    at: datetime
    last_good_at: datetime | None
    last_cycle: LastCycle | None
    mailbox: MailboxStatus | None
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
        return self._age(self.last_good_at)

    @property
    def mail_age(self) -> timedelta | None:
        """How long ago the mailbox was last read; None where it never was."""
        return self._age(self.mailbox.read_at if self.mailbox is not None else None)

    @property
    def work_age(self) -> timedelta | None:
        """How long the oldest line of the worklist has waited."""
        return self._age(self.oldest_work_at)

    def _age(self, since: datetime | None) -> timedelta | None:
        return None if since is None else max(self.at - since, timedelta())

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
            "mailbox": self.mailbox
            and {
                "read_at": iso(self.mailbox.read_at, zone),
                "age_seconds": _seconds(self.mail_age),
                "trouble": self.mailbox.trouble,
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


def status_of(store: Store, *, now: datetime, real_now: datetime, reads_mail: bool) -> Status:
    """Read the figures.

    `real_now` is for the lease, whose times are always real ones; `reads_mail` says whether there is a
    mailbox to be read.
    """
    lines = store.worklist.open_lines()
    seen = store.meta.get(MAPPINGS_SEEN)
    open_ = store.incidents.open()
    return Status(
        at=now,
        last_good_at=store.meta.get_time(LAST_GOOD),
        last_cycle=_last_cycle(store),
        mailbox=_mailbox(store) if reads_mail else None,
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


def _mailbox(store: Store) -> MailboxStatus:
    return MailboxStatus(read_at=store.meta.get_time(LAST_READ), trouble=store.meta.get(TROUBLE) or "")


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
