"""What staff say later puts tickets together, or apart: names, steps and money go along (L-3, L-9, C-9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.assess import Memory
from bridge.domain.decisions import CreditStatus, Line, Reason
from bridge.domain.escalation import StepName
from bridge.domain.lineage import Kin, Lineage, tickets_named, trace
from bridge.domain.lines import lines_of_no_fault
from bridge.domain.timeline import tell
from tests.domain.ledger import line, reversal, shown
from tests.domain.mappings import edited
from tests.domain.story import CLIENT, Bridge, Setting, at, clock, told

TWO_SERVICES = Setting(services="91 300.00; 92 200.00")
ENQUIRY = Setting(kind="enquiry_sale")
JOINED = (
    "5 h closed; 10 h ticket 1202 opened low_speed; 107 h ticket 1202 closed; "
    "108 h ticket 1202 kind no_access"
)
APART = (
    "1 h service 91 named; 1 h ticket 1202 opened; 80 h closed; 80 h ticket 1202 closed; "
    "90 h ticket 1202 service 92 named"
)


def lineage(bridge: Bridge, now: str, *, with_lines: bool = True) -> Lineage:
    """What the bridge's incidents of before are at this instant."""
    seen = [one for one in bridge.known if one.seen_at <= at(now)]
    lines = bridge.lines.values() if with_lines else ()
    return trace(tell(CLIENT, [one for one in seen if one.at <= at(now)], bridge.rules), bridge.fired, lines)


def names(found: Lineage) -> list[tuple[str, tuple[int, ...], list[str]]]:
    """The incidents with their tickets, and the names of before."""
    return [(one.incident.incident_id, one.incident.ticket_ids, sorted(one.names)) for one in found.kin]


def steps(kin: Kin) -> list[str]:
    """The ladder's steps as they stand, with the instant of each."""
    return [f"{name} {clock(one.at)}" for name, one in kin.fired.items() if name in set(StepName)]


def ledger(bridge: Bridge) -> list[str]:
    """All lines with the report they stand under."""
    return [f"{one.incident_id}/{words}" for one in bridge.lines.values() for words in shown([one])]


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tickets"),
    [
        ("RC-1201", (1201,)),
        ("RC-1201-2", (1201,)),
        ("R2-1201", (1201,)),
        ("R2-1201-3", (1201,)),
        ("1201", (1201,)),
        ("RC-", ()),
        ("", ()),
    ],
)
def test_l_3_a_report_number_names_its_first_ticket(name: str, tickets: tuple[int, ...]) -> None:
    assert tickets_named(name) == tickets


def test_l_3_nothing_changed_means_the_same_names() -> None:
    bridge = told("5 h closed; 100 h reopened", "6 h", "103 h")

    found = lineage(bridge, "104 h")

    assert names(found) == [("RC-1201", (1201,), []), ("RC-1201-2", (1201,), [])]
    assert (found.gone, found.homeless) == (frozenset(), frozenset())
    assert [one.fired for one in found.kin] == [bridge.fired["RC-1201"], bridge.fired["RC-1201-2"]]


def test_l_9_a_number_that_was_given_stays_when_its_incident_joins_one_without() -> None:
    tale = "1 h closed; 10 h ticket 1202 opened low_speed; 20 h ticket 1202 kind no_access"
    found = lineage(told(tale, "9 h", "13 h"), "20 h")

    assert names(found) == [("RC-1202", (1201, 1202), ["RC-1201"])]
    assert (found.gone, found.homeless) == (frozenset(), frozenset())


def test_l_9_the_older_incidents_number_stays_when_both_were_given_one() -> None:
    found = lineage(told(JOINED, "9 h", "13 h"), "108 h")

    assert names(found) == [("RC-1201", (1201, 1202), ["RC-1202"])]
    assert (found.gone, found.homeless) == (frozenset({"RC-1202"}), frozenset())


def test_l_9_a_number_of_its_own_stays_though_the_other_was_given_earlier() -> None:
    tale = (
        "1 h closed; 5 h ticket 1202 opened low_speed; 15 h ticket 1202 closed; 20 h reopened; "
        "25 h ticket 1202 kind no_access"
    )
    (kin,) = lineage(told(tale, "8 h", "22 h"), "25 h").kin

    assert (kin.incident.incident_id, kin.names) == ("RC-1201", frozenset({"RC-1202"}))
    assert "report_number 21:00:00" in steps(kin)


def test_l_3_of_two_numbers_given_to_what_is_one_now_the_first_stays() -> None:
    tale = (
        "5 h ticket 1203 opened no_access; 10 h ticket 1203 closed; 12 h ticket 1202 opened low_speed; "
        "16 h ticket 1202 closed; 20 h kind no_access"
    )
    found = lineage(told(tale, "8 h", "15 h", setting=ENQUIRY), "20 h")

    assert names(found) == [("RC-1203", (1201, 1202, 1203), ["RC-1201", "RC-1202"])]
    assert found.gone == {"RC-1202"}


KEPT_THEN_OPENED_AGAIN = (
    "1 h closed; 10 h ticket 1202 opened low_speed; 20 h ticket 1202 kind no_access; "
    "100 h ticket 1202 closed; 200 h ticket 1202 reopened"
)
NUMBER_MERGED_AWAY = (
    "5 h closed; 20 h ticket 1202 opened low_speed; 95 h ticket 1202 closed; 100 h reopened; "
    "103 h ticket 1202 kind no_access; 110 h closed; 300 h reopened"
)


def test_l_3_a_number_that_stays_with_the_elder_is_not_given_to_a_later_one_of_the_ticket() -> None:
    bridge = told(KEPT_THEN_OPENED_AGAIN, "0:30:00", "9 h", "13 h", "20 h", "100 h", "200:30:00")

    assert names(lineage(bridge, "201 h")) == [
        ("RC-1202", (1201, 1202), ["RC-1201"]),
        ("RC-1202-2", (1202,), []),
    ]
    assert ledger(bridge) == ["RC-1201/C1 refused 0.00 below_threshold", "RC-1202/C1 posted 40.00 days"]


def test_l_10_a_later_incident_begins_its_own_ladder_under_its_own_number() -> None:
    bridge = told(NUMBER_MERGED_AWAY, "22 h", "102:30:00", "104 h", "111 h")

    found = [bridge.sync(at(moment))[-1] for moment in ("300:30:00", "303 h")]

    assert [(one.incident.incident_id, one.level, one.report_number) for one in found] == [
        ("RC-1201-3", 1, None),
        ("RC-1201-3", 2, "RC-1201-3"),
    ]
    assert found[1].breaches == ("level_1_contact",)


def test_l_3_a_number_taken_before_is_left_out_by_every_later_incident() -> None:
    tale = NUMBER_MERGED_AWAY + "; 310 h closed; 500 h reopened"
    bridge = told(tale, "102:30:00", "104 h", "300:30:00", "303 h", "500:30:00", "503 h")

    assert names(lineage(bridge, "504 h")) == [
        ("RC-1201", (1201, 1202), ["RC-1201-2", "RC-1202"]),
        ("RC-1201-3", (1201,), []),
        ("RC-1201-4", (1201,), []),
    ]


def test_l_9_what_nobody_was_told_keeps_todays_name() -> None:
    tale = "1 h ticket 1202 opened no_access; 1:30:00 kind no_access"
    found = lineage(told(tale, "1:15:00", setting=ENQUIRY), "1:30:00")

    assert names(found) == [("RC-1201", (1201, 1202), ["RC-1202"])]
    assert found.gone == {"RC-1202"}


def test_l_9_a_later_incident_of_the_ticket_goes_to_the_latest_that_holds_it() -> None:
    tale = "5 h closed; 100 h reopened; 101 h closed; 200 h reopened; 160 h reopened (seen 210 h)"

    assert names(lineage(told(tale, "205 h"), "210 h")) == [
        ("RC-1201", (1201,), []),
        ("RC-1201-3", (1201,), ["RC-1201-2"]),
    ]


def test_l_10_steps_are_taken_along_and_those_of_the_name_that_stays_stand() -> None:
    tale = "1 h closed; 10 h ticket 1202 opened low_speed; 20 h ticket 1202 kind no_access"
    (kin,) = lineage(told(tale, "0:30:00", "9 h", "13 h"), "20 h").kin

    assert steps(kin) == [
        "level_1 10:00:00",
        "breach:level_1_contact 12:00:00",
        "report_number 12:00:00",
        "level_2 12:00:00",
    ]
    assert [one.at for one in kin.fired.values()] == sorted(one.at for one in kin.fired.values())
    assert next(iter(kin.fired)) == "C1:refused:below_threshold:0.00"


def test_l_10_steps_of_the_name_that_goes_are_not_taken_a_second_time() -> None:
    bridge = told(JOINED, "9 h", "107 h")

    (assessment,) = bridge.sync(at("108 h"))

    assert (assessment.level, assessment.breaches) == (3, ("level_1_contact", "level_2_call"))
    assert not [one.subject for one in assessment.decisions if one.subject in set(StepName)]


# --- no fault after all -----------------------------------------------------------------------------------


def test_i_5_a_fault_that_proves_to_be_an_enquiry_has_no_home() -> None:
    found = lineage(told("80 h closed; 90 h kind enquiry_billing", "80 h"), "90 h")

    assert found == Lineage(kin=(), gone=frozenset({"RC-1201"}), homeless=frozenset({"RC-1201"}))


def test_i_5_one_home_lost_hides_no_other() -> None:
    tale = (
        "1 h service 91 named; 1 h ticket 1202 opened; 1 h ticket 1202 service 92 named; "
        "5 h kind enquiry_billing; 6 h ticket 1203 opened; 6 h ticket 1203 service 91 named"
    )
    found = lineage(told(tale, "4 h", setting=TWO_SERVICES), "6 h")

    assert found.homeless == {"RC-1201"}
    assert names(found) == [("RC-1202", (1202,), []), ("RC-1203", (1203,), [])]


def test_l_9_the_ticket_that_is_a_fault_still_inherits_by_the_lines_tickets() -> None:
    tale = "1 h ticket 1202 opened; 80 h closed; 80 h ticket 1202 closed; 90 h kind enquiry_billing"
    bridge = told(tale, "80 h")

    assert names(lineage(bridge, "90 h")) == [("RC-1201", (1202,), ["RC-1202"])]
    assert lineage(bridge, "90 h", with_lines=False).homeless == {"RC-1201"}


def test_i_5_a_name_without_a_ladder_was_no_incident() -> None:
    bridge = told("3 h contact", "0 h", setting=ENQUIRY)
    bridge.sync(at("3 h"))
    (routed,) = told("", "0 h").fired["RC-1201"].values()
    bridge.fired["T-1201"] = {"routed:enquiry_sale": replace(routed, subject="routed:enquiry_sale")}

    assert lineage(bridge, "3 h").gone == frozenset()


def test_i_5_what_is_not_on_the_panel_is_billings_to_decide() -> None:
    lines = [
        line("C1", "due"),
        line("C2", "awaiting_approval"),
        line("C3", "accruing", "0.00"),
        line("X1", "awaiting_approval", "150.00"),
        line("X2", "due", "150.00"),
        line("C4", "refused"),
    ]

    assert shown(lines_of_no_fault(lines)) == [
        "C1 held 40.00 regrouped",
        "C2 held 40.00 regrouped",
        "C3 voided 0.00 regrouped",
        "X1 voided 150.00 regrouped",
        "X2 voided 150.00 regrouped",
    ]


def test_i_5_what_a_person_decided_and_what_is_settled_stays() -> None:
    settled = line("C1", "held", reason=Reason.REGROUPED)

    assert lines_of_no_fault([settled, line("C2", "held", facts={"decided_by": "Ana"})]) == ()


def test_i_5_what_is_on_the_panel_is_proposed_to_be_taken_back_but_no_reversal_is() -> None:
    lines = [line("C1", "posted"), line("X1", "invoiced", "150.00"), reversal("R1", "posted", "C1")]

    (only,) = lines_of_no_fault(lines)

    assert shown([only]) == ["R2 reversal_proposed 150.00 regrouped"]
    assert (only.facts, only.final_at) == ({"of": "RC-1201/X1"}, lines[1].final_at)


# --- what the ledger means to an incident now -------------------------------------------------------------


def test_c_9_lines_are_its_own_inherited_or_anothers() -> None:
    (kin,) = lineage(told(JOINED, "9 h", "13 h"), "108 h").kin
    own, inherited = line("C1", "refused"), line("C1", "posted", incident_id="RC-1202")
    other = line("C1", "posted", incident_id="RC-1300", ticket_ids=(1300,))

    assert kin.memory(iter([other, inherited, own])) == Memory(
        fired=kin.fired, lines=[own], inherited=[inherited], others=[other], told_apart=False
    )


def apart(*lines: Line) -> list[bool]:
    """Whether each incident after the split knows that a ticket of it was credited under another."""
    found = lineage(told(APART, "80 h", setting=TWO_SERVICES), "90 h")
    return [one.memory(lines).told_apart for one in found.kin]


@pytest.mark.parametrize("status", [str(status) for status in CreditStatus])
def test_c_9_a_ticket_credited_under_another_report_is_told_apart(status: str) -> None:
    given = status in {"due", "posted", "invoiced"}

    assert apart(line("C1", status, ticket_ids=(1201, 1202))) == [False, given]


def test_c_9_a_credit_for_its_own_ticket_alone_tells_nothing_apart() -> None:
    assert apart(line("C1", "posted", ticket_ids=(1201,))) == [False, False]


def test_c_9_a_ticket_that_is_still_in_the_report_it_was_credited_under_is_not_told_apart() -> None:
    found = lineage(told("80 h closed; 200 h reopened", "80 h", "201 h"), "201 h")

    assert [one.memory([line("C1", "posted")]).told_apart for one in found.kin] == [False, False]


def test_x_3_charges_and_reversals_tell_nothing_apart() -> None:
    charge = line("X1", "posted", ticket_ids=(1201, 1202))
    taken = replace(reversal("R1", "posted", "C1"), ticket_ids=(1201, 1202))

    assert apart(charge, taken) == [False, False]


def test_c_9_a_credit_of_a_report_that_is_gone_counts_for_all_its_tickets() -> None:
    unknown = line("C1", "posted", incident_id="RC-1300", ticket_ids=(1202, 1300))

    found = lineage(told(APART, "80 h", setting=TWO_SERVICES), "90 h")

    assert [one.memory([unknown]).told_apart for one in found.kin] == [False, True]


# --- money that goes along --------------------------------------------------------------------------------


def test_l_9_a_ticket_told_apart_is_not_paid_twice_without_a_person() -> None:
    bridge = told(APART, "80 h", "90 h", setting=TWO_SERVICES)

    assert ledger(bridge) == [
        "RC-1201/C1 posted 40.00 days",
        "RC-1202/C1 awaiting_approval 26.67 regrouped",
    ]


def test_l_9_what_was_not_sent_is_reckoned_under_the_name_that_stays() -> None:
    bridge = told(JOINED, "9 h", "107 h", rules=edited("approval above = 1"))

    bridge.sync(at("108 h"))
    bridge.sync(at("109 h"))

    assert ledger(bridge) == [
        "RC-1201/C1 awaiting_approval 300.00 above_approval",
        "RC-1202/C1 voided 300.00 regrouped",
    ]


def test_c_9_what_was_sent_under_the_name_that_goes_is_not_earned_again() -> None:
    bridge = told(JOINED, "9 h", "107 h", "108 h")

    assert ledger(bridge) == ["RC-1201/C1 refused 0.00 below_threshold", "RC-1202/C1 posted 300.00 month"]


def test_l_9_a_person_s_hold_goes_with_the_money() -> None:
    bridge = told(JOINED, "9 h", "107 h", rules=edited("approval above = 1"))
    bridge.decide("RC-1202/C1", by="Ana", status=CreditStatus.HELD)

    bridge.sync(at("108 h"))

    assert ledger(bridge) == [
        "RC-1201/C1 held 300.00 above_approval",
        "RC-1202/C1 voided 300.00 regrouped",
    ]
    assert bridge.lines["RC-1201/C1"].facts["decided_by"] == "Ana"


def test_c_13_blamed_after_they_became_one_takes_back_under_the_old_name() -> None:
    bridge = told(JOINED + "; 109 h attributed to planned", "9 h", "107 h", "108 h", "109 h")

    assert ledger(bridge)[1:] == [
        "RC-1202/C1 posted 300.00 month",
        "RC-1202/R1 reversal_proposed 300.00 attribution_changed",
    ]


def test_i_5_held_as_no_fault_and_a_fault_again_goes_out_under_the_next_number() -> None:
    bridge = told("80 h closed; 90 h kind enquiry_billing; 95 h kind no_access", "80 h")
    bridge.sync(at("90 h"))
    bridge.sync(at("95 h"))

    assert ledger(bridge) == ["RC-1201/C1 voided 40.00 regrouped", "RC-1201/C2 due 40.00 days"]


# --- what a look at the panel left in the ledger ----------------------------------------------------------


def test_c_9_where_the_panel_held_a_forgotten_part_a_person_looks_before_more_follows() -> None:
    bridge = told("80 h closed; 85 h contact", "80 h")
    bridge.lines["RC-1201/C1"] = line("C1", "posted", "30.00", facts={"adopted": "30.00"})

    bridge.sync(at("85 h"))

    assert ledger(bridge) == [
        "RC-1201/C1 posted 30.00 days",
        "RC-1201/C2 awaiting_approval 10.00 found_on_panel",
    ]


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        (Reason.FOUND_ON_PANEL, {}),
        (Reason.REGROUPED, {}),
        (Reason.ATTRIBUTION_CHANGED, {}),
        (Reason.DAYS, {"replaced_by": "RC-1201/C3"}),
    ],
)
def test_c_9_what_was_given_up_for_another_is_earned_again(reason: Reason, facts: dict[str, str]) -> None:
    bridge = told("80 h closed; 85 h contact", "80 h")
    bridge.lines["RC-1201/C1"] = line("C1", "voided", reason=reason, facts=facts)

    bridge.sync(at("85 h"))

    assert ledger(bridge)[1:] == ["RC-1201/C2 due 40.00 days"]


def test_c_9_a_posted_credit_counts_whatever_its_reason() -> None:
    bridge = told("80 h closed; 85 h contact", "80 h")
    bridge.lines["RC-1201/C1"] = line("C1", "posted", reason=Reason.REGROUPED)

    bridge.sync(at("85 h"))

    assert ledger(bridge) == ["RC-1201/C1 posted 40.00 regrouped"]
