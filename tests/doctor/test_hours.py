"""The panel's hours: what is known, what is surmised, and what could not be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.doctor.check import Status
from bridge.doctor.hours import Worked, billing_check, zone_check

MEXICO = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # 10:00 in Mexico City
EVERY = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("setting", "newest", "status", "words"),
    [
        ("America/Mexico_City", None, Status.OK, "own setting is the same"),
        ("America/Monterrey", None, Status.OK, "shows the same time"),
        ("America/Tijuana", None, Status.FAILED, "America/Tijuana: its times are read wrong"),
        ("GMT-6", NOW - timedelta(minutes=30), Status.OK, "fits the panel's newest activity"),
        ("GMT-6", NOW - timedelta(minutes=31), Status.SKIPPED, "the panel says `GMT-6`"),
        (None, NOW + timedelta(minutes=10), Status.OK, "fits"),
        (None, NOW + timedelta(minutes=10, seconds=1), Status.FAILED, "still to come"),
        (None, NOW - timedelta(hours=3), Status.SKIPPED, "could not be told"),
        ("", None, Status.SKIPPED, "shows no activity"),
    ],
)
def test_the_zone_is_held_against_the_setting_else_against_the_newest_activity(
    setting, newest, status, words
) -> None:
    check = zone_check(setting, newest, MEXICO, NOW)

    assert check.status is status
    assert words in check.detail
    assert bool(check.next_step) == (status is not Status.OK)


def test_a_wrong_zone_is_mended_in_the_configuration() -> None:
    check = zone_check("America/Tijuana", None, MEXICO, NOW)

    assert (check.exit_code, check.next_step) == (1, "write `timezone: America/Tijuana` under panel")


def cycle(began: str, minutes: float, *, pushed: bool = True) -> Worked:
    start = datetime.fromisoformat(f"2026-11-25T{began}").replace(tzinfo=MEXICO)
    return Worked(began=start, ended=start + timedelta(minutes=minutes), pushed=pushed)


@pytest.mark.parametrize(
    ("ran", "status"),
    [
        (cycle("03:19:00", 0.9), Status.OK),
        (cycle("03:19:00", 1), Status.WARNING),
        (cycle("03:29:00", 4), Status.WARNING),
        (cycle("03:30:00", 1), Status.WARNING),
        (cycle("03:30:01", 1), Status.OK),
        (cycle("03:25:00", 1, pushed=False), Status.OK),
        (cycle("12:00:00", 5, pushed=False), Status.WARNING),
    ],
)
def test_a_cycle_that_writes_at_the_billing_hour_or_is_always_at_work_is_told(ran, status) -> None:
    check = billing_check("03:30", [ran], every=EVERY, zone=MEXICO)

    assert (check.status, check.subject) == (status, "03:30")


def test_an_hour_that_cannot_be_read_is_the_panels_default_and_says_so() -> None:
    for setting in (None, "", "at night"):
        check = billing_check(setting, [], every=EVERY, zone=MEXICO)

        assert check.status is Status.OK
        assert check.detail.startswith(
            "could not be read; the panel's default is 03:30; no cycle has run yet"
        )


def test_the_warning_says_which_minutes_to_leave_free() -> None:
    check = billing_check("02:00", [cycle("01:55:00", 2)], every=EVERY, zone=MEXICO)

    assert "the cycle of 2026-11-25 01:55 was writing" in check.detail
    assert check.next_step.startswith("let no cycle begin in the 12 minutes before 02:00")
