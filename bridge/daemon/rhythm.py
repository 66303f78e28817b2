"""When the next cycle is due: on a schedule, a little late at random, and never twice at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import schedule

from bridge.clock import Clock


class Rhythm:
    """Runs a job again and again, `every` after it last began and up to `jitter` later.

    A job that takes longer is followed by the next one at once; what a sleeping machine missed is made up
    by one run. Two clocks watch: the machine's, which goes on while it sleeps, and one that nobody sets,
    for when the other is put back.
    """

    def __init__(self, job: Callable[[], None], *, every: timedelta, jitter: timedelta, clock: Clock) -> None:
        self._job = job
        self._soonest = int(every.total_seconds())
        self._latest = int((every + jitter).total_seconds())
        self._clock = clock
        self._scheduler = schedule.Scheduler()
        self._began = clock.monotonic()

    def run(self) -> None:
        """Run the job now, and plan the next run."""
        self._scheduler.clear()
        self._began = self._clock.monotonic()
        # Planned before the job begins, so that the time it takes does not add up.
        self._scheduler.every(self._soonest).to(self._latest).seconds.do(self.run)
        self._job()

    def run_if_due(self) -> None:
        """Run the job if its time has come."""
        if self._clock.monotonic() - self._began >= self._latest:
            self.run()
        else:
            self._scheduler.run_pending()

    @property
    def seconds_left(self) -> float:
        """How long until the job is due; 0 where it is."""
        by_rest = self._latest - (self._clock.monotonic() - self._began)
        planned = self._scheduler.idle_seconds
        return max(0.0, min(by_rest, by_rest if planned is None else planned))
