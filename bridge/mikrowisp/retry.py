"""Reads are tried again when the panel does not answer or answers rubbish; writes never are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from bridge.clock import Clock
from bridge.errors import PanelUnreachable, PanelUnusable

T = TypeVar("T")

ATTEMPTS = 3
FIRST_WAIT = 0.5
LONGEST_WAIT = 4.0


class ReadRetry:
    """Runs a read up to `attempts` times, waiting longer each time, with a random part.

    AccessRefused ends it at once: a second try with a refused token only fills the panel's log. All waits
    together stay under `attempts * (LONGEST_WAIT + 1)` seconds.
    """

    def __init__(self, clock: Clock, *, attempts: int = ATTEMPTS, first_wait: float = FIRST_WAIT) -> None:
        self._retrying = Retrying(
            sleep=clock.sleep,
            stop=stop_after_attempt(attempts),
            wait=wait_exponential(multiplier=first_wait, max=LONGEST_WAIT) + wait_random(0, first_wait),
            retry=retry_if_exception_type((PanelUnreachable, PanelUnusable)),
            reraise=True,
        )

    def __call__(self, read: Callable[[], T]) -> T:
        """Return what `read` returns; raises its last error."""
        return self._retrying.copy()(read)
