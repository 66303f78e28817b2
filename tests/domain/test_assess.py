"""Receipts, deadlines, and the policy that rules an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bridge.domain.ahead import Deadline
from bridge.domain.assess import is_past
from bridge.domain.decisions import Because, Decision, Reason
from bridge.domain.events import EventKind
from bridge.domain.policy import Attribution
from bridge.domain.terms import in_force
from tests.domain.mappings import edited
from tests.domain.story import BONUS, RULEBOOK, ZONE, Bridge, at, clock, events, incident, local, told


def test_l_3_a_step_is_a_receipt() -> None:
    bridge = told("1 h contact failed (seen 5 h)", "5 h")

    assert bridge.fired["RC-1201"]["report_number"] == Decision(
        incident_id="RC-1201",
        subject="report_number",
        rule="L-3",
        because=Because.CONTACT_FAILED,
        at=at("1 h"),
        decided_at=at("5 h"),
        policy="escalation@2019-01-01",
        events=("t1201:failed:2026-11-09T17:00:00+00:00",),
        facts={"opened_at": "2026-11-09T16:00:00+00:00"},
    )


def test_l_8_a_missed_step_shows_when_it_was_due_and_when_it_was_seen() -> None:
    decision = told("", "50 h").fired["RC-1201"]["breach:level_2_call"]

    assert (decision.rule, clock(decision.at), clock(decision.decided_at), decision.facts["age_limit"]) == (
        "L-4",
        "48:00:00",
        "50:00:00",
        "48:00:00",
    )


def test_c_3_a_refusal_is_a_decision_too() -> None:
    fired = told("60 h closed", "60 h").fired["RC-1201"]

    assert [
        (one.rule, one.because, one.policy) for one in fired.values() if one.subject.startswith("C1")
    ] == [("C-3", Because.BELOW_THRESHOLD, "bonus@2019-01-01")]


def test_another_reason_is_another_decision() -> None:
    tale = "80 h closed; 80 h service 99 named; 90 h customer retired"
    bridge = told(tale, "80 h", "90 h")

    held = [one.because for one in bridge.fired["RC-1201"].values() if one.subject.startswith("C1:held")]

    assert held == [Because.NO_SERVICE, Because.CUSTOMER_LEFT]


@pytest.mark.parametrize(
    ("tale", "now", "rules", "rule"),
    [
        ("72 h closed", "72 h", "-", "C-4"),
        ("", "97 h", "-", "C-5"),
        ("", "72 h", "-", "C-9"),
        ("72 h closed", "72 h", "monthly cap = 0.05", "C-10"),
        ("72 h closed", "72 h", "enforced from = 2026-12-01", "C-14"),
        ("72 h closed; 1 h customer suspended", "72 h", "-", "C-16"),
        ("72 h closed; 1 h attributed to planned", "72 h", "-", "C-1"),
        ("72 h closed; 1 h service 99 named", "72 h", "-", "C-6"),
        ("72 h closed; 1 h kind unknown", "72 h", "-", "C-8"),
        ("72 h cancelled", "72 h", "-", "C-12"),
    ],
)
def test_the_clause_that_decided_is_named(tale: str, now: str, rules: str, rule: str) -> None:
    fired = told(tale, now, rules=edited(rules)).fired["RC-1201"]

    assert [one.rule for one in fired.values() if one.subject.startswith("C1")] == [rule]


def test_the_deadline_is_the_ladders_then_the_months_then_none() -> None:
    bridge = Bridge(known=events("1 h contact"))

    deadlines = [bridge.sync(at(hours))[0].deadline for hours in ("3 h", "50 h", "96 h", "96:00:01")]

    assert deadlines == [
        Deadline(rule="L-4", at=at("48 h")),
        Deadline(rule="C-5", at=at("96 h")),
        Deadline(rule="C-5", at=at("96 h")),
        None,
    ]


def test_an_incident_that_ended_waits_for_nothing() -> None:
    (assessment,) = Bridge(known=events("5 h closed")).sync(at("6 h"))

    assert (assessment.deadline, assessment.next_due_at) == (None, None)


def test_c_12_without_a_policy_only_the_ladder_has_deadlines() -> None:
    bridge = Bridge(rules=edited("bonus from = 2027-01-01"), known=events("1 h classed severe"))
    bridge.sync(at("1 h"))

    (assessment,) = bridge.sync(at("80 h"))

    assert (assessment.deadline, assessment.next_due_at) == (None, None)


def test_the_next_instant_is_just_over_what_is_due() -> None:
    bridge = Bridge(known=events("1 h contact"))

    instants = [
        bridge.sync(at(hours))[0].next_due_at for hours in ("0 h", "2:00:01", "72:00:01", "96 h", "97 h")
    ]

    assert [clock(one) if one else "-" for one in instants] == [
        "2:00:00 + 1 us",
        "48:00:00 + 1 us",
        "96:00:00",
        "96:00:00 + 1 us",
        "-",
    ]


def test_c_4_by_calendar_days_midnight_is_looked_at() -> None:
    bridge = Bridge(rules=edited("day counting = calendar_days"), known=events("1 h classed severe"))
    bridge.sync(at("73 h"))

    (assessment,) = bridge.sync(at("73 h"))

    assert assessment.next_due_at is not None
    assert clock(assessment.next_due_at) == "86:00:00 + 1 us"


def test_l_10_a_step_that_fired_is_no_deadline_any_more() -> None:
    bridge = Bridge(known=events("2:30:00 gone (seen 49 h); 49 h reopened"))
    bridge.sync(at("48:30:00"))

    (assessment,) = bridge.sync(at("49 h"))

    assert assessment.deadline is not None
    assert (assessment.deadline.rule, clock(assessment.deadline.at)) == ("C-5", "142:30:00")
    assert assessment.severe


def test_c_14_what_ended_before_the_bridge_took_over_is_past() -> None:
    rules = edited("enforced from = 2026-11-09 15:00:00")

    past = [is_past(incident(tale), rules) for tale in ("4:59:59 closed", "5:00:00 closed", "")]

    assert past == [True, False, False]


def test_c_14_opened_before_the_bridge_took_over_still_climbs() -> None:
    bridge = told("", "3 h", rules=edited("enforced from = 2026-12-01"))

    assert "report_number" in bridge.fired["RC-1201"]


def test_the_version_in_force_at_t0_rules_for_good() -> None:
    later = replace(
        BONUS, version="bonus@2026-11-10", effective_from=date(2026, 11, 10), monthly_cap=Decimal(0)
    )
    rules = replace(RULEBOOK, bonus=(later, BONUS))

    bridge = told("80 h closed", "80 h", rules=rules)

    assert bridge.lines["RC-1201/C1"].reason is Reason.DAYS


@pytest.mark.parametrize(
    ("opened", "version"),
    [
        ("2018-12-31 23:59:59", None),
        ("2019-01-01 00:00", "bonus@2019-01-01"),
        ("2026-11-09 23:59:59", "bonus@2019-01-01"),
        ("2026-11-10 00:00", "bonus@2026-11-10"),
    ],
)
def test_c_12_a_version_begins_at_midnight_of_the_panels_zone(opened: str, version: str | None) -> None:
    later = replace(BONUS, version="bonus@2026-11-10", effective_from=date(2026, 11, 10))

    found = in_force((BONUS, later), local(opened), ZONE)

    assert (found.version if found else None) == version


def test_every_reason_of_the_ledger_can_be_said_to_people() -> None:
    assert all(Because[reason.name].label for reason in Reason)
    assert {str(Because[reason.name]) for reason in Reason} == {str(reason) for reason in Reason}


def test_the_attribution_is_shown_as_staff_gave_it() -> None:
    (assessment,) = Bridge(known=events("1 h attributed to planned")).sync(at("1 h"))

    assert assessment.attribution is Attribution.PLANNED
    assert assessment.incident.last_of(EventKind.CLASSED_SEVERE) is None
