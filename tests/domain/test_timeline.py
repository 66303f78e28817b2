"""What the tables of incidents do not show: events and their homes, enquiries, prices at first sight."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bridge.domain.calendar import Span
from bridge.domain.events import EventKind
from bridge.domain.money import Money
from bridge.domain.records import Channel, ClientStatus, Service
from bridge.domain.subscription import Subscription
from bridge.domain.terms import escalation_at
from bridge.domain.timeline import tell
from tests.domain.story import CLIENT, ESCALATION, RULEBOOK, T0, Setting, at, events, incident, opening, story


def test_l_9_overlapping_tickets_count_their_time_once() -> None:
    one = incident("20 h ticket 1202 opened; 50 h closed; 80 h ticket 1202 closed")

    assert (one.spans, one.ticket_ids, one.open_ticket_ids) == ((Span(T0, at("80 h")),), (1201, 1202), ())


def test_c_2_a_fact_learnt_twice_changes_nothing() -> None:
    facts = events("20 h contact; 50 h closed; 60 h reopened")

    assert (
        tell(CLIENT, [*facts, *facts], RULEBOOK).incidents[0].spans
        == incident("20 h contact; 50 h closed; 60 h reopened").spans
    )


def test_i_2_created_already_closed_lasted_no_time_whatever_the_keys() -> None:
    opened = opening(1201, T0, Setting(), seen_at=at("5 h"))
    closed = replace(opened[0], key="t1201:closed:x", kind=EventKind.CLOSED, data={})

    (one,) = tell(CLIENT, [closed, *opened], RULEBOOK).incidents

    assert (one.spans, one.ended_at, one.open_ticket_ids) == ((Span(T0, T0),), T0, ())


def test_i_5_an_enquiry_is_told_apart_with_its_spans() -> None:
    told = story("3 h closed", setting=Setting(kind="enquiry_sale"))

    assert told.incidents == ()
    assert [(one.ticket_id, one.kind, one.spans) for one in told.enquiries] == [
        (1201, "enquiry_sale", (Span(T0, at("3 h")),))
    ]


def test_i_6_a_fault_that_staff_find_to_be_an_enquiry_has_no_ladder() -> None:
    told = story("3 h kind enquiry_billing")

    assert (told.incidents, [one.kind for one in told.enquiries]) == ((), ["enquiry_billing"])


def test_i_6_an_enquiry_that_becomes_a_fault_joins_the_fault_that_is_open() -> None:
    told = story("1 h ticket 1202 opened enquiry_sale; 5 h ticket 1202 kind no_access")

    assert ([one.incident_id for one in told.incidents], told.enquiries) == (["RC-1201"], ())
    assert told.incidents[0].ticket_ids == (1201, 1202)


def test_l_9_staffs_kind_stands_when_the_mapping_changes_its_mind() -> None:
    facts = events("1 h kind low_speed")
    remapped = replace(facts[1], key="t1201:kind:static", seen_at=at("9 h"), data={"kind": "static"})

    (one,) = tell(CLIENT, [*facts, remapped], RULEBOOK).incidents

    assert one.kind == "low_speed"


def test_l_9_an_edited_mapping_may_give_another_kind() -> None:
    facts = events("1 h contact")
    remapped = replace(facts[1], key="t1201:kind:static", seen_at=at("9 h"), data={"kind": "static"})

    (one,) = tell(CLIENT, [remapped, *facts], RULEBOOK).incidents

    assert one.kind == "static"


def test_what_staff_write_into_a_closed_ticket_belongs_to_the_incident_that_was() -> None:
    told = story("5 h closed; 80 h attributed to customer; 100 h reopened; 101 h attributed to isp")

    attributed = [one.all_of(EventKind.ATTRIBUTED)[0].data["attribution"] for one in told.incidents]

    assert [one.incident_id for one in told.incidents] == ["RC-1201", "RC-1201-2"]
    assert attributed == ["customer", "isp"]


def test_what_staff_write_while_a_later_incident_is_closed_belongs_to_that_one() -> None:
    told = story("5 h closed; 100 h reopened; 101 h closed; 104 h classed severe; 110 h reopened")

    assert [len(one.all_of(EventKind.CLASSED_SEVERE)) for one in told.incidents] == [0, 1]


def test_a_fact_dated_before_the_opening_belongs_to_the_first_incident() -> None:
    told = story("-2 h classed severe; 5 h closed; 100 h reopened")

    assert [len(one.all_of(EventKind.CLASSED_SEVERE)) for one in told.incidents] == [1, 0]


def test_c_6_the_customer_at_first_sight_stays_that_of_the_incident() -> None:
    late = events("20 h ticket 1202 opened", Setting(services="91 300.00"))
    dearer = opening(1202, at("20 h"), Setting(services="91 999.00"))

    (one,) = tell(CLIENT, [*late[:3], *dearer], RULEBOOK).incidents

    assert one.subscription == Subscription(
        status=ClientStatus.ACTIVE,
        services=(
            Service(
                service_id=91, plan="Plan", price=Money(Decimal("300.00")), tax_percent=Decimal(16), node=3
            ),
        ),
        zone="Centro",
        seen_at=at("0 h"),
    )


def test_a_customer_nobody_could_read_has_no_subscription() -> None:
    (opened, classified, _) = events("")

    (one,) = tell(CLIENT, [opened, classified], RULEBOOK).incidents

    assert one.subscription is None


def test_c_16_a_customers_standing_before_the_fault_is_not_told_again() -> None:
    one = incident("-1 h customer suspended; 2 h customer active")

    assert [event.data["status"] for event in one.all_of(EventKind.CLIENT_STATUS)] == ["active"]


def test_i_4_the_channel_is_that_of_the_first_ticket() -> None:
    one = incident("2 h ticket 1202 opened", setting=Setting(channel="phone"))

    assert (one.channel, one.opened_at) == (Channel.PHONE, T0)


def test_only_events_of_a_ticket_make_an_incident() -> None:
    told = tell(CLIENT, [one for one in events("2 h customer suspended") if one.ticket_id is None], RULEBOOK)

    assert (told.incidents, told.enquiries) == ((), ())


def test_a_ticket_known_only_by_a_fact_is_no_incident_yet() -> None:
    (_, _, _, severe) = events("2 h classed severe")

    assert tell(CLIENT, [severe], RULEBOOK).incidents == ()


def test_c_12_a_fault_before_the_first_ladder_is_escalated_by_that() -> None:
    later = replace(ESCALATION, effective_from=date(2026, 11, 10))
    rules = replace(RULEBOOK, escalation=(later, ESCALATION))

    assert escalation_at(T0 - timedelta(days=9000), rules) == ESCALATION


def test_l_10_the_version_in_force_at_t0_rules() -> None:
    later = replace(ESCALATION, version="escalation@2026-11-10", effective_from=date(2026, 11, 10))
    rules = replace(RULEBOOK, escalation=(ESCALATION, later))

    versions = [escalation_at(at(hours), rules).version for hours in ("13:59:59", "14:00:00")]

    assert versions == ["escalation@2019-01-01", "escalation@2026-11-10"]


def test_l_9_a_kind_told_after_a_later_re_opening_leaves_the_ended_incident_as_it_was() -> None:
    told = story("80 h closed; 160 h reopened; 161 h kind low_speed")

    assert [(one.incident_id, one.kind) for one in told.incidents] == [
        ("RC-1201", "no_access"),
        ("RC-1201-2", "low_speed"),
    ]


def test_i_5_a_ticket_that_comes_back_as_an_enquiry_leaves_its_incident_where_it_was() -> None:
    told = story("80 h closed; 160 h reopened; 161 h kind enquiry_billing")

    assert [(one.incident_id, one.ended_at) for one in told.incidents] == [("RC-1201", at("80 h"))]
    assert [(one.ticket_id, one.spans) for one in told.enquiries] == [(1201, (Span(at("160 h")),))]
