"""Notices: when people are left alone, what is written of an event, and what something newer makes stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.notices import (
    TOPICS,
    Audience,
    Medium,
    News,
    Notice,
    NoticePolicy,
    Topic,
    notices_of,
    overtaken,
)
from bridge.domain.policy import Texts
from bridge.rulebook.shifts import read_shifts

ZONE = ZoneInfo("America/Mexico_City")
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
AT = MONDAY.replace(hour=9)


def quiet(words: str) -> NoticePolicy:
    return NoticePolicy(quiet={Audience.CUSTOMERS: read_shifts(words)})


def clock(words: str, day: datetime = MONDAY) -> datetime:
    hours, minutes, seconds = words.split(":")
    whole, _, parts = seconds.partition(".")
    return day.replace(hour=int(hours), minute=int(minutes), second=int(whole), microsecond=int(parts or 0))


# --- quiet hours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        ("20:59:59.999999", False),
        ("21:00:00", True),
        ("23:59:59.999999", True),
        ("0:00:00", True),
        ("7:59:59.999999", True),
        ("8:00:00", False),
        ("12:00:00", False),
    ],
)
def test_hours_across_midnight(moment: str, is_quiet: bool) -> None:
    policy = quiet("diario 21:00-8:00")

    assert policy.is_quiet(Audience.CUSTOMERS, clock(moment), ZONE) is is_quiet


@pytest.mark.parametrize(
    ("day", "moment", "is_quiet"),
    [
        (-1, "23:59:59.999999", False),
        (0, "0:00:00", True),
        (0, "12:00:00", True),
        (0, "23:59:59.999999", True),
        (1, "0:00:00", False),
    ],
)
def test_a_whole_day_has_its_last_moment(day: int, moment: str, is_quiet: bool) -> None:
    policy = quiet("lun 0:00-24:00")

    assert policy.is_quiet(Audience.CUSTOMERS, clock(moment, MONDAY + timedelta(days=day)), ZONE) is is_quiet


@pytest.mark.parametrize(
    ("day", "moment", "is_quiet"),
    [
        (0, "5:59:59", False),
        (0, "22:00:00", True),
        (1, "5:59:59", True),
        (1, "6:00:00", False),
        (1, "22:00:00", False),
    ],
)
def test_the_night_of_one_day_ends_on_the_next(day: int, moment: str, is_quiet: bool) -> None:
    policy = quiet("lun 22:00-6:00")

    assert policy.is_quiet(Audience.CUSTOMERS, clock(moment, MONDAY + timedelta(days=day)), ZONE) is is_quiet


def test_hours_are_those_of_the_panels_zone() -> None:
    """21:00 in the centre is 19:00 in Tijuana, and the next day already by the clock of Greenwich."""
    policy, moment = quiet("lun 21:00-22:00"), datetime.fromisoformat("2026-11-24T03:00:00+00:00")

    assert policy.is_quiet(Audience.CUSTOMERS, moment, ZONE)
    assert not policy.is_quiet(Audience.CUSTOMERS, moment, ZoneInfo("America/Tijuana"))


def test_each_audience_has_its_own_hours() -> None:
    policy = quiet("diario 0:00-24:00")

    assert [policy.is_quiet(audience, AT, ZONE) for audience in Audience] == [True, False, False, False]


def test_any_of_several_lines_is_enough() -> None:
    policy = NoticePolicy(
        quiet={Audience.CUSTOMERS: (*read_shifts("dom 0:00-24:00"), *read_shifts("lun-vie 9:00-10:00"))}
    )

    assert policy.is_quiet(Audience.CUSTOMERS, AT, ZONE)
    assert not policy.is_quiet(Audience.CUSTOMERS, AT.replace(hour=10), ZONE)


# --- what is switched on ---------------------------------------------------------------------------------


def test_every_topic_is_told_to_one_audience() -> None:
    assert sorted(topic for topics in TOPICS.values() for topic in topics) == sorted(Topic)
    assert Topic.NOBODY.audience is Audience.SUPERVISORS


def test_a_policy_wants_what_has_a_medium() -> None:
    policy = NoticePolicy(media={Topic.SEVERE: frozenset({Medium.SMS}), Topic.NOBODY: frozenset()})

    assert policy.wants([Topic.NOBODY, Topic.SEVERE])
    assert not policy.wants([Topic.NOBODY, Topic.HELD])
    assert not policy.wants([])


# --- what is written of an event -------------------------------------------------------------------------

TEXTS = Texts(
    templates={
        "notice_severe_sms": "Grave {report_number}",
        "notice_severe_mail": "Su reporte {report_number} es grave.",
        "notice_severe_subject": "Reporte {report_number}",
        "notice_nobody_channel": "{report_number}: nadie de nivel {level}",
        "notice_assigned_channel": "{report_number} es suyo",
    }
)
SEVERE = News(
    topic=Topic.SEVERE,
    name="RC-1201",
    client_id=77,
    incident_id="RC-1201",
    at=AT,
    words={"report_number": "RC-1201", "level": 3},
)
NOBODY = replace(SEVERE, topic=Topic.NOBODY, name="RC-1201/8")
ASSIGNED = replace(SEVERE, topic=Topic.ASSIGNED, name="RC-1201/assign:L3:31", technician=31)


def written(news: News, policy: NoticePolicy) -> list[Notice]:
    return list(notices_of(news, policy, TEXTS))


def test_a_customer_is_told_by_each_medium_that_is_on() -> None:
    both = NoticePolicy(media={Topic.SEVERE: frozenset({Medium.SMS, Medium.MAIL})})

    mail = Notice(
        key="RC-1201/mail/severe",
        topic=Topic.SEVERE,
        medium=Medium.MAIL,
        client_id=77,
        incident_id="RC-1201",
        at=AT,
        text="Su reporte RC-1201 es grave.",
        subject="Reporte RC-1201",
    )
    sms = replace(mail, key="RC-1201/sms/severe", medium=Medium.SMS, text="Grave RC-1201", subject="")
    assert written(SEVERE, both) == [mail, sms]
    assert written(SEVERE, NoticePolicy(media={Topic.SEVERE: frozenset({Medium.SMS})})) == [sms]


def test_what_is_off_is_not_written() -> None:
    assert written(SEVERE, NoticePolicy()) == []
    assert written(SEVERE, NoticePolicy(media={Topic.SEVERE: frozenset()})) == []


def test_a_visit_and_a_credit_leave_their_trace() -> None:
    """With them it is seen later whether the notice is still true."""
    policy = NoticePolicy(media={Topic.SEVERE: frozenset({Medium.SMS})})

    (notice,) = written(replace(SEVERE, over_at=AT, credit_id="RC-1201/C1"), policy)

    assert (notice.over_at, notice.credit_id) == (AT, "RC-1201/C1")


def test_staff_are_told_over_each_channel_of_their_audience() -> None:
    policy = NoticePolicy(
        media={Topic.NOBODY: frozenset({Medium.CHANNEL})},
        channels={Audience.SUPERVISORS: ("ana", "luz"), Audience.BILLING: ("caja",)},
        technicians={31: ("hugo",)},
    )

    told = written(NOBODY, policy)

    assert [(one.key, one.channel, one.text) for one in told] == [
        ("RC-1201/8/channel/nobody/ana", "ana", "RC-1201: nadie de nivel 3"),
        ("RC-1201/8/channel/nobody/luz", "luz", "RC-1201: nadie de nivel 3"),
    ]


def test_an_audience_without_channels_is_told_nothing() -> None:
    policy = NoticePolicy(media={Topic.NOBODY: frozenset({Medium.CHANNEL})})

    assert written(replace(SEVERE, topic=Topic.NOBODY), policy) == []


def test_a_technician_is_told_over_their_own_channels() -> None:
    policy = NoticePolicy(
        media={Topic.ASSIGNED: frozenset({Medium.CHANNEL})},
        channels={Audience.SUPERVISORS: ("ana",)},
        technicians={31: ("hugo",), 11: ("mayra",)},
    )

    told = written(ASSIGNED, policy)

    assert [(one.key, one.channel) for one in told] == [
        ("RC-1201/assign:L3:31/channel/assigned/hugo", "hugo")
    ]
    assert written(replace(ASSIGNED, technician=12), policy) == []
    assert written(replace(ASSIGNED, technician=None), policy) == []
    nobody = replace(policy, technicians={1: ("luz",)})
    assert written(replace(ASSIGNED, technician=None), nobody) == []


# --- what is overtaken while it waits --------------------------------------------------------------------


def waiting(topic: Topic, minutes: int = 0, medium: Medium = Medium.SMS, name: str = "RC-1201") -> Notice:
    return Notice(
        key=f"{name}/{medium}/{topic}/{minutes}",
        topic=topic,
        medium=medium,
        client_id=77,
        incident_id=name.partition("/")[0],
        at=AT + timedelta(minutes=minutes),
        text="Texto",
        credit_id=name if "/C" in name else None,
    )


def test_a_later_step_says_more() -> None:
    first, second = waiting(Topic.REPORT_NUMBER), waiting(Topic.SEVERE, 1)

    assert overtaken([second, first]) == {first.key: second.key}
    assert overtaken([waiting(Topic.HELD, -1, Medium.CHANNEL), first, second]) == {first.key: second.key}
    assert overtaken([first]) == {}


def test_severe_at_the_moment_of_the_report_number_says_more() -> None:
    first, second = waiting(Topic.REPORT_NUMBER), waiting(Topic.SEVERE)

    assert overtaken([second, first]) == {first.key: second.key}


def test_each_of_three_visits_is_overtaken_by_the_next() -> None:
    first, second, third = (waiting(Topic.VISIT_FIXED, minutes) for minutes in (0, 1, 2))

    assert overtaken([third, first, second]) == {first.key: second.key, second.key: third.key}


def test_that_a_credit_is_on_an_invoice_says_that_it_was_granted() -> None:
    granted = waiting(Topic.CREDIT_GRANTED, 0, name="RC-1201/C1")
    on_invoice = waiting(Topic.CREDIT_ON_INVOICE, 1, name="RC-1201/C1")
    another = waiting(Topic.CREDIT_ON_INVOICE, 2, name="RC-1201/C2")

    assert overtaken([granted, on_invoice, another]) == {granted.key: on_invoice.key}


@pytest.mark.parametrize(
    "other",
    [
        waiting(Topic.SEVERE, 1, Medium.MAIL),
        waiting(Topic.SEVERE, 1, name="RC-1202"),
        waiting(Topic.VISIT_FIXED, 1),
        waiting(Topic.CREDIT_GRANTED, 1, name="RC-1201/C1"),
    ],
    ids=lambda notice: notice.key,
)
def test_another_medium_incident_or_matter_overtakes_nothing(other: Notice) -> None:
    assert overtaken([waiting(Topic.REPORT_NUMBER), other]) == {}


def test_staff_read_every_line() -> None:
    lines = [
        waiting(topic, minutes, Medium.CHANNEL)
        for topic in (Topic.ASSIGNED, Topic.HELD)
        for minutes in (0, 1)
    ]

    assert overtaken(lines) == {}
