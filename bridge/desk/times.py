"""Times as people type them: ISO, with or without offset, or as staff write them in tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain import visits
from bridge.domain.spanish_dates import read_instant
from bridge.errors import UsageFault

_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def read_time(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant; without an offset it is meant in `zone`. Raises UsageFault for what is none."""
    found = _iso(text, zone) or read_instant(text, now, zone)
    if found is None:
        raise UsageFault(
            f"{option}: `{text}` is no time; write 2026-11-25T16:00, 2026-11-25 16:00 or `25/11 4pm`"
        )
    return found


def past_time(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant that is not in the future; `10:25` is the last one there was.

    Raises UsageFault as `read_time`.
    """
    found = _last(text, now, zone) or read_time(option, text, now, zone)
    if found > now:
        local = found.astimezone(zone)
        raise UsageFault(
            f"{option}: {local:%Y-%m-%d %H:%M} has not come yet; only a visit lies in the future"
        )
    return found


def read_visit(text: str, now: datetime, zone: ZoneInfo, visits_from: time) -> Mapping[str, str]:
    """Return the data of a visit, read as in a tag of staff. Raises UsageFault for what is none."""
    exact = _iso(text, zone) if "T" in text else None
    found = None if exact else visits.read_visit(text, now, zone, visits_from)
    return found or {"start": read_time("--start", text, now, zone).astimezone(zone).isoformat()}


def _last(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last time that a clock showed this hour, today or yesterday."""
    if not _HOUR.fullmatch(text.strip()):
        return None
    local, hour = now.astimezone(zone), time.fromisoformat(text.strip())
    today = datetime.combine(local.date(), hour, zone)
    return today if today <= now else datetime.combine(local.date() - timedelta(days=1), hour, zone)


def _iso(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
