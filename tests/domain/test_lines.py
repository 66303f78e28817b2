"""What people decide about lines, and what the rules leave alone afterwards."""

from __future__ import annotations

from decimal import Decimal

from bridge.domain.decisions import CreditStatus
from bridge.domain.money import Money
from tests.domain.mappings import edited
from tests.domain.story import Bridge, at, events, told


def shown(bridge: Bridge) -> list[str]:
    return [
        f"{line.credit_id.rpartition('/')[2]} {line.type} {line.status} {line.amount} {line.reason}"
        for line in bridge.lines.values()
    ]


def test_c_10_what_the_cap_cut_is_recorded() -> None:
    bridge = told("97 h closed", "97 h", rules=edited("monthly cap = 0.5"))

    line = bridge.lines["RC-1201/C1"]

    assert (line.amount, line.facts["cut_by_cap"]) == (Money(Decimal("150.00")), "150.00")


def test_c_9_the_difference_says_what_was_credited_before() -> None:
    bridge = told("80 h closed; 90 h reopened", "80 h", "107 h")

    line = bridge.lines["RC-1201/C2"]

    assert (line.amount, line.facts["already_credited"]) == (Money(Decimal("260.00")), "40.00")


def test_c_7_the_receipt_shows_the_working() -> None:
    bridge = told("80 h closed", "80 h")

    assert bridge.lines["RC-1201/C1"].facts == {
        "outage": "80:00:00",
        "days_from": "72:00:00",
        "month_over": "96:00:00",
        "kind": "no_access",
        "attribution": "unknown",
        "days": "4",
        "counting": "started_24h",
        "monthly_price": "300.00",
        "service": "91",
        "plan": "Plan",
        "price_seen_at": at("0 h").isoformat(),
        "sum": "300.00 x 4 / 30",
    }


def test_what_a_person_put_on_hold_stays_there() -> None:
    bridge = told("80 h closed; 90 h kind no_access", "80 h", rules=edited("approval above = 1"))
    bridge.decide("RC-1201/C1", by="Ana", status=CreditStatus.HELD)

    bridge.sync(at("90 h"))

    assert shown(bridge) == ["C1 days held 40.00 above_approval"]


def test_c_9_what_a_person_refused_is_not_earned_a_second_time() -> None:
    bridge = told("80 h closed; 90 h kind no_access", "80 h")
    bridge.decide("RC-1201/C1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("90 h"))

    assert shown(bridge) == ["C1 days voided 40.00 days"]


def test_c_9_a_difference_is_counted_from_what_a_person_refused() -> None:
    bridge = told("80 h closed; 90 h reopened", "80 h")
    bridge.decide("RC-1201/C1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("107 h"))

    assert shown(bridge) == ["C1 days voided 40.00 days", "C2 month due 260.00 month"]


def test_c_10_what_a_person_refused_leaves_room_for_another_incident() -> None:
    bridge = told("97 h closed; 200 h reopened", "97 h")
    bridge.decide("RC-1201/C1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("297 h"))

    assert shown(bridge) == ["C1 month voided 300.00 month", "C1 month due 300.00 month"]


def test_c_13_due_but_not_sent_is_voided() -> None:
    bridge = told("80 h closed; 90 h attributed to planned", "80 h")

    bridge.sync(at("90 h"))

    assert shown(bridge) == ["C1 days voided 40.00 attribution_changed"]


def test_c_13_awaiting_approval_is_voided() -> None:
    bridge = told("80 h closed; 90 h attributed to planned", "80 h", rules=edited("approval above = 1"))

    bridge.sync(at("90 h"))

    assert shown(bridge) == ["C1 days voided 40.00 attribution_changed"]


def test_c_13_held_without_an_amount_is_voided() -> None:
    bridge = Bridge(known=events("80 h closed; 80 h service 99 named; 90 h attributed to planned"))
    bridge.sync(at("80 h"))

    bridge.sync(at("90 h"))

    assert shown(bridge) == ["C1 days voided 0.00 attribution_changed"]


def test_c_13_an_invoiced_credit_gets_a_proposed_reversal_of_its_own() -> None:
    bridge = told("80 h closed; 90 h attributed to planned", "80 h")
    bridge.decide("RC-1201/C1", status=CreditStatus.INVOICED, invoice_ids=(5,))

    bridge.sync(at("90 h"))

    reversal = bridge.lines["RC-1201/R1"]
    assert shown(bridge) == [
        "C1 days invoiced 40.00 days",
        "R1 reversal reversal_proposed 40.00 attribution_changed",
    ]
    assert (reversal.facts, reversal.invoice_ids) == ({"of": "RC-1201/C1"}, ())
    assert reversal.marker == "[RC-1201/R1]"


def test_c_13_each_credit_on_the_panel_gets_its_own_reversal() -> None:
    bridge = told("80 h closed; 90 h reopened; 120 h attributed to planned", "80 h", "107 h")
    bridge.post()

    bridge.sync(at("120 h"))

    assert shown(bridge)[2:] == [
        "R1 reversal reversal_proposed 40.00 attribution_changed",
        "R2 reversal reversal_proposed 260.00 attribution_changed",
    ]


def test_c_13_turned_back_after_the_reversal_is_credited_anew() -> None:
    bridge = told("97 h closed; 120 h attributed to planned; 130 h attributed to isp", "97 h")
    bridge.post()
    bridge.sync(at("120 h"))
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.POSTED)

    bridge.sync(at("130 h"))

    assert shown(bridge) == [
        "C1 month posted 300.00 month",
        "R1 reversal posted 300.00 attribution_changed",
        "C2 month due 300.00 month",
    ]


def test_c_13_turned_back_drops_the_proposal_and_credits_the_rest_at_once() -> None:
    bridge = told("80 h closed; 90 h reopened; 91 h attributed to planned; 110 h attributed to isp", "80 h")
    bridge.post()
    bridge.sync(at("91 h"))

    bridge.sync(at("110 h"))

    assert shown(bridge) == [
        "C1 days posted 40.00 days",
        "R1 reversal voided 40.00 attribution_changed",
        "C2 month due 260.00 month",
    ]


def test_x_4_a_reversed_charge_and_a_credit_are_two_lines() -> None:
    bridge = told(
        "3 h attributed to customer; 80 h closed; 90 h attributed to isp",
        "80 h",
        rules=edited("prices = remote 150.00; charges need approval = no"),
    )
    bridge.post()

    bridge.sync(at("90 h"))

    assert shown(bridge) == [
        "C1 days due 40.00 days",
        "X1 charge posted 150.00 not_attributable",
        "R1 reversal reversal_proposed 150.00 attribution_changed",
    ]


def test_x_3_a_charge_that_a_person_voided_is_not_made_again() -> None:
    rules = edited("prices = remote 150.00")
    bridge = told("3 h attributed to customer; 20 h closed; 30 h contact", "20 h", rules=rules)
    bridge.decide("RC-1201/X1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("30 h"))

    assert [line for line in shown(bridge) if "charge" in line] == [
        "X1 charge voided 150.00 not_attributable"
    ]


def test_x_4_a_charge_made_again_has_a_number_of_its_own() -> None:
    tale = "3 h attributed to customer; 20 h closed; 30 h attributed to isp; 40 h attributed to customer"
    bridge = told(tale, "20 h", "30 h", "40 h", rules=edited("prices = remote 150.00"))

    assert shown(bridge)[1:] == [
        "X1 charge voided 150.00 attribution_changed",
        "X2 charge awaiting_approval 150.00 not_attributable",
    ]


def test_x_4_a_charge_due_but_not_sent_is_voided() -> None:
    rules = edited("prices = remote 150.00; charges need approval = no")
    bridge = told("3 h attributed to customer; 20 h closed; 30 h attributed to isp", "20 h", rules=rules)

    bridge.sync(at("30 h"))

    assert [line for line in shown(bridge) if "charge" in line] == [
        "X1 charge voided 150.00 attribution_changed"
    ]


def test_x_1_no_policy_in_force_charges_nothing() -> None:
    rules = edited("prices = remote 150.00; charges from = 2026-11-10")
    bridge = told("3 h attributed to customer; 20 h closed", "20 h", rules=rules)

    assert shown(bridge) == ["C1 days refused 0.00 not_attributable"]


def test_every_open_state_may_still_change_and_no_other() -> None:
    assert {status for status in CreditStatus if status.is_open} == {
        CreditStatus.REFUSED,
        CreditStatus.ACCRUING,
        CreditStatus.AWAITING_APPROVAL,
        CreditStatus.AWAITING_AMOUNT,
        CreditStatus.HELD,
    }


def test_c_9_a_second_reading_of_the_same_facts_changes_no_line() -> None:
    bridge = told("80 h closed; 85 h contact", "80 h")

    (assessment,) = bridge.sync(at("85 h"))

    assert (assessment.lines, shown(bridge)) == ((), ["C1 days due 40.00 days"])


def test_c_12_held_for_want_of_a_policy_is_held_again_after_re_opening() -> None:
    bridge = told("80 h closed; 90 h reopened", "80 h", "91 h", rules=edited("bonus from = 2026-11-10"))

    assert shown(bridge) == ["C1 days held 0.00 no_policy"]


def test_c_10_an_amount_awaiting_approval_falls_away_with_what_earned_it() -> None:
    rules = edited("approval above = 1")
    tale = "80 h closed; 85 h restored at 5 h; 90 h reopened"
    bridge = told(tale, "80 h", rules=rules)

    bridge.sync(at("91 h"))

    assert shown(bridge) == ["C1 days refused 0.00 below_threshold"]
