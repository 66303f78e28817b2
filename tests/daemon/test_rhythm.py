"""When cycles run: on time, once for all that was missed, and by two clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import schedule

from bridge.daemon.rhythm import Rhythm
from tests.daemon.clocks import StillClock


class Wall:
    """The machine's clock as `schedule` reads it: naive local time."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 8, 0, tzinfo=UTC).replace(tzinfo=None)

    def now(self, _zone: object = None) -> datetime:
        return self.at

    def __getattr__(self, name: str) -> object:
        return getattr(datetime, name)


class Beat:
    """A rhythm of five minutes whose job takes `takes` seconds; both clocks are in the test's hands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, jitter: int = 0) -> None:
        self.clock, self.wall = StillClock(), Wall()
        self.ran: list[float] = []
        self.takes = 0.0
        monkeypatch.setattr(schedule.datetime, "datetime", self.wall, raising=False)
        every, late = timedelta(minutes=5), timedelta(seconds=jitter)
        self.rhythm = Rhythm(self.job, every=every, jitter=late, clock=self.clock)

    def job(self) -> None:
        self.ran.append(self.clock.rested)
        self.goes_on(self.takes)

    def goes_on(self, seconds: float, *, asleep: float = 0.0, put_back: float = 0.0) -> None:
        self.clock.pass_(seconds)
        self.wall.at += timedelta(seconds=seconds + asleep - put_back)


@pytest.fixture
def beat(monkeypatch: pytest.MonkeyPatch) -> Beat:
    class _Module:
        """The module `datetime` for `schedule` alone."""

        datetime = None
        timedelta = timedelta

    monkeypatch.setattr(schedule, "datetime", _Module())
    return Beat(monkeypatch)


def test_the_first_run_is_at_once_and_the_next_when_it_is_due(beat: Beat) -> None:
    beat.rhythm.run()
    assert (beat.ran, beat.rhythm.seconds_left) == ([0.0], 300.0)

    beat.goes_on(299)
    beat.rhythm.run_if_due()
    assert (beat.ran, beat.rhythm.seconds_left) == ([0.0], 1.0)

    beat.goes_on(1)
    beat.rhythm.run_if_due()
    assert beat.ran == [0.0, 300.0]


def test_the_time_that_a_cycle_takes_does_not_add_up(beat: Beat) -> None:
    beat.takes = 120.0
    beat.rhythm.run()

    assert beat.rhythm.seconds_left == 180.0


def test_a_cycle_that_takes_too_long_is_followed_by_one_and_not_by_two(beat: Beat) -> None:
    beat.takes = 1000.0
    beat.rhythm.run()
    beat.takes = 0.0

    beat.rhythm.run_if_due()
    beat.rhythm.run_if_due()

    assert beat.ran == [0.0, 1000.0]
    assert beat.rhythm.seconds_left == 300.0


def test_what_a_sleeping_machine_missed_is_made_up_once(beat: Beat) -> None:
    """While it sleeps, only the machine's clock goes on."""
    beat.rhythm.run()
    beat.goes_on(10, asleep=8 * 3600)

    beat.rhythm.run_if_due()
    beat.rhythm.run_if_due()

    assert beat.ran == [0.0, 10.0]


def test_a_clock_that_is_put_back_does_not_hold_up_the_next_cycle(beat: Beat) -> None:
    beat.rhythm.run()
    beat.goes_on(100, put_back=3600)
    assert beat.rhythm.seconds_left == 200.0

    beat.goes_on(200)
    beat.rhythm.run_if_due()

    assert beat.ran == [0.0, 300.0]


def test_jitter_is_added_and_never_taken_away(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    late = Beat(monkeypatch, jitter=30)
    left = set()
    for _ in range(200):
        late.rhythm.run()
        left.add(late.rhythm.seconds_left)

    assert min(left) >= 300
    assert max(left) <= 330
    assert len(left) > 10
