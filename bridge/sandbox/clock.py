"""The sandbox's own clock: real time until somebody sets, freezes or advances it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from zoneinfo import ZoneInfo


class ClockError(ValueError):
    """A time that cannot be understood."""


class Clock:
    """The panel's clock in the panel's time zone, to the second; safe to use from several threads."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.timezone = timezone
        self._lock = threading.Lock()
        self._frozen_at: dt.datetime | None = None
        self._offset = dt.timedelta(0)

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def now(self) -> dt.datetime:
        """Return the panel's present instant, aware and without microseconds."""
        with self._lock:
            instant = self._frozen_at or _real() + self._offset
        return instant.astimezone(self.zone).replace(microsecond=0)

    def local(self) -> str:
        """Return the present as the panel writes it: local time without an offset."""
        return as_text(self.now())

    def set(self, instant: dt.datetime, *, frozen: bool = True) -> None:
        """Move to `instant`, and stand still there or run on from there."""
        with self._lock:
            self._offset = instant - _real()
            self._frozen_at = instant if frozen else None

    def advance(self, seconds: float) -> None:
        """Move forward (or back) by `seconds`; a frozen clock stays frozen."""
        step = dt.timedelta(seconds=seconds)
        with self._lock:
            self._offset += step
            if self._frozen_at is not None:
                self._frozen_at += step

    def freeze(self, *, frozen: bool) -> None:
        """Stop at the present instant, or run on from it."""
        self.set(self.now(), frozen=frozen)

    def real(self) -> None:
        """Go back to real time."""
        with self._lock:
            self._offset = dt.timedelta(0)
            self._frozen_at = None

    def read(self, text: str) -> dt.datetime:
        """Read an ISO time; without an offset it is meant in the panel's zone."""
        try:
            instant = dt.datetime.fromisoformat(text)
        except (TypeError, ValueError) as fault:
            raise ClockError(f"{text!r} is no ISO time such as 2026-02-01T10:00:00-06:00") from fault
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=self.zone)
        return instant.astimezone(self.zone).replace(microsecond=0)


def as_text(instant: dt.datetime) -> str:
    """Write an instant as a DATETIME column holds it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S")


def pause(milliseconds: float) -> None:
    """Wait in real time; the sandbox's clock does not move by it when it is frozen."""
    if milliseconds > 0:
        time.sleep(milliseconds / 1000)  # noqa: TID251  a slow answer has to be slow for the client, on a real clock


def stopwatch() -> float:
    """Return a real, ever-growing number of seconds for measuring how long an answer took."""
    return time.perf_counter()


def _real() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251  this module is the sandbox's only reader of the clock
