"""The panel's hours: its time zone against config.yaml, and the hour at which it writes invoices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.doctor.check import CONFIG, Check, failed, ok, skipped, warning

BILLING_BY_DEFAULT = time(3, 30)  # contract 5.7
WELL_BEFORE = timedelta(minutes=10)
_FRESH = timedelta(minutes=30)
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A cycle of the past: when it was at work, and whether it pushed anything."""

    began: datetime
    ended: datetime
    pushed: bool


def zone_check(setting: str | None, newest: datetime | None, zone: ZoneInfo, now: datetime) -> Check:
    """Hold `panel.timezone` against the panel's own setting, else against its newest local time.

    `setting` is None where the panel's own cannot be read; `newest` is the newest activity, read in `zone`.
    A zone too far east cannot be told from a quiet panel: then the check says that it could not be told.
    """
    theirs = _zone(setting)
    if theirs is not None:
        return _compared(zone, theirs, now)
    seen = "the panel's own setting cannot be read" if setting is None else f"the panel says `{setting}`"
    step = "compare the time of a new ticket in the panel with panel.timezone"
    if newest is None:
        return skipped("time_zone", zone.key, f"could not be told: {seen}, and it shows no activity", step)
    local = newest.astimezone(zone)
    if newest - now > _AHEAD:
        detail = f"read as {zone.key}, the panel's newest activity ({local:%Y-%m-%d %H:%M}) is still to come"
        return failed("time_zone", zone.key, detail, f"correct panel.timezone; {step}", CONFIG)
    if now - newest <= _FRESH:
        return ok("time_zone", zone.key, f"fits the panel's newest activity, {local:%Y-%m-%d %H:%M}")
    detail = f"could not be told: {seen}, and its newest activity is of {local:%Y-%m-%d %H:%M}"
    return skipped("time_zone", zone.key, detail, step)


def _zone(setting: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(setting) if setting else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _compared(ours: ZoneInfo, theirs: ZoneInfo, now: datetime) -> Check:
    if ours.key == theirs.key:
        return ok("time_zone", ours.key, "the panel's own setting is the same")
    days = [now + timedelta(days=30 * month) for month in range(13)]
    if all(day.astimezone(ours).utcoffset() == day.astimezone(theirs).utcoffset() for day in days):
        return ok("time_zone", ours.key, f"the panel says {theirs.key}, which shows the same time")
    detail = f"the panel's own setting is {theirs.key}: its times are read wrong"
    return failed("time_zone", ours.key, detail, f"write `timezone: {theirs.key}` under panel", CONFIG)


def billing_check(
    setting: str | None, cycles: Iterable[Worked], *, every: timedelta, zone: ZoneInfo
) -> Check:
    """Tell the billing hour, and whether cycles would still be writing credits then (contract 5.7).

    `cycles` are those of the last days. A credit written while the panel writes invoices may come too late
    for them, or be taken up while the bridge is still looking.
    """
    hour = _hour(setting)
    told = (
        f"{hour:%H:%M}"
        if setting and hour
        else f"could not be read; the panel's default is {BILLING_BY_DEFAULT:%H:%M}"
    )
    at = hour or BILLING_BY_DEFAULT
    known = list(cycles)
    longest = max((cycle.ended - cycle.began for cycle in known), default=timedelta())
    late = next((cycle for cycle in reversed(known) if _writes_at(cycle, at, zone)), None)
    step = (
        f"let no cycle begin in the {_minutes(WELL_BEFORE + longest)} minutes before {at:%H:%M}: stop the "
        "service then, or leave that hour out of the cron line"
    )
    if late is not None:
        day = late.began.astimezone(zone)
        near = f"within {_minutes(WELL_BEFORE)} minutes of it"
        detail = f"{told}; the cycle of {day:%Y-%m-%d %H:%M} was writing {near}"
        return warning("billing_hour", f"{at:%H:%M}", detail, step)
    if longest >= every:
        detail = f"{told}; cycles take up to {_minutes(longest)} minutes, so one is always at work then"
        return warning("billing_hour", f"{at:%H:%M}", detail, step)
    spoken = f"cycles take up to {longest.total_seconds():.0f} s" if known else "no cycle has run yet"
    detail = f"{told}; {spoken}, every {_minutes(every)} minutes: what is written after it waits a month"
    return ok("billing_hour", f"{at:%H:%M}", detail)


def _writes_at(cycle: Worked, hour: time, zone: ZoneInfo) -> bool:
    """Whether a cycle that pushed was at work at the billing hour, or so shortly before that it counts."""
    if not cycle.pushed:
        return False
    day = cycle.ended.astimezone(zone).date()
    billing = datetime.combine(day, hour, zone)
    return cycle.began <= billing and cycle.ended >= billing - WELL_BEFORE


def _hour(setting: str | None) -> time | None:
    try:
        return time.fromisoformat(setting) if setting else None
    except ValueError:
        return None


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):.0f}"
