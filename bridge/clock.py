"""The only reader of the clock; everything else takes the time as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the program gets the time from. Instants are aware and in UTC."""

    def now(self) -> datetime:
        """Return the time by which rules are applied (replaced by `BRIDGE_NOW` on a loopback panel)."""

    def real(self) -> datetime:
        """Return the true time, for leases, rate limits and time-outs."""

    def monotonic(self) -> float:
        """Return seconds that only grow, for durations."""

    def sleep(self, seconds: float) -> None:
        """Wait for real."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)  # noqa: TID251 - this module is the one place

    def real(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)  # noqa: TID251 - this module is the one place

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(seconds)  # noqa: TID251 - this module is the one place


class SetClock(SystemClock):
    """A clock whose rule time is set by hand: `BRIDGE_NOW`, the demo, tests."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def set(self, now: datetime) -> None:
        """Move the rule time to `now`; refuses a naive instant with ValueError."""
        if now.tzinfo is None:
            raise ValueError("an instant needs its offset")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self._now
