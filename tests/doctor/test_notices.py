"""The check-up's lines about notices: what is on, by what, and whom it does not reach."""

from __future__ import annotations

from bridge.doctor.check import ok, warning
from bridge.doctor.notices import notice_checks
from bridge.domain.notices import Audience, Medium, NoticePolicy, Topic
from bridge.domain.policy import Roster, Technician

HUGO, MAYRA = (
    Technician(operator_id=number, name=name, levels=frozenset({1}))
    for number, name in ((31, "Hugo"), (11, "Mayra"))
)
ROSTER = Roster(technicians=(HUGO, MAYRA), bridge_operator=9)
ASSIGNED = {Topic.ASSIGNED: frozenset({Medium.CHANNEL})}
STEP = "give them a channel of config.yaml with `notify` in technicians.yaml, if they are to be told"


def test_that_all_are_off_is_one_line() -> None:
    policy = NoticePolicy(media=dict.fromkeys(Topic, frozenset()))

    assert list(notice_checks(policy, ROSTER, {})) == [ok("notices", "messages.yaml", "all are off")]


def test_what_is_on_is_told_by_audience() -> None:
    policy = NoticePolicy(
        media={
            Topic.REPORT_NUMBER: frozenset({Medium.SMS}),
            Topic.SEVERE: frozenset({Medium.SMS, Medium.MAIL}),
            Topic.VISIT_FIXED: frozenset(),
            Topic.NOBODY: frozenset({Medium.CHANNEL}),
            Topic.LATE_CALL: frozenset({Medium.CHANNEL}),
        },
        channels={Audience.SUPERVISORS: ("oficina", "ana"), Audience.BILLING: ("caja",)},
    )

    assert list(notice_checks(policy, ROSTER, {})) == [
        ok("notices", "customers", "report_number by sms, severe by mail and sms"),
        ok("notices", "supervisors", "level_2_call, nobody to oficina, ana"),
    ]


def test_technicians_whom_no_channel_reaches_are_named() -> None:
    some = NoticePolicy(media=ASSIGNED, technicians={31: ("hugo", "taller")})
    everybody = NoticePolicy(media=ASSIGNED, technicians={31: ("taller",), 11: ("taller",)})

    assert list(notice_checks(some, ROSTER, {})) == [
        warning("notices", "technicians", "assigned to hugo, taller; not to Mayra", STEP)
    ]
    assert list(notice_checks(NoticePolicy(media=ASSIGNED), ROSTER, {})) == [
        warning("notices", "technicians", "assigned to nobody; not to Hugo, Mayra", STEP)
    ]
    assert list(notice_checks(everybody, ROSTER, {})) == [ok("notices", "technicians", "assigned to taller")]


def test_an_address_that_no_channel_understands_is_told_before_a_cycle_stumbles_over_it() -> None:
    [first, *_] = notice_checks(NoticePolicy(), ROSTER, {"oficina": ["tgrm://123/key-9f31c2ab"]})

    assert (first.check, first.subject) == ("notices", "oficina")
    assert "notices.channels.oficina.urls: number 1 (`tgrm://…`)" in first.detail
    assert "9f31c2ab" not in first.detail
