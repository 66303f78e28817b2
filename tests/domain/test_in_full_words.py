"""What is read and what is written, in full: each field of an event, of a signal and of a push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bridge.domain.assess import route_enquiry
from bridge.domain.decisions import CreditStatus
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.observe import Glance, observe, standing, subscribed, vanished
from bridge.domain.ownership import visit_helper
from bridge.domain.policy import Texts
from bridge.domain.pushes import (
    Scene,
    enquiry_closing,
    enquiry_push,
    incident_pushes,
    line_push,
)
from bridge.domain.records import Author, Client, ClientStatus, Message, Ticket, TicketState
from bridge.domain.signals import Signal, read_tags
from bridge.domain.spanish_dates import read_clock, read_day
from tests.domain.mappings import edited
from tests.domain.story import (
    DEPARTMENTS,
    HOUR,
    RULEBOOK,
    SIGNALS,
    T0,
    TEXTS,
    ZONE,
    Bridge,
    Setting,
    at,
    events,
    local,
    story,
    told,
)
from tests.domain.test_in_full_people import HELPERS
from tests.domain.test_observe import FIRST, NOW, TICKET, learnt, message
from tests.domain.test_pushes import SECOND, assessed, pushes
from tests.domain.test_pushes import TICKET as ASKED

# --- what a look teaches ---------------------------------------------------------------------------------


def event(key: str, kind: EventKind, when: datetime, source: str = "panel", /, **data: str) -> Event:
    return Event(
        key=f"t1201:{key}",
        kind=kind,
        client_id=77,
        ticket_id=1201,
        at=when,
        seen_at=NOW,
        source=source,
        data=data,
    )


STAMP = NOW.isoformat()


def test_l_5_a_changed_visit_date_is_an_event() -> None:
    changed = replace(TICKET, visit_date=date(2026, 11, 12), visit_half_day="TARDE")

    assert learnt(changed) == [
        event(
            f"visit:2026-11-12:TARDE:{STAMP}",
            EventKind.VISIT_FIXED,
            NOW,
            "visit date",
            date="2026-11-12",
            half_day="TARDE",
        )
    ]


def test_i_5_a_changed_department_is_an_event_and_may_name_the_kind() -> None:
    assert learnt(replace(TICKET, department_id=2)) == [
        event(f"department:2:{STAMP}", EventKind.DEPARTMENT_SET, NOW, "department", department_id="2"),
        event(f"department:2:{STAMP}:kind", EventKind.KIND_SET, NOW, "department", kind="enquiry_sale"),
    ]


def test_l_1_a_technician_set_by_hand_is_an_event() -> None:
    assert learnt(replace(TICKET, technician_id=31)) == [
        event(f"technician:31:{STAMP}", EventKind.TECHNICIAN_SET, NOW, technician_id="31")
    ]


def test_l_1_a_technician_that_stays_is_none() -> None:
    before = replace(TICKET, technician_id=31)

    assert learnt(before, before) == []


def test_l_2_a_staff_reply_is_an_event() -> None:
    assert learnt(message("Ya llamé")) == [event("m2", EventKind.CONTACTED, T0 + 9.5 * HOUR, "reply")]


def test_l_2_the_state_answered_is_an_event() -> None:
    assert learnt(replace(TICKET, state=TicketState.ANSWERED)) == [
        event(f"state:answered:{STAMP}", EventKind.CONTACTED, NOW, "state")
    ]


def test_l_2_a_ticket_without_messages_may_be_answered_too() -> None:
    bare = replace(TICKET, messages=())

    assert [one.kind for one in learnt(replace(bare, state=TicketState.ANSWERED), bare)] == [
        EventKind.CONTACTED
    ]


def test_l_7_a_closing_is_an_event_and_its_reason_is_read() -> None:
    when = T0 + 9.5 * HOUR
    closed = replace(TICKET, state=TicketState.CLOSED, closed_at=when, closing_reason="#cancelado")

    assert learnt(closed) == [
        event(f"closed:{when.isoformat()}", EventKind.CLOSED, when),
        event(f"reason:{when.isoformat()}:0", EventKind.CANCELLED, when, "closing reason"),
    ]


def test_l_9_a_re_opening_is_an_event() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED, closed_at=T0 + HOUR)

    assert learnt(TICKET, closed) == [event(f"reopened:{STAMP}", EventKind.REOPENED, NOW)]


def test_l_9_a_ticket_that_vanished_is_an_event() -> None:
    assert vanished(TICKET, T0 + HOUR, NOW) == event(
        f"gone:{(T0 + HOUR).isoformat()}", EventKind.GONE, T0 + HOUR
    )


def test_c_12_c_16_a_changed_standing_is_an_event_of_the_customer() -> None:
    client = Client(client_id=77, name="Ana", status=ClientStatus.SUSPENDED)

    assert standing(client, NOW) == Event(
        key=f"c77:status:suspended:{STAMP}",
        kind=EventKind.CLIENT_STATUS,
        client_id=77,
        ticket_id=None,
        at=NOW,
        seen_at=NOW,
        source="panel",
        data={"status": "suspended"},
    )


def test_i_6_without_a_message_only_the_subject_says_the_kind() -> None:
    worded = replace(TICKET, subject="Hola", messages=(replace(FIRST, text="muy lento"),))
    bare = replace(worded, messages=())

    told_kinds = [
        next(one.data["kind"] for one in _all(ticket) if one.kind is EventKind.CLASSIFIED)
        for ticket in (worded, bare)
    ]

    assert told_kinds == ["low_speed", "unrouted"]


def _all(ticket: Ticket) -> list[Event]:
    glance = Glance(current=ticket, previous=None, previous_read=None, was_gone=False, now=NOW)
    return list(observe(glance, RULEBOOK))


def test_i_6_a_kind_that_the_mapping_changed_is_told_with_its_time() -> None:
    glance = Glance(
        current=TICKET,
        previous=TICKET,
        previous_read=NOW - HOUR,
        was_gone=False,
        now=NOW,
        known_kind="unrouted",
    )

    assert list(observe(glance, RULEBOOK)) == [
        event(f"kind:no_access:{STAMP}", EventKind.CLASSIFIED, T0, "mapping", kind="no_access")
    ]


def test_c_8_low_speed_without_its_evidence_is_told() -> None:
    slow = replace(TICKET, subject="muy lento", messages=(), has_attachment=False)

    assert event("evidence", EventKind.EVIDENCE_MISSING, T0) in _all(slow)


def test_c_6_the_services_are_an_event_of_their_own() -> None:
    opening = event("opened", EventKind.OPENED, T0)

    assert subscribed(opening, Client(client_id=77, name="Ana", status=ClientStatus.ACTIVE)) == event(
        "opened:services", EventKind.SUBSCRIBED, T0, status="active", services="[]", zone=""
    )


# --- what a tag says -------------------------------------------------------------------------------------

WRITTEN = local("2026-11-24 12:00")


@pytest.mark.parametrize(
    ("text", "kind", "data"),
    [
        ("#servicio 91", EventKind.SERVICE_NAMED, {"service_id": "91"}),
        ("#no-atribuible tercero", EventKind.ATTRIBUTED, {"attribution": "third_party"}),
        ("#atribuible", EventKind.ATTRIBUTED, {"attribution": "isp"}),
        ("#visita 25/11 16:00", EventKind.VISIT_FIXED, {"start": "2026-11-25T16:00:00-06:00"}),
        ("#visita 25/11", EventKind.VISIT_FIXED, {"date": "2026-11-25", "half_day": ""}),
        ("#visita 25/11 tarde", EventKind.VISIT_FIXED, {"date": "2026-11-25", "half_day": "tarde"}),
        ("#baja-velocidad", EventKind.KIND_SET, {"kind": "low_speed"}),
        ("#resuelto", EventKind.RESOLVED, {}),
        ("#resuelto 24/11 08:00", EventKind.RESOLVED, {"restored": "2026-11-24T14:00:00+00:00"}),
        ("#contacto- ya", EventKind.CONTACTED, {}),
        ("#no-atribuible.", EventKind.ATTRIBUTED, {"attribution": "customer"}),
        ("#resuelto 9x", EventKind.TAG_UNREAD, {"text": "#resuelto 9x"}),
        ("#grabe", EventKind.TAG_UNREAD, {"text": "#grabe"}),
        ("#servicio ninguno", EventKind.TAG_UNREAD, {"text": "#servicio ninguno"}),
    ],
)
def test_c_1_to_l_5_a_tag_is_a_signal_with_named_values(
    text: str, kind: EventKind, data: Mapping[str, str]
) -> None:
    assert [_in_utc(one) for one in read_tags(text, WRITTEN, SIGNALS, ZONE)] == [_in_utc(Signal(kind, data))]


def _in_utc(signal: Signal) -> Signal:
    return Signal(
        signal.kind, {name: _instant(value) if "T" in value else value for name, value in signal.data.items()}
    )


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def test_c_2_the_start_of_an_outage_is_a_signal_with_a_named_value() -> None:
    kind, since = read_tags("#sin-servicio desde 24/11 06:00", WRITTEN, SIGNALS, ZONE)

    assert (kind, _in_utc(since)) == (
        Signal(EventKind.KIND_SET, {"kind": "no_access"}),
        Signal(EventKind.OUTAGE_SINCE, {"since": "2026-11-24T12:00:00+00:00"}),
    )


def test_c_2_yesterday_is_yesterday_in_the_panels_zone() -> None:
    """23:00 on the 24th there is 05:00 on the 25th in UTC."""
    _, since = read_tags("#sin-servicio desde ayer 06:00", local("2026-11-24 23:00"), SIGNALS, ZONE)

    assert _in_utc(since).data == {"since": "2026-11-23T12:00:00+00:00"}


def test_a_word_that_is_hardly_like_a_tag_is_no_tag() -> None:
    assert read_tags("#servidor", WRITTEN, SIGNALS, ZONE)
    assert read_tags("#resumen", WRITTEN, SIGNALS, ZONE) == ()


def test_l_5_resolved_today_is_today_in_the_panels_zone() -> None:
    """23:00 on the 24th there is 05:00 on the 25th in UTC."""
    late = local("2026-11-24 23:00")

    assert read_tags("#resuelto hoy", late, SIGNALS, ZONE) == (Signal(EventKind.RESOLVED),)


@pytest.mark.parametrize(
    ("text", "written", "meant"),
    [
        ("1 am", "2026-11-24 12:00", None),
        ("25/11 1 am", "2026-11-24 12:00", "2026-11-25 01:00"),
        ("25/11 1 pm", "2026-11-24 12:00", "2026-11-25 13:00"),
        ("31/12 10:00", "2027-01-02 12:00", "2026-12-31 10:00"),
        ("2/1 10:00", "2026-12-30 12:00", "2027-01-02 10:00"),
        ("5 de enero de 2027 10:00", "2026-11-24 12:00", "2027-01-05 10:00"),
        ("25/11/26 10:00", "2026-11-24 12:00", "2026-11-25 10:00"),
        ("25 de noviembre de 2025 10:00", "2026-11-24 12:00", "2025-11-25 10:00"),
        ("25/11 12 de la tarde", "2026-11-24 12:00", "2026-11-25 12:00"),
        (": 25/11 10:00", "2026-11-24 12:00", "2026-11-25 10:00"),
    ],
)
def test_l_5_a_date_without_its_year_is_the_nearest(text: str, written: str, meant: str | None) -> None:
    found = read_day(text, local(written), ZONE)
    clock = read_clock(found[1]) if found else None

    assert (f"{found[0]} {clock[0].written:%H:%M}" if found and clock else None) == meant


# --- what the panel is asked -----------------------------------------------------------------------------

NOTED = replace(
    HELPERS,
    texts=Texts(
        templates={**TEXTS.templates, "visit_helper_note": "{report_number} {technician} {visit} {marker}"}
    ),
)


def helper_asked(tale: str, *tickets: Ticket) -> tuple[Push, ...]:
    bridge = Bridge(rules=NOTED, known=events(tale))
    bridge.sync(at("74 h"))
    (assessment,) = bridge.sync(at("81 h"))
    scene = Scene(
        tickets={ticket.ticket_id: ticket for ticket in tickets},
        fresh=frozenset(),
        technician=None,
        assigned_now=False,
        told=True,
        now=at("82 h"),
        helper=visit_helper(assessment, bridge.fired["RC-1201"], {}, NOTED, at("81 h")),
    )
    return incident_pushes(assessment, scene, NOTED)


@pytest.mark.parametrize(
    ("tale", "visit"),
    [
        ("80 h visit fixed for 90 h", "13/11/2026 04:00"),
        ("80 h visit fixed on 2026-11-14", "14/11/2026"),
        ("80 h visit fixed on 2026-11-14 TARDE", "14/11/2026 por la tarde"),
        ("80 h visit fixed on 2026-11-14 manana", "14/11/2026 por la mañana"),
    ],
    ids=["a start", "a date", "an afternoon", "a morning"],
)
def test_l_6_the_helper_of_a_visit_is_named_in_an_internal_note(tale: str, visit: str) -> None:
    (note,) = helper_asked(tale, ASKED)

    assert note == Push(
        key=f"RC-1201/visit_helper:t1201:fixed:{at('80 h').isoformat()}",
        kind=PushKind.NOTE,
        client_id=77,
        ticket_id=1201,
        due_at=at("81 h"),
        marker="[RC-1201/V1201]",
        text=f"RC-1201 T21 {visit} [RC-1201/V1201]",
        internal=True,
    )


def test_l_6_without_an_open_ticket_there_is_no_note() -> None:
    assert helper_asked("80 h visit fixed for 90 h", replace(ASKED, state=TicketState.CLOSED)) == ()


RECEPTION = replace(ASKED, department_id=DEPARTMENTS.reception)


def test_i_6_a_ticket_that_staff_named_leaves_reception() -> None:
    unrouted = Setting(kind="unrouted")
    assessment = assessed("1 h kind no_access", "0 h", "1 h", setting=unrouted)

    assert pushes(assessment, RECEPTION) == (
        Push(
            key="RC-1201/status/routed/1201",
            kind=PushKind.SET_STATUS,
            client_id=77,
            ticket_id=1201,
            due_at=at("99 h"),
            department_id=1,
        ),
    )


@pytest.mark.parametrize(
    ("tale", "syncs", "setting", "department"),
    [
        ("", ("0 h", "1 h"), Setting(kind="unrouted"), DEPARTMENTS.reception),
        ("1 h kind no_access", ("0 h", "1 h"), Setting(kind="unrouted"), 6),
        ("", ("0 h", "1 h"), Setting(), DEPARTMENTS.reception),
        ("1 h kind no_access", ("0 h", "3 h", "4 h"), Setting(kind="unrouted"), DEPARTMENTS.reception),
    ],
    ids=["not named yet", "not at reception", "was never unrouted", "above level 1"],
)
def test_i_6_another_ticket_is_left_where_it_is(
    tale: str, syncs: tuple[str, ...], setting: Setting, department: int
) -> None:
    assessment = assessed(tale, *syncs, setting=setting)

    assert pushes(assessment, replace(ASKED, department_id=department)) == ()


def test_i_6_the_other_ticket_of_the_incident_is_no_unrouted_one() -> None:
    tale = "0:10:00 ticket 1202 opened unrouted"
    assessment = assessed(tale, "0 h", "0:10:00", "1 h")

    asked = pushes(assessment, RECEPTION, replace(SECOND, department_id=DEPARTMENTS.reception))

    assert [push.ticket_id for push in asked] == [1202]


def test_l_3_a_ticket_that_stays_does_not_hold_up_the_next() -> None:
    assessment = assessed("0:30:00 ticket 1202 opened; 1 h contact failed", "0 h", "0:30:00", "1 h")

    asked = pushes(assessment, replace(ASKED, department_id=4), SECOND)

    assert [push.key for push in asked] == ["RC-1201/status/L2/1202", "RC-1201/note/report_number"]


@pytest.mark.parametrize(
    ("tale", "now", "note", "text"),
    [
        ("", "3 h", "report_number", "Reporte RC-1201 [RC-1201/N2]"),
        ("", "50 h", "severe", "Grave RC-1201 [RC-1201/N3]"),
    ],
)
def test_l_3_who_was_never_told_is_told_again(tale: str, now: str, note: str, text: str) -> None:
    assessment = assessed(tale, now, now)

    assert pushes(assessment, told=False) == (
        Push(
            key=f"RC-1201/note/{note}/again",
            kind=PushKind.NOTE,
            client_id=77,
            ticket_id=1201,
            due_at=at("99 h"),
            marker=f"[RC-1201/{'N3' if note == 'severe' else 'N2'}]",
            text=text,
        ),
    )


def test_l_3_before_the_number_nobody_is_told_anything() -> None:
    assert pushes(assessed("", "1 h", "1 h"), told=False) == ()


def test_an_assignment_of_a_later_round_has_its_own_key() -> None:
    scene = Scene(
        tickets={1201: ASKED},
        fresh=frozenset(),
        technician=12,
        assigned_now=True,
        told=True,
        now=at("1 h"),
        round=2,
    )

    (push,) = incident_pushes(assessed("", "0 h", "1 h"), scene, RULEBOOK)

    assert push.key == "RC-1201/assign/L1:2/12/1201"


def test_c_11_a_credit_is_pushed_with_its_amount_and_its_words() -> None:
    line = told("97 h closed", "97 h").lines["RC-1201/C1"]
    rules = replace(
        RULEBOOK, texts=Texts(templates={"credit_month": "<{days}> {amount} {credit_id} {marker}"})
    )

    assert line_push(line, {}, at("98 h"), rules) == Push(
        key="RC-1201/C1",
        kind=PushKind.CREDIT,
        client_id=77,
        ticket_id=1201,
        due_at=at("98 h"),
        marker="[RC-1201/C1]",
        text="<> 300.00 RC-1201/C1 [RC-1201/C1]",
        amount=Money(Decimal("300.00")),
    )


def test_c_11_a_line_that_is_not_due_is_not_pushed() -> None:
    line = told("", "73 h").lines["RC-1201/C1"]

    assert line.status is CreditStatus.ACCRUING
    assert line_push(line, {}, at("98 h"), RULEBOOK) is None


def test_i_5_an_enquiry_without_a_department_goes_to_reception() -> None:
    (enquiry,) = story("", setting=Setting(kind="enquiry_sale")).enquiries
    departments = replace(DEPARTMENTS, enquiries={})

    push = enquiry_push(ASKED, enquiry, route_enquiry(enquiry, at("0 h")), departments)

    assert push is not None
    assert push.department_id == DEPARTMENTS.reception


def test_l_10_a_decision_that_is_no_step_moves_no_ticket() -> None:
    assessment = assessed("", "80 h", "97 h")

    assert [one.rule for one in assessment.decisions] == ["C-5"]
    assert pushes(assessment, ASKED) == ()


def test_i_5_a_resolved_enquiry_is_closed() -> None:
    (enquiry,) = story("2 h resolved", setting=Setting(kind="enquiry_sale")).enquiries
    assert enquiry.resolution is not None

    assert enquiry_closing(ASKED, enquiry, "T-1201", RULEBOOK) == Push(
        key=f"T-1201/close/1201/{enquiry.resolution.key}",
        kind=PushKind.CLOSE,
        client_id=77,
        ticket_id=1201,
        due_at=at("2 h"),
        marker="[T-1201/F]",
        text="Atendida 1201 [T-1201/F]",
    )
    assert enquiry_closing(replace(ASKED, state=TicketState.CLOSED), enquiry, "T-1201", RULEBOOK) is None


@pytest.mark.parametrize("tale", ["", "2 h cancelled"])
def test_i_5_an_enquiry_that_is_not_resolved_is_not_closed(tale: str) -> None:
    (enquiry,) = story(tale, setting=Setting(kind="enquiry_sale")).enquiries

    assert enquiry_closing(ASKED, enquiry, "T-1201", RULEBOOK) is None


# --- money -----------------------------------------------------------------------------------------------


def test_c_7_sums_and_rounding_keep_the_currency() -> None:
    one, other = Money(Decimal("1.005"), "USD"), Money(Decimal(1), "USD")

    assert (one + other, one - other, one.rounded()) == (
        Money(Decimal("2.005"), "USD"),
        Money(Decimal("0.005"), "USD"),
        Money(Decimal("1.01"), "USD"),
    )


def test_a_customers_word_is_no_signal() -> None:
    assert learnt(message("#grave", Author.CUSTOMER)) == []


def test_a_messages_own_time_is_the_events() -> None:
    second = Message(message_id=2, author=Author.STAFF, text="#grave", at=T0 + 2 * HOUR, internal=True)

    (learned,) = learnt(replace(TICKET, messages=(FIRST, second)))

    assert (learned.at, learned.key, learned.source) == (T0 + 2 * HOUR, "t1201:m2:0", "tag")


def test_x_3_a_charge_that_waits_for_approval_is_no_push() -> None:
    tale = "3 h attributed to customer; 20 h closed"
    bridge = told(tale, "20 h", rules=edited("prices = remote 150.00"))

    assert line_push(bridge.lines["RC-1201/X1"], bridge.lines, at("21 h"), RULEBOOK) is None
