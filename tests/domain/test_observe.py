"""What one look at a ticket teaches, compared with the look before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.observe import Glance, merged, observe, standing, subscribed, vanished
from bridge.domain.policy import Rulebook
from bridge.domain.records import (
    Author,
    Channel,
    Client,
    ClientStatus,
    Message,
    Service,
    Ticket,
    TicketState,
)
from bridge.domain.timeline import Incident, tell
from tests.domain.story import HOUR, RULEBOOK, SECOND, T0, clock

NOW = T0 + 10 * HOUR
READ = T0 + 9 * HOUR
FIRST = Message(message_id=1, author=Author.CUSTOMER, text="No navega", at=T0)
TICKET = Ticket(
    ticket_id=1201,
    client_id=77,
    subject="Sin internet",
    state=TicketState.OPEN,
    opened_at=T0,
    channel=Channel.PORTAL,
    department_id=1,
    technician_id=0,
    messages=(FIRST,),
)


def learnt(
    current: Ticket,
    previous: Ticket | None = TICKET,
    *,
    read: datetime | None = READ,
    now: datetime = NOW,
    was_gone: bool = False,
    own: Mapping[str, Any] = MappingProxyType({}),
    rules: Rulebook = RULEBOOK,
) -> list[Event]:
    """The events of a look, without the kind that every look tells."""
    glance = Glance(
        current=current,
        previous=previous,
        previous_read=read if previous is not None else None,
        was_gone=was_gone,
        now=now,
        **own,
    )
    return [one for one in observe(glance, rules) if one.kind is not EventKind.CLASSIFIED]


def shown(events: list[Event]) -> list[str]:
    return [" ".join([one.kind, clock(one.at), one.source, *one.data.values()]) for one in events]


def message(
    text: str, author: Author = Author.STAFF, *, hours: float | None = 9.5, internal: bool = False
) -> Ticket:
    """The ticket with a second message."""
    at = None if hours is None else T0 + hours * HOUR
    number = None if hours is None else 2
    second = Message(message_id=number, author=author, text=text, at=at, internal=internal)
    return replace(TICKET, messages=(FIRST, second))


def story_of(events: list[Event]) -> Incident:
    (incident,) = tell(77, events, RULEBOOK).incidents
    return incident


# --- openings, closings, kinds -------------------------------------------------------------------------


def test_i_1_a_new_ticket_is_opened_at_the_panels_time() -> None:
    events = list(observe(_glance(TICKET), RULEBOOK))

    assert events == [
        Event(
            key="t1201:opened",
            kind=EventKind.OPENED,
            client_id=77,
            ticket_id=1201,
            at=T0,
            seen_at=NOW,
            source="panel",
            data={"channel": "portal"},
        ),
        Event(
            key="t1201:kind:no_access",
            kind=EventKind.CLASSIFIED,
            client_id=77,
            ticket_id=1201,
            at=T0,
            seen_at=NOW,
            source="mapping",
            data={"kind": "no_access"},
        ),
    ]


def _glance(ticket: Ticket) -> Glance:
    return Glance(current=ticket, previous=None, previous_read=None, was_gone=False, now=NOW)


def test_nothing_new_teaches_nothing() -> None:
    assert learnt(TICKET) == []


def test_i_6_the_kind_is_told_again_when_the_words_mean_another_one() -> None:
    glance = replace(_glance(replace(TICKET, subject="Hola")), previous=TICKET, previous_read=READ)

    kinds = [(one.key, one.data["kind"]) for one in observe(glance, RULEBOOK)]

    assert kinds == [("t1201:kind:unrouted", "unrouted")]


def test_i_2_solved_on_the_call_is_opened_and_closed_at_once() -> None:
    call = replace(TICKET, state=TicketState.CLOSED, closed_at=T0, channel=Channel.PHONE)

    events = list(observe(_glance(call), RULEBOOK))

    incident = story_of(events)
    assert (incident.ended_at, incident.channel, incident.open_ticket_ids) == (T0, Channel.PHONE, ())


def test_l_8_first_seen_after_it_was_closed() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED, closed_at=T0 + 3 * HOUR)

    assert shown(learnt(closed, None)) == [
        "ticket:opened 0:00:00 panel portal",
        "ticket:closed 3:00:00 panel",
    ]


def test_a_closing_is_dated_by_the_panel() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED, closed_at=T0 + 9.5 * HOUR)

    assert shown(learnt(closed)) == ["ticket:closed 9:30:00 panel"]


def test_a_closing_without_its_date_is_dated_by_the_last_activity() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED, last_activity_at=T0 + 9.5 * HOUR)

    assert shown(learnt(closed)) == ["ticket:closed 9:30:00 panel"]


def test_a_closing_dated_in_the_future_or_before_the_opening_is_dated_when_seen() -> None:
    future = replace(TICKET, state=TicketState.CLOSED, closed_at=NOW + SECOND)
    ancient = replace(TICKET, state=TicketState.CLOSED, closed_at=T0 - SECOND)

    assert shown(learnt(future)) == shown(learnt(ancient)) == ["ticket:closed 10:00:00 panel"]


def test_l_9_a_re_opening_is_dated_by_the_last_activity() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED)
    back = replace(TICKET, last_activity_at=T0 + 9.5 * HOUR)

    assert shown(learnt(back, closed)) == ["ticket:reopened 9:30:00 panel"]


def test_l_9_a_re_opening_without_plausible_activity_is_dated_when_seen() -> None:
    closed = replace(TICKET, state=TicketState.CLOSED)
    back = replace(TICKET, last_activity_at=READ - SECOND)

    assert shown(learnt(back, closed)) == ["ticket:reopened 10:00:00 panel"]


def test_l_9_a_vanished_ticket_ends_at_its_last_sight_and_may_come_back() -> None:
    gone = vanished(TICKET, READ, NOW)

    back = learnt(TICKET, was_gone=True, now=NOW + HOUR)

    assert shown([gone, *back]) == ["ticket:gone 9:00:00 panel", "ticket:reopened 11:00:00 panel"]


def test_l_9_a_ticket_never_seen_again_did_not_end_before_it_began() -> None:
    assert vanished(TICKET, T0 - HOUR, NOW).at == T0


def test_the_closing_reason_is_read_for_tags() -> None:
    closed = replace(
        TICKET,
        state=TicketState.CLOSED,
        closed_at=T0 + 9.5 * HOUR,
        closing_reason="Listo #no-atribuible #servicio 91",
    )

    assert shown(learnt(closed)) == [
        "ticket:closed 9:30:00 panel",
        "attribution:set 9:30:00 closing reason customer",
        "service:named 9:30:00 closing reason 91",
    ]


def test_i_8_low_speed_without_captures_is_listed_once() -> None:
    slow = replace(TICKET, subject="Muy lento", has_attachment=False)

    found = [one.key for one in learnt(slow, None) if one.kind is EventKind.EVIDENCE_MISSING]

    assert found == ["t1201:evidence"]


def test_i_8_captures_that_are_there_or_cannot_be_seen_are_not_missed() -> None:
    for has_attachment in (True, None):
        slow = replace(TICKET, subject="Muy lento", has_attachment=has_attachment)
        assert EventKind.EVIDENCE_MISSING not in {one.kind for one in learnt(slow, None)}
    assert EventKind.EVIDENCE_MISSING not in {
        one.kind for one in learnt(replace(TICKET, has_attachment=False))
    }


# --- contacts ------------------------------------------------------------------------------------------


def test_l_2_answered_is_a_contact_dated_by_the_last_activity() -> None:
    answered = replace(TICKET, state=TicketState.ANSWERED, last_activity_at=T0 + 9.5 * HOUR)

    assert shown(learnt(answered)) == ["contact:made 9:30:00 state"]


def test_l_2_last_activity_outside_the_two_reads_dates_nothing() -> None:
    for hours, expected in ((8.99, "10:00:00"), (9, "9:00:00"), (10, "10:00:00"), (10.01, "10:00:00")):
        answered = replace(TICKET, state=TicketState.ANSWERED, last_activity_at=T0 + hours * HOUR)
        assert shown(learnt(answered)) == [f"contact:made {expected} state"]


def test_l_2_answered_at_first_sight_is_a_contact() -> None:
    answered = replace(TICKET, state=TicketState.ANSWERED, last_activity_at=T0 + HOUR)

    assert shown(learnt(answered, None))[1:] == ["contact:made 1:00:00 state"]


def test_l_2_still_answered_is_no_new_contact() -> None:
    answered = replace(TICKET, state=TicketState.ANSWERED)

    assert learnt(answered, answered) == []


def test_l_2_the_customers_reply_is_no_contact() -> None:
    assert learnt(replace(TICKET, state=TicketState.CUSTOMER_REPLIED)) == []


def test_l_2_a_staff_reply_is_a_contact_at_its_time() -> None:
    assert shown(learnt(message("Le marco"))) == ["contact:made 9:30:00 reply"]


def test_l_2_a_staff_reply_without_time_is_dated_by_the_activity() -> None:
    ticket = message("Le marco", hours=None)

    assert shown(learnt(ticket)) == ["contact:made 10:00:00 reply"]


def test_l_2_a_reply_seen_before_is_no_news() -> None:
    ticket = message("Le marco")

    assert learnt(ticket, ticket) == []


def test_l_2_where_the_mapping_says_so_a_reply_is_no_contact() -> None:
    rules = replace(RULEBOOK, signals=replace(RULEBOOK.signals, reply_is_contact=False))

    assert learnt(message("Le marco"), rules=rules) == []


def test_an_internal_note_is_no_contact_but_its_tags_count() -> None:
    assert learnt(message("No contesta", internal=True)) == []
    assert shown(learnt(message("#sin-solucion", internal=True))) == ["contact:failed 9:30:00 tag"]


def test_a_reply_with_a_contact_tag_is_one_contact() -> None:
    assert shown(learnt(message("#sin-solucion"))) == ["contact:failed 9:30:00 tag"]


def test_a_reply_with_another_tag_is_also_a_contact() -> None:
    assert shown(learnt(message("#grave"))) == ["severity:set 9:30:00 tag", "contact:made 9:30:00 reply"]


def test_only_staffs_words_are_signals() -> None:
    for author in (Author.CUSTOMER, Author.BRIDGE, Author.UNKNOWN):
        assert learnt(message("#grave #sin-solucion", author)) == []


def test_the_opening_message_is_no_signal_whoever_wrote_it() -> None:
    ticket = replace(TICKET, messages=(replace(FIRST, author=Author.STAFF, text="#grave"),))

    assert shown(learnt(ticket, None)) == ["ticket:opened 0:00:00 panel portal"]


def test_over_the_api_message_tags_are_not_trusted() -> None:
    ticket = message("#grave", Author.UNKNOWN, hours=None)

    assert shown(learnt(ticket, None)) == ["ticket:opened 0:00:00 panel portal"]


def test_two_tags_of_one_message_are_two_events_with_their_own_keys() -> None:
    events = learnt(message("#grave #visita 25/11/2026 16:00", internal=True))

    assert [one.key for one in events] == ["t1201:m2:0", "t1201:m2:1"]


def test_l_2_answered_by_the_bridges_own_reply_is_no_contact() -> None:
    answered = replace(TICKET, state=TicketState.ANSWERED)
    noted = replace(message("Su reporte es RC-1201 [RC-1201/N2]", Author.UNKNOWN), state=TicketState.ANSWERED)

    assert learnt(answered, own={"own_reply": True}) == []
    assert learnt(noted) == []


def test_l_2_what_a_person_pasted_from_the_worklist_is_no_contact() -> None:
    assert learnt(message("Su reporte es RC-1201 [RC-1201/N2]")) == []


def test_l_2_brackets_of_another_kind_are_no_marker() -> None:
    assert shown(learnt(message("Le marco [10:30/hoy]"))) == ["contact:made 9:30:00 reply"]


# --- visits, departments, technicians ------------------------------------------------------------------


def test_l_5_the_visit_date_a_ticket_is_born_with_fixes_nothing() -> None:
    born = replace(TICKET, visit_date=date(2026, 11, 12))

    assert shown(learnt(born, None)) == ["ticket:opened 0:00:00 panel portal"]


def test_l_5_a_changed_visit_date_fixes_a_visit() -> None:
    born = replace(TICKET, visit_date=date(2026, 11, 12))
    moved = replace(TICKET, visit_date=date(2026, 11, 13), visit_half_day="TARDE")

    assert shown(learnt(moved, born)) == ["visit:fixed 10:00:00 visit date 2026-11-13 TARDE"]


def test_l_5_a_changed_half_day_fixes_a_visit() -> None:
    born = replace(TICKET, visit_date=date(2026, 11, 12))

    moved = learnt(replace(born, visit_half_day="MAÑANA"), born)

    assert shown(moved) == ["visit:fixed 10:00:00 visit date 2026-11-12 MAÑANA"]


def test_l_5_a_visit_date_that_was_taken_away_fixes_nothing() -> None:
    assert learnt(TICKET, replace(TICKET, visit_date=date(2026, 11, 12))) == []


def test_l_5_where_the_mapping_says_so_dates_fix_nothing() -> None:
    rules = replace(RULEBOOK, signals=replace(RULEBOOK.signals, visit_date_fixes_visit=False))

    assert learnt(replace(TICKET, visit_date=date(2026, 11, 13)), rules=rules) == []


def test_a_person_who_moves_a_ticket_is_noticed() -> None:
    assert shown(learnt(replace(TICKET, department_id=4))) == ["department:set 10:00:00 department 4"]


def test_i_6_a_department_may_say_the_kind() -> None:
    assert shown(learnt(replace(TICKET, department_id=2))) == [
        "department:set 10:00:00 department 2",
        "kind:set 10:00:00 department enquiry_sale",
    ]


def test_the_bridges_own_writes_are_no_signals() -> None:
    written = replace(TICKET, department_id=2, technician_id=21)

    assert learnt(written, own={"own_department": 2, "own_technician": 21}) == []


def test_a_department_at_first_sight_or_hidden_says_nothing() -> None:
    assert shown(learnt(replace(TICKET, department_id=2), None)) == ["ticket:opened 0:00:00 panel portal"]
    assert learnt(replace(TICKET, department_id=None)) == []
    assert learnt(replace(TICKET, department_id=2), replace(TICKET, department_id=None)) == []


def test_a_person_who_assigns_a_technician_is_noticed() -> None:
    assert shown(learnt(replace(TICKET, technician_id=21))) == ["technician:set 10:00:00 panel 21"]


def test_a_technician_at_first_sight_was_assigned_by_a_person() -> None:
    assert shown(learnt(replace(TICKET, technician_id=21), None))[1:] == ["technician:set 10:00:00 panel 21"]


LETTER = Push(
    key="MAIL-3f9a0c/T",
    kind=PushKind.OPEN,
    client_id=77,
    due_at=T0 - HOUR,
    channel=Channel.MAIL,
    technician_id=21,
)


def test_i_4_a_ticket_of_a_letter_was_opened_when_the_letter_came() -> None:
    found = learnt(replace(TICKET, technician_id=21), None, own={"opening": LETTER})

    assert shown(found) == ["ticket:opened -1:00:00 panel mail 21"]
    assert found[0].data == {"channel": "mail", "technician_id": "21"}
    assert found[0].key == learnt(TICKET, None)[0].key
    nobody = replace(LETTER, technician_id=None, due_at=T0 + HOUR)
    assert shown(learnt(TICKET, None, own={"opening": nobody})) == ["ticket:opened 0:00:00 panel mail"]


def test_who_wrote_a_message_is_noted_with_what_it_says() -> None:
    wrote = Message(message_id=2, author=Author.STAFF, text="Ya lo llamé #grave", at=NOW, operator_id=31)
    bare = replace(wrote, text="Ya lo llamé")

    for one in (wrote, bare):
        found = learnt(replace(TICKET, messages=(FIRST, one)))
        assert found
        assert all(event.data["operator_id"] == "31" for event in found)
    (unknown,) = learnt(replace(TICKET, messages=(FIRST, replace(bare, operator_id=None))))
    assert "operator_id" not in unknown.data


def test_a_person_may_give_a_ticket_of_a_letter_to_somebody_else_at_once() -> None:
    found = learnt(replace(TICKET, technician_id=22), None, own={"opening": LETTER})

    assert shown(found)[1:] == ["technician:set 10:00:00 panel 22"]


def test_nobody_assigned_any_more_says_nothing() -> None:
    assert learnt(TICKET, replace(TICKET, technician_id=21)) == []


# --- what a route cannot show --------------------------------------------------------------------------


def test_a_first_sight_is_taken_as_it_is() -> None:
    assert merged(None, TICKET) == TICKET


def test_what_a_route_cannot_show_stays_as_it_was_last_seen() -> None:
    before = replace(TICKET, department_id=4, technician_id=21, has_attachment=True)
    api = replace(
        TICKET,
        department_id=None,
        technician_id=None,
        has_attachment=None,
        messages=(Message(message_id=None, author=Author.UNKNOWN, text="No navega"),),
    )

    assert merged(before, api) == before


def test_what_a_route_shows_replaces_what_was_seen() -> None:
    before = replace(TICKET, department_id=4, technician_id=21, has_attachment=True)
    now = replace(TICKET, department_id=5, technician_id=0, has_attachment=False)

    assert merged(before, now) == now


def test_messages_without_numbers_replace_others_without_numbers() -> None:
    without = replace(TICKET, messages=(Message(message_id=None, author=Author.UNKNOWN, text="a"),))
    more = replace(TICKET, messages=(*without.messages, *without.messages))

    assert merged(without, more) == more


# --- customers -----------------------------------------------------------------------------------------


def test_c_6_the_price_at_first_sight_is_kept_with_the_opening() -> None:
    (opened,) = learnt(TICKET, None)
    client = Client(
        client_id=77,
        name="Ana",
        status=ClientStatus.SUSPENDED,
        services=(Service(service_id=91, plan="50M", price=Money(Decimal("300.00")), node=3),),
        zone="Norte",
    )

    incident = story_of([opened, *observe(_glance(TICKET), RULEBOOK)[1:], subscribed(opened, client)])

    assert incident.subscription is not None
    assert (incident.subscription.status, incident.subscription.zone) == (ClientStatus.SUSPENDED, "Norte")
    assert incident.subscription.services == client.services


def test_c_6_services_that_were_not_shown_are_none() -> None:
    (opened,) = learnt(TICKET, None)
    client = Client(client_id=77, name="Ana", status=ClientStatus.ACTIVE)

    assert subscribed(opened, client).data == {"status": "active", "services": "[]", "zone": ""}


def test_c_16_a_changed_standing_is_dated_when_it_was_seen() -> None:
    event = standing(Client(client_id=77, name="Ana", status=ClientStatus.SUSPENDED), NOW)

    assert (event.kind, event.at, event.ticket_id, event.data) == (
        EventKind.CLIENT_STATUS,
        NOW,
        None,
        {"status": "suspended"},
    )
