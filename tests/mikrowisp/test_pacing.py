"""The rate limit is used to the full and never exceeded."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clock import SystemClock
from bridge.mikrowisp.pacing import Pace
from tests.mikrowisp.panels import StepClock


class ManyClocks(SystemClock):
    """A frozen clock that only notes for how long each caller was told to wait."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.moments.append(seconds)


@pytest.mark.parametrize("rate", [1.0, 20.0, 333.0])
def test_saturated_sweep_uses_at_least_95_percent_and_never_more_than_the_rate(rate: float) -> None:
    clock = ManyClocks()
    pace = Pace(rate, clock)
    for _ in range(int(rate * 10) + 1):
        pace.wait()

    moments = [0.0, *clock.moments]

    assert (len(moments) - 1) / moments[-1] >= 0.95 * rate
    for first in moments:
        assert sum(first <= moment < first + 1 for moment in moments) <= rate


@given(st.lists(st.floats(0, 3), max_size=60))
def test_no_pause_is_made_up_for_by_a_burst(pauses: list[float]) -> None:
    clock = StepClock()
    pace = Pace(5, clock)
    moments = []
    for pause in pauses:
        clock.sleep(pause)
        pace.wait()
        moments.append(clock.monotonic())

    for first in moments:
        assert sum(first <= moment < first + 1 for moment in moments) <= 5


def test_zero_is_no_limit() -> None:
    clock = StepClock()
    for _ in range(100):
        Pace(0, clock).wait()

    assert clock.waits == []


def test_threads_share_one_pace() -> None:
    clock = ManyClocks()
    pace = Pace(10, clock)
    threads = [threading.Thread(target=lambda: [pace.wait() for _ in range(25)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(round(moment / (1 / 9.8)) for moment in clock.moments) == Counter(range(1, 200))
