"""What decisions carry for the receipt: the rule of an unrouted ticket, the sums, what they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.calendar import in_hours
from bridge.domain.decisions import Decision
from bridge.domain.ownership import loads_noted
from tests.domain.story import Bridge, Setting, at, clock, events, told

UNROUTED = Setting(kind="unrouted")


def decided(bridge: Bridge, subject: str) -> Decision:
    return bridge.fired["RC-1201"][subject]


def test_i_6_the_first_decision_about_an_unrouted_ticket_says_so() -> None:
    bridge = Bridge(known=events("", UNROUTED))
    (assessment,) = bridge.sync(at("0 h"))

    first = assessment.decisions[0]

    assert (first.subject, first.rule, str(first.because), first.events) == (
        "unrouted:1201",
        "I-6",
        "unmatched",
        ("t1201:kind",),
    )
    assert [one.rule for one in assessment.decisions] == ["I-6", "L-1"]
    assert [one.rule for one in bridge.sync(at("1 h"))[0].decisions] == []


def test_i_6_a_ticket_that_staff_had_named_before_it_was_seen_is_not_unrouted() -> None:
    named = events("1 h kind low_speed", UNROUTED)
    seen_late = Bridge(known=[replace(event, seen_at=at("3 h")) for event in named])

    (assessment,) = seen_late.sync(at("3 h"))

    assert "I-6" not in {one.rule for one in assessment.decisions}


def test_i_6_each_ticket_of_an_incident_that_matches_nothing_is_told() -> None:
    bridge = told("5 h ticket 1202 opened unrouted", "6 h")

    assert [subject for subject in bridge.fired["RC-1201"] if subject.startswith("unrouted:")] == [
        "unrouted:1202"
    ]


def test_l_2_the_receipt_shows_the_deadlines_sum() -> None:
    bridge = told("", "3 h")

    facts = decided(bridge, "breach:level_1_contact").facts

    assert facts == {"opened_at": at("0 h").isoformat(), "age_limit": "2:00:00"}


def test_l_9_the_receipt_says_how_long_no_ticket_was_open() -> None:
    bridge = told("1 h closed; 10 h reopened", "13 h")

    late = decided(bridge, "breach:level_1_contact")

    assert (clock(late.at), late.facts["age_limit"], late.facts["not_counted"]) == (
        "11:00:00",
        "2:00:00",
        "9:00:00",
    )


def test_l_5_the_receipt_shows_when_the_visit_ended_and_the_grace() -> None:
    bridge = told("1 h contact; 2 h visit fixed for 20 h", "30 h")

    severe = decided(bridge, "severe")

    assert (clock(severe.at), severe.facts["visit_ends"], severe.facts["grace"]) == (
        "26:00:00",
        at("22 h").isoformat(),
        "4:00:00",
    )


def test_c_6_the_receipt_says_when_the_price_was_seen() -> None:
    bridge = told("80 h closed", "80 h")

    facts = decided(bridge, "C1:due:days:40.00").facts

    assert (facts["monthly_price"], facts["price_seen_at"]) == ("300.00", at("0 h").isoformat())


def test_a_decision_about_money_names_the_events_it_rests_on() -> None:
    bridge = told("1 h contact; 2 h attributed to customer; 80 h closed", "80 h")

    refused = decided(bridge, "C1:refused:not_attributable:0.00")

    assert [key.partition(":")[2].partition(":")[0] for key in refused.events] == [
        "opened",
        "kind",
        "opened",
        "set",
        "closed",
    ]


def test_c_3_a_refusal_shows_both_sides_of_the_comparison() -> None:
    bridge = told("71:59:59 closed", "72 h")

    facts = decided(bridge, "C1:refused:below_threshold:0.00").facts

    assert (facts["outage"], facts["days_from"]) == ("71:59:59", "72:00:00")


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (timedelta(hours=72, seconds=1), "72:00:01"),
        (timedelta(0), "0:00:00"),
        (timedelta(hours=96, microseconds=1), "96:00:00.000001"),
    ],
)
def test_durations_are_shown_exactly(duration: timedelta, shown: str) -> None:
    assert in_hours(duration) == shown


def test_the_loads_of_a_choice_are_read_back() -> None:
    noted = {"technician": "31", "open_incidents": "4", "loads": "11:2 12:0"}
    decision = Decision(
        incident_id="RC-1",
        subject="assign:L1",
        rule="L-1",
        because=decided(told("", "0 h"), "level_1").because,
        at=at("0 h"),
        decided_at=at("0 h"),
        policy="",
        facts=noted,
    )

    assert loads_noted(decision) == {11: 2, 12: 0, 31: 4}
