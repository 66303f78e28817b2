"""Who owns an incident now: the bridge's choice, a person's, or nobody (L-1, L-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from bridge.domain.decisions import Because, Decision
from bridge.domain.events import Event, EventKind
from bridge.domain.ownership import Ownership, own, visit_helper
from bridge.domain.policy import Leave, Roster, Technician
from tests.domain.story import CLIENT, RULEBOOK, TICKET, Bridge, at, events


def _technician(number: int, *levels: int) -> Technician:
    return Technician(operator_id=number, name=f"T{number}", levels=frozenset(levels))


RULES = replace(
    RULEBOOK, roster=Roster(technicians=(_technician(11, 1), _technician(21, 2), _technician(31, 3)))
)


def assigned(technician: int, when: str) -> Event:
    """A person assigns somebody in the panel."""
    return Event(
        key=f"t{TICKET}:technician:{technician}:{when}",
        kind=EventKind.TECHNICIAN_SET,
        client_id=CLIENT,
        ticket_id=TICKET,
        at=at(when),
        seen_at=at(when),
        source="panel",
        data={"technician_id": str(technician)},
    )


def owned(tale: str, *syncs: str, by_hand: tuple[Event, ...] = (), rules: object = None) -> list[Ownership]:
    """The ownership at each sync, fed back like the sync does."""
    bridge = Bridge(rules=rules or RULES, known=[*events(tale), *by_hand])  # type: ignore[arg-type]
    found = []
    for moment in syncs:
        before = dict(bridge.fired.get("RC-1201", {}))
        (assessment,) = bridge.sync(at(moment))
        ownership = own(assessment, before, {}, bridge.rules, at(moment))
        if ownership.decision is not None:
            bridge.fired["RC-1201"][ownership.decision.subject] = ownership.decision
        found.append(ownership)
    return found


def owners(*args: str, by_hand: tuple[Event, ...] = (), rules: object = None) -> list[int | None]:
    return [one.operator_id for one in owned(*args, by_hand=by_hand, rules=rules)]


def test_l_1_a_new_fault_gets_a_level_1_technician() -> None:
    (ownership,) = owned("", "0 h")

    assert ownership == Ownership(
        operator_id=11,
        decision=Decision(
            incident_id="RC-1201",
            subject="assign:L1",
            rule="L-1",
            because=Because.CHOSEN,
            at=at("0 h"),
            decided_at=at("0 h"),
            policy="",
            facts={"technician": "11", "open_incidents": "0", "loads": "11:0"},
        ),
    )


def test_l_6_each_level_has_its_technician() -> None:
    assert owners("", "0 h", "3 h", "50 h", "60 h") == [11, 21, 31, 31]


def test_l_6_first_seen_at_level_3_goes_to_level_3_whoever_had_it() -> None:
    assert owners("", "80 h", by_hand=(assigned(11, "1 h"),)) == [31]


def test_l_1_whom_a_person_assigned_at_level_1_keeps_it() -> None:
    assert owners("", "1 h", by_hand=(assigned(31, "0:30:00"),)) == [31]


def test_whom_a_person_assigns_after_the_bridge_keeps_it_until_the_level_rises() -> None:
    ownerships = owned("", "0 h", "1:30:00", "3 h", by_hand=(assigned(99, "1 h"),))

    assert [(one.operator_id, one.by_hand) for one in ownerships] == [(11, False), (99, True), (21, False)]


def test_whom_a_person_assigns_when_nobody_was_available_keeps_it() -> None:
    rules = replace(RULES, roster=Roster(technicians=(_technician(11, 1),)))

    ownerships = owned("", "0 h", "3 h", "5 h", by_hand=(assigned(99, "4 h"),), rules=rules)

    assert [(one.operator_id, one.nobody) for one in ownerships] == [(11, False), (11, True), (99, False)]


def test_whom_a_person_assigns_is_not_replaced_when_somebody_comes_on_shift() -> None:
    away = replace(RULES, roster=Roster(technicians=(_technician(11, 1),)))
    bridge = Bridge(rules=away, known=[*events(""), assigned(99, "4 h")])
    bridge.sync(at("3 h"))
    (assessment,) = bridge.sync(at("5 h"))

    ownership = own(assessment, bridge.fired["RC-1201"], {}, RULES, at("5 h"))

    assert ownership.operator_id == 99


def test_an_incident_that_has_ended_gets_nobody_new() -> None:
    assert owners("1 h closed", "5 h") == [None]


def test_a_customer_nobody_could_read_is_served_by_those_of_everywhere() -> None:
    bridge = Bridge(rules=RULES, known=events("")[:2])
    (assessment,) = bridge.sync(at("0 h") + timedelta(minutes=1))

    assert own(assessment, {}, {}, RULES, at("0 h")).operator_id == 11


def _with(*technicians: Technician) -> object:
    return replace(RULEBOOK, roster=Roster(technicians=technicians))


def _away(number: int, level: int, first: str, last: str) -> Technician:
    days = Leave(first=at(first).date(), last=at(last).date())
    return replace(_technician(number, level), leave=(days,))


def test_an_incident_of_somebody_who_goes_on_leave_is_handed_over_and_comes_not_back() -> None:
    rules = _with(_away(21, 2, "24 h", "30 h"), _technician(22, 2))

    found = owned("", "3 h", "10 h", "26 h", "47 h", rules=rules)

    assert [one.operator_id for one in found] == [21, 21, 22, 22]
    assert found[0].again_at is not None
    assert found[0].again_at.astimezone(RULEBOOK.zone).time() == time(0)
    assert found[2].decision is not None
    assert (found[2].decision.subject, found[2].decision.because, found[2].round) == (
        "assign:L2:2",
        Because.HANDED_OVER,
        2,
    )


def test_with_nobody_to_take_over_the_supervisor_is_asked_and_the_owner_stays() -> None:
    found = owned("", "3 h", "26 h", rules=_with(_away(21, 2, "24 h", "30 h")))

    assert [(one.operator_id, one.nobody) for one in found] == [(21, False), (21, True)]


def test_somebody_off_the_roster_keeps_what_a_person_gave_them() -> None:
    assert owners("", "0 h", "1 h", by_hand=(assigned(99, "0:30:00"),)) == [11, 99]


def test_l_6_a_visit_fixed_at_level_3_gets_a_level_2_technician_once() -> None:
    bridge = Bridge(rules=RULES, known=events("80 h visit fixed for 90 h"))
    fired: dict[str, Decision] = {}
    found = []
    for moment in ("74 h", "81 h", "82 h"):
        (assessment,) = bridge.sync(at(moment))
        fired |= bridge.fired["RC-1201"]
        helper = visit_helper(assessment, fired, {21: 4}, RULES, at(moment))
        if helper is not None:
            fired[helper.subject] = helper
        found.append(helper)

    assert [helper is not None for helper in found] == [False, True, False]
    assert found[1] is not None
    assert (found[1].rule, found[1].facts["technician"], found[1].facts["open_incidents"]) == (
        "L-6",
        "21",
        "4",
    )


def test_l_6_a_visit_fixed_as_level_3_is_reached_gets_its_helper_in_the_same_sync() -> None:
    bridge = Bridge(rules=RULES, known=events("80 h visit fixed for 90 h"))

    (assessment,) = bridge.sync(at("81 h"))
    helper = visit_helper(assessment, {}, {}, RULES, at("81 h"))

    assert helper is not None
    assert (helper.subject.partition(":")[0], helper.facts["technician"]) == ("visit_helper", "21")


def test_l_6_a_visit_fixed_before_the_level_is_reached_in_that_sync_needs_no_helper() -> None:
    bridge = Bridge(rules=RULES, known=events("1 h contact; 20 h visit fixed for 70 h"))

    (assessment,) = bridge.sync(at("80 h"))

    assert assessment.level == 3
    assert visit_helper(assessment, {}, {}, RULES, at("80 h")) is None


def test_l_6_a_visit_of_level_2_needs_no_helper() -> None:
    bridge = Bridge(rules=RULES, known=events("20 h visit fixed for 60 h"))

    (assessment,) = bridge.sync(at("47 h"))

    assert visit_helper(assessment, bridge.fired["RC-1201"], {}, RULES, at("47 h")) is None


def opened_with(technician: int, tale: str = "") -> tuple[Event, ...]:
    """The story of a ticket that the bridge opened with a technician."""
    first, *rest = events(tale)
    return (replace(first, data={**first.data, "technician_id": str(technician)}), *rest)


def test_l_1_whom_the_bridge_opened_the_ticket_with_keeps_it() -> None:
    rules = replace(
        RULES, roster=Roster(technicians=(_technician(11, 1), _technician(12, 1), _technician(21, 2)))
    )
    bridge = Bridge(rules=rules, known=list(opened_with(12)))
    (assessment,) = bridge.sync(at("0 h"))

    first = own(assessment, {}, {12: 9}, rules, at("0 h"))
    assert (first.operator_id, first.by_hand) == (12, False)
    assert first.decision is not None
    assert first.decision.because is Because.KEPT

    bridge.fired["RC-1201"]["assign:L1"] = first.decision
    (later,) = bridge.sync(at("3 h"))
    assert own(later, bridge.fired["RC-1201"], {}, rules, at("3 h")).operator_id == 21


def test_l_6_a_further_ticket_that_the_bridge_opened_takes_no_case_away() -> None:
    bridge = Bridge(rules=RULES, known=list(opened_with(12)))
    (assessment,) = bridge.sync(at("3 h"))
    chosen = own(assessment, {}, {}, RULES, at("3 h"))
    assert chosen.operator_id == 21

    fired = {"assign:L2": chosen.decision}
    (later,) = bridge.sync(at("4 h"))
    assert own(later, fired, {}, RULES, at("4 h")).operator_id == 21  # type: ignore[arg-type]
