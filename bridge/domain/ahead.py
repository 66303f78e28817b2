"""What falls due next of an incident, and when the passing of time alone changes something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.calendar import instant_at, moment
from bridge.domain.credits import Outage
from bridge.domain.escalation import Cause
from bridge.domain.policy import BonusPolicy, DayCounting
from bridge.domain.timeline import Incident

_DAY = timedelta(hours=24)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What falls due next, by which rule."""

    rule: str
    at: datetime


def deadline_of(
    incident: Incident, coming: Cause | None, outage: Outage, bonus: BonusPolicy | None
) -> Deadline | None:
    """Return the ladder's next step (`coming`), else the instant from which a month is earned."""
    if incident.ended_at is not None:
        return None
    if coming is not None:
        return Deadline(rule=coming.rule, at=coming.due_at)
    month = instant_at(outage.spans, bonus.month_over) if bonus else None
    return Deadline(rule="C-5", at=month) if month is not None and month >= outage.now else None


def next_change(
    incident: Incident, coming: Cause | None, outage: Outage, bonus: BonusPolicy | None, zone: ZoneInfo
) -> datetime | None:
    """Return the next instant at which the passing of time alone changes something; None where it does not.

    An amount by exact hours grows all the time; until it is final it is looked at once a day.
    """
    changes = [] if coming is None else [coming.from_at]
    if bonus is not None and incident.ended_at is None:
        more = _more_earned(outage, bonus)
        if more is not None:
            changes.append(more)
        if bonus.day_counting is DayCounting.CALENDAR_DAYS:
            changes += [instant for instant in _begun_days(outage, zone) if instant > outage.now]
    return min(changes, default=None)


def _more_earned(outage: Outage, bonus: BonusPolicy) -> datetime | None:
    """The next instant at which the outage reaches a limit or a further whole day, or is just past it."""
    limit = bonus.days_from
    if outage.lasted > limit:
        limit = min(-(-outage.lasted // _DAY) * _DAY, bonus.month_over)
    if not outage.lasted <= limit <= bonus.month_over:
        return None
    instant = instant_at(outage.spans, limit)
    return instant if instant is None or instant > outage.now else instant + _INSTANT


def _begun_days(outage: Outage, zone: ZoneInfo) -> list[datetime]:
    """The instants at which a calendar day is begun: this day's and the next one's, and the last span's."""
    today = outage.now.astimezone(zone).date()
    midnights = [moment(today + timedelta(days=days), time(), zone) for days in (0, 1)]
    return [begun + _INSTANT for begun in (*midnights, *(span.start for span in outage.spans[-1:]))]
