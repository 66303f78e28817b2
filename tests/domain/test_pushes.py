"""What the panel is asked to do, once each, and what it is not asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bridge.domain.assess import Assessment, route_enquiry
from bridge.domain.decisions import CreditStatus, Line
from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.pushes import Scene, enquiry_push, incident_pushes, line_push
from bridge.domain.records import Ticket, TicketState
from tests.domain.mappings import edited
from tests.domain.story import DEPARTMENTS, RULEBOOK, T0, Bridge, Setting, at, events, story, told

TICKET = Ticket(
    ticket_id=1201,
    client_id=77,
    subject="Sin internet",
    state=TicketState.OPEN,
    opened_at=T0,
    department_id=1,
    technician_id=11,
)
SECOND = replace(TICKET, ticket_id=1202)


def assessed(tale: str, *syncs: str, setting: Setting | None = None) -> Assessment:
    """The last of these syncs."""
    bridge = Bridge(known=events(tale, setting))
    for moment in syncs:
        (assessment,) = bridge.sync(at(moment))
    return assessment


def pushes(
    assessment: Assessment,
    *tickets: Ticket,
    fresh: frozenset[int] = frozenset(),
    technician: int | None = None,
    assigned_now: bool = True,
    told: bool = True,
    rules: Rulebook = RULEBOOK,
) -> tuple[Push, ...]:
    scene = Scene(
        tickets={ticket.ticket_id: ticket for ticket in tickets or (TICKET,)},
        fresh=fresh,
        technician=technician,
        assigned_now=assigned_now,
        told=told,
        now=at("99 h"),
    )
    return incident_pushes(assessment, scene, rules)


def test_l_1_a_new_fault_is_assigned_and_stays_in_its_department() -> None:
    asked = pushes(assessed("", "0 h"), technician=12)

    assert asked == (
        Push(
            key="RC-1201/assign/L1/12/1201",
            kind=PushKind.ASSIGN,
            client_id=77,
            ticket_id=1201,
            due_at=at("99 h"),
            technician_id=12,
        ),
    )


def test_l_1_whom_the_panel_already_shows_is_not_assigned_again() -> None:
    assert pushes(assessed("", "0 h"), technician=11) == ()


def test_an_owner_whom_a_person_changed_by_hand_is_left_alone() -> None:
    assert pushes(assessed("", "0 h"), technician=12, assigned_now=False) == ()


def test_a_ticket_that_joins_later_gets_the_owner_of_the_incident() -> None:
    assessment = assessed("5 h ticket 1202 opened", "3 h", "5 h")

    asked = pushes(assessment, TICKET, SECOND, fresh=frozenset({1202}), technician=12, assigned_now=False)

    assert [push.key for push in asked] == ["RC-1201/status/L2/1202", "RC-1201/assign/L2/12/1202"]


def test_l_3_level_2_moves_the_ticket_and_tells_the_number_in_a_reply() -> None:
    asked = pushes(assessed("1 h contact failed", "0 h", "1 h"))

    assert asked == (
        Push(
            key="RC-1201/status/L2/1201",
            kind=PushKind.SET_STATUS,
            client_id=77,
            ticket_id=1201,
            due_at=at("1 h"),
            department_id=4,
        ),
        Push(
            key="RC-1201/note/report_number",
            kind=PushKind.NOTE,
            client_id=77,
            ticket_id=1201,
            due_at=at("1 h"),
            marker="[RC-1201/N2]",
            text="Reporte RC-1201 [RC-1201/N2]",
        ),
    )


def test_l_8_several_steps_at_once_tell_the_customer_the_last() -> None:
    asked = pushes(assessed("", "80 h"))

    assert [(push.key, push.text) for push in asked] == [
        ("RC-1201/status/L3/1201", ""),
        ("RC-1201/note/severe", "Grave RC-1201 [RC-1201/N3]"),
    ]


def test_l_10_nothing_new_asks_nothing() -> None:
    assert pushes(assessed("", "80 h", "81 h")) == ()


def test_every_open_ticket_of_the_incident_moves_and_one_is_told() -> None:
    assessment = assessed("1 h ticket 1202 opened", "3 h")

    keys = [push.key for push in pushes(assessment, TICKET, SECOND, technician=12)]

    assert keys == [
        "RC-1201/status/L2/1201",
        "RC-1201/status/L2/1202",
        "RC-1201/assign/L2/12/1201",
        "RC-1201/assign/L2/12/1202",
        "RC-1201/note/report_number",
    ]


def test_the_note_goes_to_a_ticket_that_is_open() -> None:
    assessment = assessed("1 h ticket 1202 opened; 1:30:00 closed", "3 h")
    closed = replace(TICKET, state=TicketState.CLOSED)

    asked = pushes(assessment, closed, SECOND)

    assert [(push.kind, push.ticket_id) for push in asked] == [
        (PushKind.SET_STATUS, 1202),
        (PushKind.NOTE, 1202),
    ]


def test_no_ticket_seen_open_means_nothing_to_push() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED)

    assert pushes(assessed("", "3 h"), closed, technician=12) == ()


def test_a_ticket_that_joins_later_goes_to_the_present_level() -> None:
    assessment = assessed("5 h ticket 1202 opened", "3 h", "5 h")

    asked = pushes(assessment, TICKET, SECOND, fresh=frozenset({1202}))

    assert [(push.key, push.department_id, push.due_at) for push in asked] == [
        ("RC-1201/status/L2/1202", 4, at("99 h"))
    ]


def test_a_ticket_that_is_already_there_is_not_moved() -> None:
    assessment = assessed("1 h contact failed", "1 h")

    asked = pushes(assessment, replace(TICKET, department_id=4))

    assert [push.kind for push in asked] == [PushKind.NOTE]


def test_a_level_may_set_a_state_word_too() -> None:
    rules = replace(RULEBOOK, departments=replace(DEPARTMENTS, states={2: "respondido"}))

    asked = pushes(assessed("1 h contact failed", "1 h"), replace(TICKET, department_id=4), rules=rules)

    assert (asked[0].department_id, asked[0].state) == (4, "respondido")


def test_i_6_an_unrouted_ticket_waits_at_reception_on_level_1() -> None:
    setting = Setting(kind="unrouted")

    waiting = pushes(assessed("", "1 h", setting=setting))
    risen = pushes(assessed("", "3 h", setting=setting))

    assert [push.department_id for push in waiting] == [7]
    assert [push.department_id for push in risen if push.kind is PushKind.SET_STATUS] == [4]


def test_l_8_an_incident_that_has_ended_asks_nothing_of_its_tickets() -> None:
    assert pushes(assessed("80 h closed", "81 h"), technician=12) == ()


def test_resolved_by_staff_closes_what_is_open() -> None:
    assessment = assessed("1 h ticket 1202 opened; 20 h ticket 1202 closed; 30 h resolved", "31 h")

    asked = pushes(assessment, TICKET, replace(SECOND, state=TicketState.CLOSED), technician=12)

    assert asked == (
        Push(
            key="RC-1201/close/1201/t1201:resolved:2026-11-10T22:00:00+00:00",
            kind=PushKind.CLOSE,
            client_id=77,
            ticket_id=1201,
            due_at=at("30 h"),
            marker="[RC-1201/F]",
            text="Resuelto RC-1201 [RC-1201/F]",
        ),
    )


def test_resolved_before_there_was_a_number_names_the_ticket() -> None:
    (close,) = pushes(assessed("1 h resolved", "1 h"))

    assert close.text == "Resuelto 1201 [RC-1201/F]"


def test_resolved_and_closed_since_asks_nothing() -> None:
    assessment = assessed("30 h resolved; 31 h closed", "32 h")

    assert pushes(assessment, TICKET) == ()


# --- money ---------------------------------------------------------------------------------------------


def pushed(bridge: Bridge, credit_id: str) -> Push | None:
    return line_push(bridge.lines[credit_id], bridge.lines, T0, RULEBOOK)


def test_c_11_days_say_days_number_and_marker() -> None:
    bridge = told("80 h closed", "80 h")

    assert pushed(bridge, "RC-1201/C1") == Push(
        key="RC-1201/C1",
        kind=PushKind.CREDIT,
        client_id=77,
        ticket_id=1201,
        due_at=T0,
        marker="[RC-1201/C1]",
        text="4 dias RC-1201 [RC-1201/C1]",
        amount=Money(Decimal("40.00")),
    )


def test_c_11_a_month_says_month_number_and_marker() -> None:
    push = pushed(told("", "97 h"), "RC-1201/C1")

    assert push is not None
    assert (push.kind, push.text) == (PushKind.CREDIT, "Un mes RC-1201 [RC-1201/C1]")


def test_c_9_only_a_final_credit_is_sent() -> None:
    bridge = told("", "80 h")
    line = bridge.lines["RC-1201/C1"]

    for status in set(CreditStatus) - {CreditStatus.DUE}:
        assert line_push(replace(line, status=status), bridge.lines, T0, RULEBOOK) is None


def test_x_3_a_charge_is_its_own_push() -> None:
    rules = edited("prices = remote 150.00; charges need approval = no")
    push = pushed(told("1 h attributed to customer; 9 h closed", "9 h", rules=rules), "RC-1201/X1")

    assert push is not None
    assert (push.kind, push.text, push.amount) == (
        PushKind.CHARGE,
        "Cargo RC-1201 [RC-1201/X1]",
        Money(Decimal("150.00")),
    )


def test_c_13_an_approved_reversal_of_a_credit_is_a_charge() -> None:
    assert _reversal("80 h closed; 90 h attributed to planned", "80 h", "90 h") == (
        PushKind.CHARGE,
        "Correccion de RC-1201/C1 [RC-1201/R1]",
        Money(Decimal("40.00")),
    )


def test_x_4_an_approved_reversal_of_a_charge_is_a_credit() -> None:
    tale = "1 h attributed to customer; 9 h closed; 20 h attributed to isp"

    assert _reversal(tale, "9 h", "20 h") == (
        PushKind.CREDIT,
        "Correccion de RC-1201/X1 [RC-1201/R1]",
        Money(Decimal("150.00")),
    )


def _reversal(tale: str, *syncs: str) -> tuple[PushKind, str, Money | None]:
    bridge = told(tale, *syncs, rules=edited("prices = remote 150.00; charges need approval = no"))
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.DUE)
    line: Line = bridge.lines["RC-1201/R1"]
    push = line_push(line, bridge.lines, T0 + timedelta(hours=1), RULEBOOK)
    assert push is not None
    return push.kind, push.text, push.amount


# --- enquiries -----------------------------------------------------------------------------------------


def test_i_5_an_enquiry_goes_to_its_department_and_nowhere_else() -> None:
    (enquiry,) = story("", setting=Setting(kind="enquiry_billing")).enquiries
    decision = route_enquiry(enquiry, at("1 h"))

    push = enquiry_push(TICKET, enquiry, decision, DEPARTMENTS)

    assert (decision.rule, decision.subject, decision.at) == ("I-5", "routed:enquiry_billing", T0)
    assert push == Push(
        key="T-1201/status/enquiry_billing",
        kind=PushKind.SET_STATUS,
        client_id=77,
        ticket_id=1201,
        due_at=T0,
        department_id=6,
    )


def test_i_5_an_enquiry_that_is_there_or_closed_is_left_alone() -> None:
    (enquiry,) = story("", setting=Setting(kind="enquiry_billing")).enquiries
    decision = route_enquiry(enquiry, at("1 h"))

    for ticket in (replace(TICKET, department_id=6), replace(TICKET, state=TicketState.CLOSED)):
        assert enquiry_push(ticket, enquiry, decision, DEPARTMENTS) is None
