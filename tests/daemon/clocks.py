"""A clock for the service's parts: it stands still, and what happens during a sleep can be scripted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bridge.clock import SetClock

START = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


class StillClock(SetClock):
    """Time passes only by `pass_`, or by sleeping; `during` are done one in each sleep."""

    def __init__(self, now: datetime = START, during: list[Callable[[], object]] | None = None) -> None:
        super().__init__(now)
        self.rested = 0.0
        self.slept: list[float] = []
        self.during = during or []

    def monotonic(self) -> float:
        return self.rested

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.rested += seconds
        if self.during:
            self.during.pop(0)()

    def pass_(self, seconds: float) -> None:
        self.rested += seconds
