"""Time in the zones of Mexico: summer time that ended in 2022, and along the border goes on.

The panel writes local times without offset. Whatever the clock on the wall does, a deadline of 48 h is due
after 48 hours, and a day is a day of the panel's calendar.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.assess import Assessment, Memory, assess
from bridge.domain.calendar import Span, after, age, elapsed, exact, instant_at, moment, union
from bridge.domain.decisions import CreditStatus
from bridge.domain.escalation import StepName
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import BonusPolicy, DayCounting, EscalationPolicy, MonthBasis, Rulebook
from bridge.domain.signals import read_tags
from bridge.domain.terms import in_force
from bridge.domain.timeline import tell
from bridge.mikrowisp.translate import instant_of
from tests.domain.story import BONUS, CLIENT, ESCALATION, HOUR, SIGNALS, TICKET, Setting, opening, rulebook

MEXICO_CITY = ZoneInfo("America/Mexico_City")
TIJUANA = ZoneInfo("America/Tijuana")
JUAREZ = ZoneInfo("America/Ciudad_Juarez")
MATAMOROS = ZoneInfo("America/Matamoros")
OJINAGA = ZoneInfo("America/Ojinaga")
HERMOSILLO = ZoneInfo("America/Hermosillo")
CANCUN = ZoneInfo("America/Cancun")
SECOND = timedelta(seconds=1)


def panel(text: str, zone: ZoneInfo) -> datetime:
    """What the panel writes, as the bridge reads it."""
    found = instant_of(text, zone)
    assert found is not None
    return found


def rules(zone: ZoneInfo, bonus: BonusPolicy = BONUS, escalation: EscalationPolicy = ESCALATION) -> Rulebook:
    return replace(
        rulebook(escalation=escalation, bonus=bonus),
        zone=zone,
        enforce_from=datetime(2019, 1, 1, tzinfo=zone),
    )


def judged(
    opened: datetime,
    closed: datetime | None,
    rules: Rulebook,
    now: datetime | None = None,
    more: tuple[Event, ...] = (),
) -> Assessment:
    """One ticket of 300.00 a month, from opening to closing."""
    events = [*opening(TICKET, opened, Setting(t0=opened)), *more]
    if closed is not None:
        events.append(fact(EventKind.CLOSED, closed))
    [incident] = tell(CLIENT, events, rules).incidents
    seen = now or closed
    assert seen is not None
    return assess(incident, Memory(fired={}, lines=[], others=[]), rules, seen)


def fact(kind: EventKind, at: datetime, **data: str) -> Event:
    return Event(
        key=f"t{TICKET}:{kind}:{at.isoformat()}",
        kind=kind,
        client_id=CLIENT,
        ticket_id=TICKET,
        at=at,
        seen_at=at,
        source="person:Ana",
        data=data,
    )


def local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


# --- panel times --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "text", "offset"),
    [
        (MEXICO_CITY, "2022-10-29 12:00:00", -5),
        (MEXICO_CITY, "2022-10-30 12:00:00", -6),
        (MEXICO_CITY, "2023-07-01 12:00:00", -6),  # no summer time any more
        (TIJUANA, "2023-07-01 12:00:00", -7),
        (TIJUANA, "2023-12-01 12:00:00", -8),
        (JUAREZ, "2022-11-29 12:00:00", -6),  # Central time for a month, then back
        (JUAREZ, "2022-12-15 12:00:00", -7),
        (JUAREZ, "2023-07-01 12:00:00", -6),
        (MATAMOROS, "2023-07-01 12:00:00", -5),
        (MATAMOROS, "2023-12-01 12:00:00", -6),
        (OJINAGA, "2022-07-01 12:00:00", -6),
        (OJINAGA, "2023-07-01 12:00:00", -5),  # moved to Central time with the reform
        (OJINAGA, "2023-12-01 12:00:00", -6),
        (HERMOSILLO, "2022-07-01 12:00:00", -7),
        (HERMOSILLO, "2022-12-01 12:00:00", -7),
        (CANCUN, "2022-07-01 12:00:00", -5),
        (CANCUN, "2022-12-01 12:00:00", -5),
    ],
    ids=str,
)
def test_a_panel_time_has_the_offset_of_its_zone_and_day(zone: ZoneInfo, text: str, offset: int) -> None:
    assert panel(text, zone) == datetime.fromisoformat(f"{text}{offset:+03}:00")


REPEATED = [
    (MEXICO_CITY, "2022-10-30 01:30:00"),
    (TIJUANA, "2026-11-01 01:30:00"),
    (JUAREZ, "2026-11-01 01:30:00"),
    (MATAMOROS, "2026-11-01 01:30:00"),
    (OJINAGA, "2026-11-01 01:30:00"),
]


@pytest.mark.parametrize(("zone", "text"), REPEATED, ids=[zone.key for zone, _ in REPEATED])
def test_an_hour_that_happens_twice_is_the_first_unless_only_the_second_is_possible(
    zone: ZoneInfo, text: str
) -> None:
    """Opened at 1:40 and closed at 1:30 the same night: an hour less ten minutes lies between."""
    first = panel(text, zone)
    opened = panel(text.replace("01:30", "01:40"), zone)

    closed = instant_of(text, zone, not_before=opened)

    assert closed == first + HOUR
    assert closed - opened == timedelta(minutes=50)
    assert local(first, zone) == local(closed, zone) == text
    assert instant_of(text, zone, not_before=first) == first
    assert instant_of(text, zone, not_before=first + 2 * HOUR) == first


SKIPPED = [
    (MEXICO_CITY, "2022-04-03 02:30:00", "2022-04-03 03:30:00"),
    (TIJUANA, "2026-03-08 02:30:00", "2026-03-08 03:30:00"),
    (JUAREZ, "2026-03-08 02:30:00", "2026-03-08 03:30:00"),
    (MATAMOROS, "2026-03-08 02:30:00", "2026-03-08 03:30:00"),
]


@pytest.mark.parametrize(("zone", "text", "meant"), SKIPPED, ids=[zone.key for zone, _, _ in SKIPPED])
def test_an_hour_that_the_clock_jumps_over_moves_forward(zone: ZoneInfo, text: str, meant: str) -> None:
    assert local(panel(text, zone), zone) == meant


# --- counting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", [MEXICO_CITY, TIJUANA, CANCUN, UTC], ids=str)
def test_counting_is_exact_for_any_aware_instants(zone: ZoneInfo) -> None:
    """Python counts by the clock face within a zone: an hour off across the night of 30 October 2022."""
    start = datetime(2022, 10, 29, 12, tzinfo=zone)
    real = datetime(2022, 10, 30, 12, tzinfo=zone).astimezone(UTC) - start.astimezone(UTC)

    end = datetime(2022, 10, 30, 12, tzinfo=zone)

    assert elapsed(start, end) == real
    assert elapsed(start.astimezone(UTC), end) == real
    assert after(start, real) == end
    assert after(start, real).tzinfo is UTC
    assert age((Span(start),), end) == real
    assert instant_at((Span(start),), real) == end


def test_the_second_time_an_hour_happens_is_an_hour_later() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=TIJUANA)
    second = first.replace(fold=1)

    assert elapsed(first, second) == HOUR
    assert elapsed(second, first) == timedelta(0)
    assert after(first, HOUR) == exact(second)
    assert exact(first).tzinfo is UTC
    assert union([Span(exact(second)), Span(exact(first), exact(second))]) == (Span(exact(first)),)


@pytest.mark.parametrize(
    ("day", "clock", "there"),
    [
        (date(2026, 11, 1), time(1, 30), "2026-11-01T08:30:00+00:00"),
        (date(2026, 3, 8), time(2, 30), "2026-03-08T10:30:00+00:00"),
        (date(2026, 3, 8), time(), "2026-03-08T08:00:00+00:00"),
    ],
    ids=["repeated", "skipped", "midnight"],
)
def test_a_day_and_a_time_of_the_panel_make_one_instant(day: date, clock: time, there: str) -> None:
    assert moment(day, clock, TIJUANA).isoformat() == there


# --- the ladder over a change ----------------------------------------------------------------------------

CHANGES = [
    pytest.param(MEXICO_CITY, "2022-10-29 10:00:00", -1, id="Mexico City, last end of summer time"),
    pytest.param(MEXICO_CITY, "2022-04-02 10:00:00", 1, id="Mexico City, last start"),
    pytest.param(MEXICO_CITY, "2023-10-28 10:00:00", 0, id="Mexico City, a year later: none"),
    pytest.param(TIJUANA, "2026-10-31 10:00:00", -1, id="Tijuana, end"),
    pytest.param(TIJUANA, "2026-03-07 10:00:00", 1, id="Tijuana, start"),
    pytest.param(JUAREZ, "2026-10-31 10:00:00", -1, id="Ciudad Juárez, end"),
    pytest.param(MATAMOROS, "2026-03-07 10:00:00", 1, id="Matamoros, start"),
    pytest.param(OJINAGA, "2026-10-31 10:00:00", -1, id="Ojinaga, end"),
    pytest.param(HERMOSILLO, "2022-10-29 10:00:00", 0, id="Hermosillo: none"),
    pytest.param(CANCUN, "2022-10-29 10:00:00", 0, id="Cancún: none"),
]


@pytest.mark.parametrize("as_written", [True, False], ids=["in UTC", "with its zone"])
@pytest.mark.parametrize(("zone", "text", "shift"), CHANGES)
def test_l_4_l_5_deadlines_count_hours_not_the_clock_on_the_wall(
    zone: ZoneInfo, text: str, shift: int, as_written: bool
) -> None:
    """48 h and 72 h after an opening the wall shows 10:00, or an hour beside it after a change."""
    opened = panel(text, zone) if as_written else datetime.fromisoformat(text).replace(tzinfo=zone)
    now = panel(text, zone) + 80 * HOUR

    assessment = judged(opened, None, rules(zone), now if as_written else now.astimezone(zone))

    due = {one.subject: one.at for one in assessment.decisions}
    wall = datetime.fromisoformat(text) + shift * HOUR
    late = due[StepName.LATE_CALL]
    assert late - opened.astimezone(UTC) == 48 * HOUR
    assert local(late, zone) == f"{wall + 48 * HOUR:%Y-%m-%d %H:%M:%S}"
    assert due[StepName.LATE_CONTACT] - opened.astimezone(UTC) == 2 * HOUR
    assert assessment.deadline is not None
    assert (assessment.deadline.rule, assessment.deadline.at - opened.astimezone(UTC)) == ("C-5", 96 * HOUR)


@pytest.mark.parametrize("as_written", [True, False], ids=["in UTC", "with its zone"])
@pytest.mark.parametrize(("zone", "text", "shift"), CHANGES)
def test_c_3_c_4_an_outage_is_counted_in_hours_that_passed(
    zone: ZoneInfo, text: str, shift: int, as_written: bool
) -> None:
    """Three days by the wall clock are 73 h in autumn and 71 h in spring."""
    by_the_wall = datetime.fromisoformat(text) + timedelta(days=3)
    opened, closed = (
        panel(f"{one}", zone) if as_written else one.replace(tzinfo=zone)
        for one in (datetime.fromisoformat(text), by_the_wall)
    )

    [line] = judged(opened, closed, rules(zone)).lines

    expected = {-1: (CreditStatus.DUE, 4), 0: (CreditStatus.DUE, 3), 1: (CreditStatus.REFUSED, None)}
    assert (line.status, line.days) == expected[shift]


def test_l_5_a_visits_grace_over_the_change_is_as_long_as_the_mapping_says() -> None:
    """A visit fixed for the afternoon ends at 19:00; 10 h of grace end at 4:00 on the wall, not at 5:00."""
    policy = replace(ESCALATION, visit_grace=10 * HOUR, level_2_call=60 * HOUR)
    opened = panel("2026-10-31 10:00:00", TIJUANA)
    fixed = fact(EventKind.VISIT_FIXED, opened + HOUR, date="2026-10-31", half_day="tarde")

    assessment = judged(opened, None, rules(TIJUANA, escalation=policy), opened + 40 * HOUR, (fixed,))

    [severe] = [one for one in assessment.decisions if one.subject == StepName.SEVERE]
    assert local(severe.at, TIJUANA) == "2026-11-01 04:00:00"
    assert severe.at == moment(date(2026, 10, 31), time(19), TIJUANA) + 10 * HOUR


@pytest.mark.parametrize(
    ("text", "written", "start"),
    [
        ("#visita mañana 01:30", "2026-10-31 12:00:00", "2026-11-01T08:30:00+00:00"),
        ("#visita mañana 02:30", "2026-03-07 12:00:00", "2026-03-08T10:30:00+00:00"),
        ("#visita mañana 10:00", "2026-10-31 12:00:00", "2026-11-01T18:00:00+00:00"),
        ("#visita mañana 10:00", "2028-02-28 12:00:00", "2028-02-29T18:00:00+00:00"),
        ("#visita mañana 10:00", "2026-12-31 12:00:00", "2027-01-01T18:00:00+00:00"),
        ("#visita 29/02 10:00", "2028-01-31 12:00:00", "2028-02-29T18:00:00+00:00"),
    ],
    ids=["repeated hour", "skipped hour", "after the change", "29 February", "new year", "29 February named"],
)
def test_a_visit_in_staffs_words_is_one_instant(text: str, written: str, start: str) -> None:
    [signal] = read_tags(text, panel(written, TIJUANA), SIGNALS, TIJUANA)

    assert datetime.fromisoformat(signal.data["start"]).astimezone(UTC).isoformat() == start


def test_l_9_the_window_counts_hours_that_passed() -> None:
    """Closed on Friday at 10:00, opened again on Monday at 10:00: in that week 73 h, a new incident."""
    opened = datetime(2026, 10, 30, 8, tzinfo=TIJUANA)
    events = [
        *opening(TICKET, opened, Setting(t0=opened)),
        fact(EventKind.CLOSED, datetime(2026, 10, 30, 10, tzinfo=TIJUANA)),
        fact(EventKind.REOPENED, datetime(2026, 11, 2, 10, tzinfo=TIJUANA)),
    ]

    incidents = [one.incident_id for one in tell(CLIENT, events, rules(TIJUANA)).incidents]

    assert incidents == [f"RC-{TICKET}", f"RC-{TICKET}-2"]


# --- days and months of the calendar -----------------------------------------------------------------------

BY_DATE = replace(BONUS, day_counting=DayCounting.CALENDAR_DAYS, days_from=HOUR, month_over=999 * HOUR)


@pytest.mark.parametrize(
    ("zone", "opened", "closed", "days"),
    [
        (MEXICO_CITY, "2026-12-31 23:59:59", "2027-01-01 01:30:00", 2),
        (MEXICO_CITY, "2026-02-28 23:00:00", "2026-03-01 01:00:00", 2),
        (MEXICO_CITY, "2028-02-28 23:00:00", "2028-03-01 01:00:00", 3),
        (MEXICO_CITY, "2028-02-28 23:00:00", "2028-03-01 00:00:00", 2),
        (MEXICO_CITY, "2026-11-30 20:00:00", "2026-11-30 23:00:00", 1),  # in UTC already December
        (MEXICO_CITY, "2022-10-29 23:00:00", "2022-10-30 23:59:59", 2),
        (MEXICO_CITY, "2022-10-29 23:00:00", "2022-10-31 00:00:00", 2),
        (MEXICO_CITY, "2022-10-29 23:00:00", "2022-10-31 00:00:01", 3),
        (TIJUANA, "2026-10-31 23:00:00", "2026-11-02 00:00:00", 2),
        (TIJUANA, "2026-10-31 23:00:00", "2026-11-02 00:00:01", 3),
        (TIJUANA, "2026-03-08 00:00:00", "2026-03-09 00:00:00", 1),  # a day of 23 hours
        (TIJUANA, "2026-11-01 00:00:00", "2026-11-02 00:00:00", 1),  # one of 25
        (HERMOSILLO, "2026-11-01 23:00:00", "2026-11-02 00:30:00", 2),
        (CANCUN, "2026-11-01 23:00:00", "2026-11-02 00:30:00", 2),
    ],
)
def test_c_4_calendar_days_are_those_of_the_panels_zone(
    zone: ZoneInfo, opened: str, closed: str, days: int
) -> None:
    [line] = judged(panel(opened, zone), panel(closed, zone), rules(zone, BY_DATE)).lines

    assert line.days == Decimal(days)


@pytest.mark.parametrize("begun", ["2026-10-31 10:00:00", "2026-03-07 10:00:00", "2028-02-28 10:00:00"])
def test_c_4_while_calendar_days_accrue_the_next_look_is_at_the_next_midnight(begun: str) -> None:
    opened = panel(begun, TIJUANA)
    day = date.fromisoformat(begun[:10])
    now = opened + 5 * HOUR

    assessment = judged(
        opened, None, rules(TIJUANA, BY_DATE, replace(ESCALATION, level_2_call=60 * HOUR)), now
    )

    midnight = moment(day + timedelta(days=1), time(), TIJUANA)
    assert assessment.next_due_at == midnight + timedelta(microseconds=1)
    [line] = assessment.lines
    assert line.days == Decimal(1)


BY_MONTH = replace(BONUS, month_basis=MonthBasis.CALENDAR)


@pytest.mark.parametrize(
    ("opened", "amount"),
    [
        ("2026-02-28 23:30:00", "32.14"),  # in UTC already March
        ("2028-02-28 23:30:00", "31.03"),
        ("2028-02-29 23:30:00", "31.03"),
        ("2026-02-01 00:00:00", "32.14"),
        ("2026-01-31 23:59:59", "29.03"),
        ("2026-11-30 23:30:00", "30.00"),
        ("2026-12-31 23:30:00", "29.03"),
    ],
)
def test_c_6_the_month_of_the_price_is_the_panels_month(opened: str, amount: str) -> None:
    begun = panel(opened, TIJUANA)

    [line] = judged(begun, begun + 72 * HOUR, rules(TIJUANA, BY_MONTH)).lines

    assert str(line.amount) == amount


@pytest.mark.parametrize(
    ("opened", "month"),
    [
        ("2026-11-30 23:59:59", "2026-11"),
        ("2026-12-01 00:00:00", "2026-12"),
        ("2026-12-31 23:59:59", "2026-12"),
        ("2028-02-29 23:59:59", "2028-02"),
    ],
)
def test_c_10_an_incident_counts_for_the_panels_month_in_which_it_began(opened: str, month: str) -> None:
    begun = panel(opened, TIJUANA)

    [line] = judged(begun, begun + 72 * HOUR, rules(TIJUANA)).lines

    assert line.begun_month == month


def test_a_new_version_is_in_force_from_the_panels_midnight() -> None:
    """C-12: the day of `effective_from` is the panel's, also in a zone whose midnight is 8 h behind UTC."""
    old = BONUS
    new = replace(BONUS, version="bonus@2026-11-01", effective_from=date(2026, 11, 1))

    rulers = [
        in_force((old, new), panel(text, TIJUANA), TIJUANA)
        for text in ("2026-10-31 23:59:59", "2026-11-01 00:00:00")
    ]

    assert rulers == [old, new]


@pytest.mark.parametrize(("zone", "text", "shift"), CHANGES)
def test_one_second_decides_over_a_change_too(zone: ZoneInfo, text: str, shift: int) -> None:
    """C-3, C-5: 71:59:59, 72:00:00, 96:00:00 and 96:00:01 are as exact as in any other week."""
    opened = panel(text, zone)

    seen = [
        [(str(line.type), line.days, str(line.amount)) for line in judged(opened, closed, rules(zone)).lines]
        for closed in (
            opened + 72 * HOUR - SECOND,
            opened + 72 * HOUR,
            opened + 96 * HOUR,
            opened + 96 * HOUR + SECOND,
        )
    ]

    assert seen == [
        [("days", None, "0.00")],
        [("days", Decimal(3), "30.00")],
        [("days", Decimal(4), "40.00")],
        [("month", None, "300.00")],
    ]
