"""Decisions and lines in full: what rows do not show, each field of them, as it reaches the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bridge.domain.calendar import Span, union
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from tests.domain.mappings import edited
from tests.domain.story import CLIENT, TICKET, Bridge, Setting, at, clock, events, story, told

INSTANT = timedelta(microseconds=1)
COUNTED = "day counting = calendar_days"
REPORTED = "level 2 counted from = report number"


def steps(bridge: Bridge) -> list[str]:
    """Each step of the ladder: its rule, its reason, when it was due and the event it rests on."""
    return [
        " ".join(
            [
                one.subject,
                one.rule,
                one.because,
                clock(one.at),
                *(key.split(":")[1] for key in one.events),
                *(f"{name}={value}" for name, value in one.facts.items() if name != "opened_at"),
            ]
        )
        for one in bridge.fired["RC-1201"].values()
        if not one.subject.startswith(("C", "X", "R"))
    ]


@pytest.mark.parametrize(
    ("tale", "now", "receipts"),
    [
        pytest.param("", "1 h", ["level_1 L-1 opened 0:00:00"], id="L-1"),
        pytest.param(
            "",
            "3 h",
            [
                "level_1 L-1 opened 0:00:00",
                "breach:level_1_contact L-2 no_contact 2:00:00 age_limit=2:00:00",
                "report_number L-3 not_solved_in_time 2:00:00 age_limit=2:00:00",
                "level_2 L-3 not_solved_in_time 2:00:00 age_limit=2:00:00",
            ],
            id="L-2 and L-3",
        ),
        pytest.param(
            "1 h contact failed",
            "1 h",
            [
                "level_1 L-1 opened 0:00:00",
                "report_number L-3 contact_failed 1:00:00 failed",
                "level_2 L-3 contact_failed 1:00:00 failed",
            ],
            id="L-3 a contact in vain",
        ),
        pytest.param(
            "1 h contact failed",
            "49 h",
            [
                "level_1 L-1 opened 0:00:00",
                "report_number L-3 contact_failed 1:00:00 failed",
                "level_2 L-3 contact_failed 1:00:00 failed",
                "breach:level_2_call L-4 no_level_2_call 48:00:00 age_limit=48:00:00",
                "severe L-5 no_visit_fixed 48:00:00 age_limit=48:00:00",
                "level_3 L-5 no_visit_fixed 48:00:00 age_limit=48:00:00",
            ],
            id="L-4 and L-5",
        ),
        pytest.param(
            "1 h classed severe",
            "1 h",
            [
                "level_1 L-1 opened 0:00:00",
                "report_number L-5 classed_severe 1:00:00 set",
                "severe L-5 classed_severe 1:00:00 set",
                "level_3 L-5 classed_severe 1:00:00 set",
            ],
            id="L-5 classed severe: level 2 is passed over",
        ),
        pytest.param(
            "0:30:00 contact failed; 1 h visit fixed for 5 h; 12 h contact",
            "12 h",
            [
                "level_1 L-1 opened 0:00:00",
                "report_number L-3 contact_failed 0:30:00 failed",
                "level_2 L-3 contact_failed 0:30:00 failed",
                "severe L-5 visit_passed 11:00:00 fixed visit_ends=2026-11-09T23:00:00+00:00 grace=4:00:00",
                "level_3 L-5 visit_passed 11:00:00 fixed visit_ends=2026-11-09T23:00:00+00:00 grace=4:00:00",
            ],
            id="L-5 a visit that passed",
        ),
        pytest.param(
            "0:30:00 contact failed; 1 h visit fixed for 90 h",
            "72 h",
            [
                "level_1 L-1 opened 0:00:00",
                "report_number L-3 contact_failed 0:30:00 failed",
                "level_2 L-3 contact_failed 0:30:00 failed",
                "severe L-5 too_old 72:00:00 age_limit=72:00:00",
                "level_3 L-5 too_old 72:00:00 age_limit=72:00:00",
            ],
            id="L-5 too old",
        ),
        pytest.param(
            "1 h contact failed; 1 h closed",
            "9 h",
            ["level_1 L-1 opened 0:00:00"],
            id="L-7 what is written at the instant of the end climbs nothing",
        ),
    ],
)
def test_each_step_says_its_rule_its_reason_and_what_it_rests_on(
    tale: str, now: str, receipts: list[str]
) -> None:
    assert steps(told(tale, now)) == receipts


def test_l_4_l_10_the_48_hours_run_from_the_number_that_was_given() -> None:
    """An earlier unsuccessful contact that is learnt later moves neither the number nor what runs from it."""
    tale = "1 h contact failed (seen 5 h); 1:30:00 contact"

    bridge = told(tale, "3 h", "49:00:01", "50:00:01", rules=edited(REPORTED))

    assert [line for line in steps(bridge) if "level_2_call" in line or line.startswith("severe")] == [
        "breach:level_2_call L-4 no_level_2_call 50:00:00 age_limit=50:00:00",
        "severe L-5 no_visit_fixed 50:00:00 age_limit=50:00:00",
    ]


def test_l_4_the_48_hours_run_from_the_number_that_severity_brought() -> None:
    bridge = told("1 h classed severe", "49:00:01", rules=edited(REPORTED))

    assert [line for line in steps(bridge) if "level_2_call" in line] == [
        "breach:level_2_call L-4 no_level_2_call 49:00:00 age_limit=49:00:00"
    ]


@pytest.mark.parametrize(
    ("tale", "now", "rules", "setting", "rule"),
    [
        ("72 h closed", "72 h", "bonus from = 2027-01-01", Setting(), "C-12"),
        ("72 h gone", "72 h", "-", Setting(), "C-12"),
        ("72 h closed", "72 h", "-", Setting(kind="low_speed"), "C-8"),
        ("72 h closed", "72 h", "-", Setting(services="91 300.00; 92 200.00"), "C-6"),
        ("72 h closed", "72 h", "-", Setting(services="none"), "C-6"),
        ("72 h closed", "72 h", "-", Setting(services="91 0.00"), "C-6"),
    ],
    ids=[
        "C-12 no policy",
        "C-12 gone",
        "C-8 no days",
        "C-6 several services",
        "C-6 no service",
        "C-6 no price",
    ],
)
def test_a_credit_that_is_not_simply_due_names_its_clause(
    tale: str, now: str, rules: str, setting: Setting, rule: str
) -> None:
    fired = told(tale, now, rules=edited(rules), setting=setting).fired["RC-1201"]

    assert [one.rule for one in fired.values() if one.subject.startswith("C1")] == [rule]


def test_c_5_a_month_is_a_line_with_everything_on_it() -> None:
    bridge = told("1 h ticket 1202 opened", "97 h")

    assert bridge.lines["RC-1201/C1"] == Line(
        credit_id="RC-1201/C1",
        incident_id="RC-1201",
        client_id=CLIENT,
        ticket_ids=(TICKET, 1202),
        type=CreditType.MONTH,
        status=CreditStatus.DUE,
        reason=Reason.MONTH,
        amount=Money(Decimal("300.00")),
        service_id=91,
        begun_month="2026-11",
        final_at=bridge.lines["RC-1201/C1"].final_at,
        facts={
            "outage": "97:00:00",
            "days_from": "72:00:00",
            "month_over": "96:00:00",
            "kind": "no_access",
            "attribution": "unknown",
            "monthly_price": "300.00",
            "service": "91",
            "plan": "Plan",
            "price_seen_at": at("0 h").isoformat(),
            "sum": "300.00",
        },
    )


@pytest.mark.parametrize(
    ("tale", "now", "status", "service"),
    [
        ("", "73 h", CreditStatus.ACCRUING, 91),
        ("1 h customer suspended; 72 h closed", "72 h", CreditStatus.HELD, 91),
    ],
    ids=["C-9 accruing", "C-16 held"],
)
def test_c_10_what_is_not_due_names_its_service_too(
    tale: str, now: str, status: CreditStatus, service: int
) -> None:
    line = told(tale, now).lines["RC-1201/C1"]

    assert (line.status, line.service_id) == (status, service)


def test_x_2_x_3_a_charge_is_a_line_with_everything_on_it() -> None:
    tale = "5 h attributed to customer; 6 h visit done; 20 h closed"

    bridge = told(tale, "30 h", rules=edited("prices = visit 400.00"))

    assert bridge.lines["RC-1201/X1"] == Line(
        credit_id="RC-1201/X1",
        incident_id="RC-1201",
        client_id=CLIENT,
        ticket_ids=(TICKET,),
        type=CreditType.CHARGE,
        status=CreditStatus.AWAITING_APPROVAL,
        reason=Reason.NOT_ATTRIBUTABLE,
        amount=Money(Decimal("400.00")),
        begun_month="2026-11",
        final_at=at("20 h"),
        facts={"support": "visit"},
    )


def test_c_14_a_charge_from_the_instant_the_bridge_took_over() -> None:
    rules = edited("enforced from = 2026-11-09 10:00; prices = remote 150.00")

    bridge = told("3 h attributed to customer; 20 h closed", "20 h", rules=rules)

    assert bridge.lines["RC-1201/X1"].amount == Money(Decimal("150.00"))


def test_x_4_a_second_charge_is_numbered_after_the_first() -> None:
    tale = "3 h attributed to customer; 20 h closed; 30 h attributed to isp; 40 h attributed to customer"

    bridge = told(tale, "20 h", "30 h", "40 h", rules=edited("prices = remote 150.00"))

    assert [name for name in bridge.lines if "/X" in name] == ["RC-1201/X1", "RC-1201/X2"]


def test_c_13_a_reversal_says_what_it_takes_back() -> None:
    bridge = told("80 h closed; 90 h attributed to third_party", "80 h", "90 h")

    assert bridge.lines["RC-1201/R1"] == replace(
        bridge.lines["RC-1201/C1"],
        credit_id="RC-1201/R1",
        type=CreditType.REVERSAL,
        status=CreditStatus.REVERSAL_PROPOSED,
        reason=Reason.ATTRIBUTION_CHANGED,
        final_at=at("90 h"),
        facts={"of": "RC-1201/C1"},
    )


def test_c_9_the_difference_counts_only_the_days_that_were_not_credited() -> None:
    bridge = told("72 h closed; 80 h reopened; 81 h closed", "72 h", "81 h")

    assert [(line.days, str(line.amount)) for line in bridge.lines.values()] == [
        (Decimal(3), "30.00"),
        (Decimal(1), "10.00"),
    ]


def test_c_9_what_falls_away_has_no_days() -> None:
    bridge = told("72 h closed; 80 h reopened; 83 h restored at 80 h", "72 h", "82 h", "83 h")

    assert bridge.lines["RC-1201/C2"].days is None


def test_c_9_a_line_whose_working_alone_grew_older_is_not_written_again() -> None:
    bridge = told("", "73 h")

    (assessment,) = bridge.sync(at("74 h"))

    assert (assessment.lines, assessment.decisions) == ((), ())


def with_currency(known: list[Event], currency: str) -> list[Event]:
    return [
        replace(one, data=_in_currency(one.data, currency)) if one.kind is EventKind.SUBSCRIBED else one
        for one in known
    ]


def _in_currency(data: Mapping[str, str], currency: str) -> Mapping[str, str]:
    return {**data, "services": data["services"].replace("MXN", currency)}


@pytest.mark.parametrize("mapping", ["-", "price includes tax = no", "monthly cap = 0.05"])
def test_c_6_a_credit_is_in_the_currency_of_the_price(mapping: str) -> None:
    bridge = Bridge(rules=edited(mapping), known=with_currency(events("80 h closed"), "USD"))

    bridge.sync(at("80 h"))

    assert bridge.lines["RC-1201/C1"].amount.currency == "USD"


def test_c_10_what_waits_for_approval_in_another_incident_has_used_up_its_part_of_the_month() -> None:
    tale = "97 h closed; 200 h reopened; 280 h closed"
    bridge = Bridge(rules=edited("approval above = 299.99"), known=events(tale))

    for hours in ("97 h", "280 h"):
        bridge.sync(at(hours))

    assert [(str(line.status), str(line.amount)) for line in bridge.lines.values()] == [
        ("awaiting_approval", "300.00"),
        ("refused", "0.00"),
    ]


def test_c_10_what_waits_for_approval_does_not_cut_itself() -> None:
    bridge = Bridge(rules=edited("approval above = 299.99"), known=events("97 h closed"))

    for hours in ("97 h", "98 h"):
        bridge.sync(at(hours))

    assert [(str(line.status), str(line.amount)) for line in bridge.lines.values()] == [
        ("awaiting_approval", "300.00")
    ]


def test_x_1_the_first_charge_is_the_first_whatever_was_credited() -> None:
    bridge = told("80 h closed; 90 h attributed to customer", "80 h", "90 h")

    assert list(bridge.lines) == ["RC-1201/C1", "RC-1201/R1", "RC-1201/X1"]


def test_c_3_what_accrued_and_falls_away_while_open_is_below_the_threshold() -> None:
    bridge = told("74 h restored at 70 h", "73 h", "74 h")

    (refused,) = (one for name, one in bridge.fired["RC-1201"].items() if name.startswith("C1:refused"))

    assert (refused.rule, refused.because) == ("C-3", "below_threshold")


def test_c_6_c_12_a_customer_nobody_could_read_is_held_for_billing() -> None:
    known = [one for one in events("72 h closed") if one.kind is not EventKind.SUBSCRIBED]
    bridge = Bridge(known=known)

    bridge.sync(at("72 h"))

    line = bridge.lines["RC-1201/C1"]
    assert (line.status, line.reason, line.amount) == (
        CreditStatus.HELD,
        Reason.NO_SERVICE,
        Money(Decimal(0)),
    )


@pytest.mark.parametrize(
    ("tale", "now", "mapping", "due"),
    [
        ("1 h classed severe", "60 h", "-", at("72 h")),
        ("1 h classed severe", "86 h", COUNTED, at("86 h") + INSTANT),
        ("1 h classed severe; 75 h closed; 90 h reopened", "90 h", COUNTED, at("90 h") + INSTANT),
    ],
    ids=["C-3 the threshold", "C-4 a midnight", "C-4 a re-opening"],
)
def test_the_next_instant_to_look(tale: str, now: str, mapping: str, due: datetime) -> None:
    bridge = Bridge(known=events(tale), rules=edited(mapping))
    bridge.sync(at("50 h"))

    (assessment,) = bridge.sync(at(now))

    assert assessment.next_due_at == due


def test_l_3_closed_before_the_number_was_due_nothing_runs_from_it() -> None:
    assert steps(told("1 h closed", "9 h", rules=edited(REPORTED))) == ["level_1 L-1 opened 0:00:00"]


def test_l_9_the_same_ticket_re_opened_as_another_kind_continues() -> None:
    (only,) = story("50 h closed; 60 h reopened; 61 h kind low_speed").incidents

    assert (only.incident_id, len(only.spans)) == ("RC-1201", 2)


def test_i_5_an_enquiry_in_full() -> None:
    told_story = story(
        "1 h service 91 named; 2 h resolved", setting=Setting(kind="enquiry_sale", channel="phone")
    )

    (enquiry,) = told_story.enquiries
    resolution = enquiry.resolution
    assert (told_story.client_id, enquiry.channel, enquiry.service_id, resolution and resolution.kind) == (
        CLIENT,
        "phone",
        91,
        EventKind.RESOLVED,
    )


def test_l_9_from_a_resolution_the_time_to_continue_runs_not_from_the_closing() -> None:
    told_story = story("50 h resolved as of 20 h; 60 h closed; 130 h reopened")

    assert [one.incident_id for one in told_story.incidents] == ["RC-1201", "RC-1201-2"]


@pytest.mark.parametrize(
    ("tale", "end"),
    [
        ("50 h closed; 60 h resolved", "50 h"),
        ("0 h resolved", "0 h"),
        ("5 h ticket 1202 opened; 5 h resolved", "5 h"),
    ],
    ids=["after the closing", "at the opening", "as another ticket opens"],
)
def test_c_2_l_7_where_a_resolution_ends_an_incident(tale: str, end: str) -> None:
    (only,) = story(tale).incidents

    assert only.ended_at == at(end)


def test_c_2_an_empty_span_ends_no_union() -> None:
    spans = (Span(at("0 h"), at("0 h")), Span(at("1 h"), at("2 h")))

    assert union(spans) == spans[1:]


@pytest.mark.parametrize(
    ("tale", "by", "more"),
    [
        ("80 h closed; 90 h restored at 75 h", "", None),
        ("80 h closed; 79 h restored at 71 h (seen 90 h)", "", "40.00"),
        ("80 h closed; 79 h restored at 71 h (seen 90 h)", "Ana", None),
        ("80 h closed; 90 h attributed to customer", "", None),
        ("97 h closed; 90 h restored at 75 h (seen 98 h)", "", "260.00"),
        ("80 h closed; 85 h reopened; 79 h restored at 71 h (seen 90 h)", "", None),
    ],
    ids=["as earned", "below", "decided", "not the ISP's", "days for a month", "open again"],
)
def test_c_10_what_was_credited_beyond_what_is_earned_is_told(tale: str, by: str, more: str | None) -> None:
    bridge = Bridge(known=events(tale))
    bridge.sync(at("82 h") if "97" not in tale else at("97 h"))
    bridge.post()
    if by:
        bridge.decide("RC-1201/C1", by=by)

    (assessment,) = bridge.sync(at("98 h"))

    assert (assessment.overpaid and str(assessment.overpaid)) == more
