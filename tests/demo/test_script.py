"""The story is in order, and reads as it is meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from bridge.cli.main import main
from bridge.demo.play import EVERY, moments, start_before
from bridge.demo.script import Script, read_script
from bridge.demo.telling import outage_in_words
from bridge.errors import FileFaults

VERBS = ("reply", "note", "close", "message", "reopen", "visit")


def test_every_step_is_one_thing_and_follows_the_report():
    for ticket in read_script().tickets:
        moments_of = [ticket.opens.at, *(step.at for step in ticket.steps)]
        assert moments_of == sorted(moments_of, key=lambda one: (one.days, one.clock))
        for step in ticket.steps:
            assert sum(bool(getattr(step, verb)) for verb in VERBS) == 1
            assert (step.who is None) == (step.message is not None)


def test_tickets_are_numbered_as_they_are_reported():
    script: Script = read_script()

    opened = [ticket.ticket for _, ticket, step in script.in_order() if step is None]

    assert opened == list(range(1201, 1222))
    assert {ticket.customer for ticket in script.tickets} == set(script.names)


def test_a_time_that_is_none_is_told_with_its_place(tmp_path):
    path = tmp_path / "script.yaml"
    path.write_text(
        "customers: []\ntickets:\n  - {ticket: 1, title: x, customer: 1, steps: [],"
        " opens: {at: noon, channel: x, subject: x, text: x}}\n",
        encoding="utf-8",
    )

    with pytest.raises(FileFaults, match=r"script.yaml:3:\d+: .*expected a day and a time"):
        read_script(path)


@pytest.mark.parametrize("hour", [5, 6, 12, 23])
def test_by_default_the_last_night_lies_just_behind_now(hour):
    now = datetime(2026, 3, 9, hour, 10, tzinfo=UTC)

    last = moments(start_before(now))[-1]

    assert timedelta(0) <= now - last < timedelta(days=2)


def test_a_cycle_every_quarter_of_an_hour_for_six_days_and_two_after_billing():
    instants = moments(date(2025, 11, 3))

    assert len(instants) == 576 + 2
    assert {later - sooner for sooner, later in pairwise(instants[:576])} == {EVERY}


def test_time_never_runs_backwards_when_summer_time_begins_or_ends():
    for start in (date(2022, 4, 1), date(2021, 10, 29)):
        assert all(sooner < later for sooner, later in pairwise(moments(start)))


def test_a_story_that_is_not_over_is_refused(capsys, tmp_path):
    code = main(["demo", "--folder", str(tmp_path / "new"), "--start", "2999-01-01"])

    assert code == 1
    assert "the six days must be over" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("outage", "words"),
    [
        ("0:07:00", "0 h 07"),
        ("23:59:59", "23 h 59:59"),
        ("1 day, 0:00:00", "24 h"),
        ("3 days, 0:00:01", "72 h 00:01"),
        ("4 days, 0:10:00", "96 h 10"),
    ],
)
def test_an_outage_in_words(outage, words):
    assert outage_in_words(outage) == words
