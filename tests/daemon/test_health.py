"""How old the last good cycle is, whatever the clocks do."""

from __future__ import annotations

from datetime import timedelta

from tests.daemon.clocks import START, StillClock
from tests.daemon.snapshots import PATIENCE, health, mail_seen, seen


def test_the_age_begins_anew_with_every_good_cycle() -> None:
    clock = StillClock()
    found = health(clock)

    clock.pass_(100)
    assert found.age == timedelta(seconds=100)
    found.take(seen(good_at=START + timedelta(seconds=100)))
    clock.pass_(7)

    assert found.age == timedelta(seconds=7)


def test_a_cycle_that_was_not_good_changes_nothing() -> None:
    clock = StillClock()
    found = health(clock)

    clock.pass_(100)
    found.take(seen(trouble="panel_unreachable"))

    assert found.age == timedelta(seconds=100)


def test_patience_ends_just_after_its_last_second() -> None:
    clock = StillClock()
    found = health(clock)

    clock.pass_(PATIENCE.total_seconds())
    assert not found.is_stale
    clock.pass_(1)
    assert found.is_stale


def test_what_had_passed_before_the_start_counts() -> None:
    """A service that systemd starts again and again is found out."""
    clock = StillClock()
    found = health(clock, seen(good_at=START - timedelta(minutes=29), at=START))

    clock.pass_(120)

    assert (found.age, found.is_stale) == (timedelta(minutes=31), True)


def test_without_any_good_cycle_it_is_counted_from_the_start() -> None:
    clock = StillClock()
    found = health(clock, seen(good_at=None))

    clock.pass_(60)

    assert found.age == timedelta(seconds=60)


def test_a_machine_that_slept_or_whose_clock_was_set_is_no_trouble() -> None:
    """The first cycle afterwards may still end well."""
    clock = StillClock()
    found = health(clock)

    clock.set(START + timedelta(hours=9))

    assert found.age == timedelta(0)


def test_without_a_mailbox_none_is_silent() -> None:
    clock = StillClock()
    found = health(clock)

    clock.pass_(PATIENCE.total_seconds() + 1)

    assert not found.is_mail_silent


def test_the_mailbox_is_silent_though_the_cycles_are_good() -> None:
    clock = StillClock()
    found = health(clock, mail_seen(None))

    clock.pass_(PATIENCE.total_seconds() + 1)
    found.take(mail_seen(None, good_at=START + PATIENCE))
    silent = found.is_mail_silent
    found.take(mail_seen(START + PATIENCE))

    assert (silent, found.is_stale, found.is_mail_silent) == (True, False, False)
