"""Times as people type them: ISO, with or without offset, or as staff write them in tags."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain.spanish_dates import read_instant, read_when
from bridge.domain.words import normalise
from bridge.errors import UsageFault

_AFTERNOON = "tarde"
_MORNING = "manana"


def read_time(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant; without an offset it is meant in `zone`. Raises UsageFault for what is none."""
    found = _iso(text, zone) or read_instant(text, now, zone)
    if found is None:
        raise UsageFault(
            f"{option}: `{text}` is no time; write 2026-11-25T16:00, 2026-11-25 16:00 or `25/11 4pm`"
        )
    return found


def past_time(option: str, text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant that is not in the future. Raises UsageFault as `read_time`."""
    found = read_time(option, text, now, zone)
    if found > now:
        local = found.astimezone(zone)
        raise UsageFault(
            f"{option}: {local:%Y-%m-%d %H:%M} has not come yet; only a visit lies in the future"
        )
    return found


def read_visit(text: str, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return the data of a visit: its start, or its date and half-day. Raises UsageFault for neither."""
    when = read_when(text, now, zone)
    if when is None or when[1] is not None:
        return {"start": read_time("--start", text, now, zone).astimezone(zone).isoformat()}
    words = normalise(text).split()[1:]
    half_day = next((word for word in (_MORNING, _AFTERNOON) if word in words), "")
    return {"date": when[0].isoformat(), "half_day": half_day}


def _iso(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
