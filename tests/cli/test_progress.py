"""How far a cycle has come: lines now and then where nobody watches, a bar at a terminal."""

from __future__ import annotations

import sys

import pytest

from bridge.cli.progress import Shown
from bridge.clock import SystemClock


class Watch(SystemClock):
    """A clock whose seconds are set by hand."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def test_a_short_phase_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch()

    with Shown(watch) as shown:
        step = shown.phase("read")
        watch.seconds = 9
        step(1, 2)
        step(2, 2)

    assert capsys.readouterr() == ("", "")


def test_a_long_phase_says_every_ten_seconds_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch()

    with Shown(watch) as shown:
        step = shown.phase("read")
        for done in range(1, 31):
            watch.seconds = done
            step(done, 30)

    captured = capsys.readouterr()
    assert captured.err.splitlines() == [f"Reading the panel: {done} of 30" for done in (10, 20, 30)]
    assert captured.out == ""


def test_at_a_terminal_a_bar_is_drawn_and_taken_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    with Shown(SystemClock()) as shown:
        shown.phase("read")(3, 4)
        shown.phase("push")(1, 2)

    captured = capsys.readouterr()
    assert "Writing to the panel" in captured.err
    assert captured.err.endswith("\x1b[2K")
    assert captured.out == ""
