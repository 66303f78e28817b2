"""Who owns an incident now: the bridge's choice, a person's, or nobody (L-1, L-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.domain.decisions import Because, Decision
from bridge.domain.events import Event, EventKind
from bridge.domain.ownership import Ownership, own
from bridge.domain.policy import Roster, Technician
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
            facts={"technician": "11", "open_incidents": "0"},
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
