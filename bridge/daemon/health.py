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


class Health:
    """The latest snapshot, and the age of the last good cycle.

    The age is counted by a clock that nobody sets and that stands still while the machine sleeps: a clock
    that jumps and a night's sleep are no trouble of the bridge. What had passed before the start counts too,
    so a service that is started again and again without success is found out.
    """

    def __init__(self, first: Snapshot, *, patience: timedelta, clock: Clock) -> None:
        self.snapshot = first
        self.patience = patience
        self._clock = clock
        self._good_at: datetime | None = first.status.last_good_at
        self._before = first.status.good_age or timedelta()
        self._since = clock.monotonic()

    def take(self, snapshot: Snapshot) -> None:
        """Keep what is true now."""
        if snapshot.status.last_good_at != self._good_at:
            self._good_at = snapshot.status.last_good_at
            self._before, self._since = timedelta(), self._clock.monotonic()
        self.snapshot = snapshot

    @property
    def age(self) -> timedelta:
        """How long there was no good cycle; without any so far, since the start."""
        return self._before + timedelta(seconds=self._clock.monotonic() - self._since)

    @property
    def is_stale(self) -> bool:
        """Whether the last good cycle is older than the patience."""
        return self.age > self.patience
