"""How the service is doing, for the threads that show and tell it; only the service itself writes here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.views.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was true after the last cycle.

    `faults` are those of the mappings, in the language of operations; `trouble` is the reaction to what
    ended the cycle early, or empty.
    """

    status: Status
    version: str
    faults: tuple[str, ...]
    trouble: str


class _Age:
    """How long ago something last went well."""

    def __init__(self, good_at: datetime | None, before: timedelta | None, clock: Clock) -> None:
        self._clock = clock
        self._good_at = good_at
        self._before = before or timedelta()
        self._since = clock.monotonic()

    def take(self, good_at: datetime | None) -> None:
        """Begin anew where it has gone well again."""
        if good_at != self._good_at:
            self._good_at = good_at
            self._before, self._since = timedelta(), self._clock.monotonic()

    @property
    def now(self) -> timedelta:
        return self._before + timedelta(seconds=self._clock.monotonic() - self._since)


class Health:
    """The latest snapshot, and the ages of the last good cycle and of the last reading of the mailbox.

    They are counted by a clock that nobody sets and that stands still while the machine sleeps: a clock
    that jumps and a night's sleep are no trouble of the bridge. What had passed before the start counts too,
    so a service that is started again and again without success is found out.
    """

    def __init__(self, first: Snapshot, *, patience: timedelta, clock: Clock) -> None:
        self.snapshot = first
        self.patience = patience
        self._cycle = _Age(first.status.last_good_at, first.status.good_age, clock)
        self._mail = _Age(_read_at(first), first.status.mail_age, clock)

    def take(self, snapshot: Snapshot) -> None:
        """Keep what is true now."""
        self._cycle.take(snapshot.status.last_good_at)
        self._mail.take(_read_at(snapshot))
        self.snapshot = snapshot

    @property
    def age(self) -> timedelta:
        """How long there was no good cycle; without any so far, since the start."""
        return self._cycle.now

    @property
    def mail_age(self) -> timedelta:
        """How long nobody has read the mailbox; where it never was read, since the start."""
        return self._mail.now

    @property
    def is_stale(self) -> bool:
        """Whether the last good cycle is older than the patience."""
        return self.age > self.patience

    @property
    def is_mail_silent(self) -> bool:
        """Whether there is a mailbox, and it was last read longer ago than the patience."""
        return self.snapshot.status.mailbox is not None and self.mail_age > self.patience


def _read_at(snapshot: Snapshot) -> datetime | None:
    mailbox = snapshot.status.mailbox
    return mailbox.read_at if mailbox is not None else None
