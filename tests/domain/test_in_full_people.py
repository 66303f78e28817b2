"""Who was asked, told in full: each field of an assignment, of a visit's helper, of an unrouted ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bridge.domain.assess import route_enquiry
from bridge.domain.assign import is_away
from bridge.domain.decisions import Because, Decision
from bridge.domain.ownership import Ownership, loads_noted, own, visit_helper
from bridge.domain.policy import Leave, Roster, Rulebook, Shift, Technician
from tests.domain.mappings import edited
from tests.domain.story import RULEBOOK, TICKET, Bridge, Setting, at, events, story, told
from tests.domain.test_ownership import assigned, owned


def roster(*technicians: Technician) -> Rulebook:
    return replace(RULEBOOK, roster=Roster(technicians=technicians))


def technician(number: int, level: int, *leave: Leave, shifts: tuple[Shift, ...] = ()) -> Technician:
    return Technician(
        operator_id=number, name=f"T{number}", levels=frozenset({level}), leave=leave, shifts=shifts
    )


def leave(first: str, last: str) -> Leave:
    return Leave(first=at(first).date(), last=at(last).date())


LEAVES = datetime(2026, 11, 11, tzinfo=RULEBOOK.zone)


def test_l_6_the_owner_of_an_incident_that_ended_is_still_told() -> None:
    (ownership,) = owned("2 h closed", "3 h", by_hand=(assigned(99, "1 h"),))

    assert ownership == Ownership(operator_id=99, by_hand=True)


def test_the_one_who_stays_is_looked_at_again_when_their_leave_begins() -> None:
    rules = roster(technician(21, 2, leave("38 h", "50 h")), technician(22, 2, leave("90 h", "95 h")))

    found = owned("", "3 h", "10 h", rules=rules)

    assert found[1] == Ownership(operator_id=21, round=1, again_at=LEAVES)


def test_whom_a_person_assigned_is_not_looked_at_again() -> None:
    rules = roster(technician(21, 2, leave("38 h", "50 h")))

    found = owned("", "3 h", "10 h", rules=rules, by_hand=(assigned(21, "5 h"),))

    assert found[1] == Ownership(operator_id=21, by_hand=True, round=1)


def test_rounds_are_counted_while_nobody_can_be_found() -> None:
    found = owned("", "3 h", "40 h", rules=roster(technician(21, 2, leave("38 h", "50 h"))))

    assert found[1] == Ownership(operator_id=21, nobody=True, round=1)


def test_nobody_from_the_start_is_the_first_round() -> None:
    (ownership,) = owned("", "0 h", rules=roster(technician(21, 2)))

    assert ownership == Ownership(operator_id=None, nobody=True, round=1)


def test_a_second_hand_over_counts_on() -> None:
    rules = roster(
        technician(21, 2, leave("14 h", "14 h")), technician(22, 2, leave("38 h", "38 h")), technician(23, 2)
    )

    found = owned("1 h visit fixed for 60 h", "3 h", "15 h", "39 h", "40 h", rules=rules)

    assert [(one.operator_id, one.round) for one in found] == [(21, 1), (22, 2), (21, 3), (21, 3)]
    assert [one.decision.subject for one in found if one.decision] == [
        "assign:L2",
        "assign:L2:2",
        "assign:L2:3",
    ]


def test_a_shift_is_a_shift_of_the_panels_zone() -> None:
    """10:00 in the panel's zone is 16:00 in UTC."""
    shift = Shift(
        weekdays=frozenset(range(7)),
        start=time(9),
        end=time(11),
    )

    (ownership,) = owned("", "0:30:00", rules=roster(technician(11, 1, shifts=(shift,))))

    assert ownership.operator_id == 11


def test_the_loads_of_all_who_serve_the_level_are_noted() -> None:
    bridge = Bridge(rules=roster(technician(12, 1), technician(11, 1), technician(21, 2)), known=events(""))
    (assessment,) = bridge.sync(at("0 h"))

    ownership = own(assessment, {}, {12: 3, 11: 5, 21: 1}, bridge.rules, at("0 h"))

    assert ownership.decision is not None
    assert ownership.decision.facts == {"technician": "12", "open_incidents": "3", "loads": "11:5 12:3"}


# --- the helper of a visit -------------------------------------------------------------------------------

HELPERS = roster(technician(21, 2), technician(22, 2), technician(31, 3))


def helped(tale: str, now: str, rules: Rulebook = HELPERS) -> Decision | None:
    bridge = Bridge(rules=rules, known=events(tale))
    bridge.sync(at("74 h"))
    (assessment,) = bridge.sync(at(now))
    return visit_helper(assessment, bridge.fired["RC-1201"], {21: 4, 22: 1}, rules, at(now))


@pytest.mark.parametrize(
    ("tale", "visit"),
    [
        ("80 h visit fixed for 90 h", {"visit": at("90 h").isoformat()}),
        ("80 h visit fixed on 2026-11-14", {"visit": "2026-11-14"}),
        ("80 h visit fixed on 2026-11-14 TARDE", {"visit": "2026-11-14", "half_day": "TARDE"}),
    ],
    ids=["a start", "a date", "a half-day"],
)
def test_l_6_the_helpers_receipt(tale: str, visit: dict[str, str]) -> None:
    key = f"t{TICKET}:fixed:{at('80 h').isoformat()}"

    helper = helped(tale, "81 h")

    assert helper is not None
    assert helper == Decision(
        incident_id="RC-1201",
        subject=f"visit_helper:{helper.events[0]}",
        rule="L-6",
        because=Because.CHOSEN,
        at=at("81 h"),
        decided_at=at("81 h"),
        policy="",
        events=(key,),
        facts={"technician": "22", "open_incidents": "1", "loads": "21:4 22:1", **visit},
    )


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_l_6_a_visit_that_is_over_needs_no_helper(outcome: str) -> None:
    assert helped(f"80 h visit fixed for 90 h; 81 h visit {outcome}", "82 h") is None


def test_l_6_a_visit_after_one_that_was_done_needs_its_own_helper() -> None:
    assert helped("76 h visit done; 80 h visit fixed for 90 h", "82 h") is not None


def test_l_6_an_incident_that_ended_needs_no_helper() -> None:
    assert helped("80 h visit fixed for 90 h; 81 h closed", "82 h") is None


def test_l_6_a_visit_fixed_at_the_instant_of_level_3_has_a_helper() -> None:
    assert helped("20 h visit fixed for 90 h; 72 h visit fixed for 91 h", "74 h") is not None


def test_l_6_the_helpers_shift_is_one_of_the_panels_zone() -> None:
    """81 h after the opening it is 19:00 on Thursday in the panel's zone, Friday 01:00 in UTC."""
    shift = Shift(weekdays=frozenset({3}), start=time(18), end=time(20))

    assert helped("80 h visit fixed for 90 h", "81 h", roster(technician(21, 2, shifts=(shift,)))) is not None


# --- tickets that are no incident, or of no kind ---------------------------------------------------------


def test_i_6_an_unrouted_tickets_receipt() -> None:
    bridge = told("", "2 h", setting=Setting(kind="unrouted"))

    assert bridge.fired["RC-1201"]["unrouted:1201"] == Decision(
        incident_id="RC-1201",
        subject="unrouted:1201",
        rule="I-6",
        because=Because.UNMATCHED,
        at=at("0 h"),
        decided_at=at("2 h"),
        policy="",
        events=("t1201:kind",),
    )


def test_i_6_a_kind_for_one_ticket_routes_no_other() -> None:
    bridge = told(
        "1 h ticket 1202 opened unrouted; 1 h kind low_speed", "3 h", setting=Setting(kind="unrouted")
    )

    assert "unrouted:1202" in bridge.fired["RC-1201"]


def test_i_5_an_enquirys_receipt() -> None:
    (enquiry,) = story("", setting=Setting(kind="enquiry_sale")).enquiries

    assert route_enquiry(enquiry, at("1 h")) == Decision(
        incident_id="T-1201",
        subject="routed:enquiry_sale",
        rule="I-5",
        because=Because.ENQUIRY,
        at=at("0 h"),
        decided_at=at("1 h"),
        policy="",
        facts={"kind": "enquiry_sale"},
    )


# --- lines as decisions ----------------------------------------------------------------------------------


def test_c_4_a_credits_decision() -> None:
    bridge = told("5 h attributed to isp; 72 h closed", "75 h")

    line = bridge.lines["RC-1201/C1"]
    assert bridge.fired["RC-1201"]["C1:due:days:30.00"] == Decision(
        incident_id="RC-1201",
        subject="C1:due:days:30.00",
        rule="C-4",
        because=Because.DAYS,
        at=at("72 h"),
        decided_at=at("75 h"),
        policy="bonus@2019-01-01",
        events=bridge.fired["RC-1201"]["C1:due:days:30.00"].events,
        facts={"credit": "RC-1201/C1", "amount": "30.00", **line.facts},
    )


def test_c_9_what_is_not_final_is_dated_now() -> None:
    bridge = told("", "73 h")

    assert bridge.fired["RC-1201"]["C1:accruing:days:40.00"].at == at("73 h")


def test_x_1_a_charges_decision() -> None:
    tale = "3 h attributed to customer; 20 h closed"
    bridge = told(tale, "25 h", rules=edited("prices = remote 150.00"))

    (charge,) = (one for name, one in bridge.fired["RC-1201"].items() if name.startswith("X1"))

    assert charge == Decision(
        incident_id="RC-1201",
        subject="X1:awaiting_approval:not_attributable:150.00",
        rule="X-1",
        because=Because.NOT_ATTRIBUTABLE,
        at=at("20 h"),
        decided_at=at("25 h"),
        policy="charges@2019-01-01",
        events=charge.events,
        facts={"credit": "RC-1201/X1", "amount": "150.00", "support": "remote"},
    )


def test_c_12_without_a_policy_the_decision_names_none() -> None:
    bridge = told("80 h closed", "80 h", rules=edited("bonus from = 2027-01-01"))

    (held,) = (one for name, one in bridge.fired["RC-1201"].items() if name.startswith("C1"))

    assert held.policy == ""


@pytest.mark.parametrize("mapping", ["bonus from = 2026-11-10", "charges from = 2026-11-10"])
def test_c_12_x_1_a_version_begins_at_midnight_in_the_panels_zone(mapping: str) -> None:
    """The ticket opens at 21:00 on the 9th in the panel's zone, which is the 10th in UTC."""
    setting = Setting(t0=at("11 h"))
    rules = edited(f"{mapping}; prices = remote 150.00")
    charged = "charges" in mapping
    tale = "3 h attributed to customer; 80 h closed" if charged else "80 h closed"

    bridge = told(tale, "80 h", rules=rules, setting=setting)

    shown = {line.credit_id.rpartition("/")[2]: str(line.reason) for line in bridge.lines.values()}
    assert shown == ({"C1": "not_attributable"} if charged else {"C1": "no_policy"})


def test_c_4_each_started_day_is_the_next_instant_to_look() -> None:
    bridge = Bridge(known=events("1 h visit fixed for 200 h"), rules=edited("month over = 200 h"))
    for hours in ("3 h", "73 h"):
        bridge.sync(at(hours))

    (assessment,) = bridge.sync(at("73:30:00"))

    assert assessment.next_due_at == at("96 h")


def test_c_4_at_the_start_of_a_day_the_next_instant_is_just_after_it() -> None:
    bridge = Bridge(known=events(""), rules=edited("month over = 200 h"))
    bridge.sync(at("96 h"))

    (assessment,) = bridge.sync(at("96 h"))

    assert assessment.next_due_at == at("96 h") + timedelta(microseconds=1)


# --- what an incident asks of its technician -------------------------------------------------------------


@pytest.mark.parametrize(
    ("elsewhere", "here"),
    [
        (
            replace(technician(11, 1), zones=frozenset({"Norte"})),
            replace(technician(12, 1), zones=frozenset({"Centro"})),
        ),
        (replace(technician(11, 1), nodes=frozenset({4})), replace(technician(12, 1), nodes=frozenset({3}))),
    ],
    ids=["zone", "node"],
)
def test_l_1_the_technician_is_one_of_the_customers_zone_or_node(
    elsewhere: Technician, here: Technician
) -> None:
    (ownership,) = owned("", "0 h", rules=roster(elsewhere, here))

    assert ownership.operator_id == 12


def test_l_1_a_customer_nobody_could_read_is_in_no_zone() -> None:
    rules = roster(replace(technician(11, 1), zones=frozenset({"Centro"})), technician(12, 1))
    bridge = Bridge(rules=rules, known=events("")[:2])
    (assessment,) = bridge.sync(at("0 h"))

    assert own(assessment, {}, {}, rules, at("0 h")).operator_id == 12


def test_an_incident_that_ended_unowned_was_given_by_nobody() -> None:
    assert owned("1 h closed", "5 h") == [Ownership(operator_id=None)]


def test_the_round_in_which_nobody_could_be_found_is_told() -> None:
    rules = roster(technician(21, 2, leave("14 h", "40 h")), technician(22, 2, leave("38 h", "38 h")))

    found = owned("1 h visit fixed for 60 h", "3 h", "15 h", "39 h", rules=rules)

    assert found[2] == Ownership(operator_id=22, nobody=True, round=2)


def test_a_receipt_without_the_loads_of_the_others_tells_its_own() -> None:
    (ownership,) = owned("", "0 h")
    assert ownership.decision is not None
    old = replace(ownership.decision, facts={"technician": "21", "open_incidents": "4"})

    assert loads_noted(old) == {21: 4}


def test_l_6_a_visit_fixed_when_the_last_was_done_needs_its_own_helper() -> None:
    assert helped("80 h visit done; 80 h visit fixed for 90 h", "82 h") is not None


def test_somebody_off_the_roster_is_away() -> None:
    assert is_away(21, Roster(technicians=(technician(22, 2),)), at("0 h"), RULEBOOK.zone)
