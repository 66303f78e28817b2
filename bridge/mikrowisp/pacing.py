"""The rate limit: every request gets its moment, shared by all threads."""

from __future__ import annotations

import threading

from bridge.clock import Clock

# Threads wake late by a few milliseconds; without this slack two neighbours could fall into one window.
_SHARE = 0.98


class Pace:
    """Hands out moments that are evenly spaced at 98 % of `rate` requests a second; 0 is no limit.

    There is no burst after a pause: no window of one second ever holds more than `rate` requests.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._gap = 1 / (rate * _SHARE) if rate > 0 else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Wait for this caller's moment."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._gap
        if moment > now:
            self._clock.sleep(moment - now)
